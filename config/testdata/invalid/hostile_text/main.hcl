routing {
  board = "a\u001b[31m"
  bo‮rd = "right to left"
}
