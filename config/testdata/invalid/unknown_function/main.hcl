routing {
  board = upperr("security")
}
