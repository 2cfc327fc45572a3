web {
  listen = "9748"
}
