route "r" {
  match {
    severity = ["critcal", "medium", "high"]
  }
  board = "A"
}
