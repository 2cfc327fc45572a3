routing {
  board = "Security
}
