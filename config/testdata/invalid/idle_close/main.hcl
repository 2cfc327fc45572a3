routing {
  board = "Security"
}

route "ransomware" {
  match {
    indicator = ["ransomware_canaries"]
  }

  close {
    note = "Ended by the SOC."
  }
}
