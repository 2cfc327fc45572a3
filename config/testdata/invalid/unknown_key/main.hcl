routing {
  severity = {
    critical = "P1"
    hihg     = "P2"
    medium   = "P3"
  }
}
