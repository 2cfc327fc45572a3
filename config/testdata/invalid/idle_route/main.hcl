route "nothing" {
  match {
    severity = ["critical"]
  }
}
