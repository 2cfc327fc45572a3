route "first" {
  match {
    severity = ["critical", "high", "low"]
    platform = ["windows", "linux"]
  }
  board    = "A"
  priority = "P0"
}

route "never" {
  match {
    severity  = ["critical"]
    platform  = ["linux"]
    indicator = ["footholds"]
  }
  board = "B"
}

route "sometimes" {
  match {
    platform = ["linux"]
  }
  client = "C"
}
