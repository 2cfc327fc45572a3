rooting {
  board = "Security"
}

routing {
  board {
    name = "Security"
  }
  falback {
    client = "Triage"
  }
}
