route "r" {
  match {
    platform  = ["widows"]
    indicator = ["ransomware_canary", "quantum"]
  }
  board = "A"
}
