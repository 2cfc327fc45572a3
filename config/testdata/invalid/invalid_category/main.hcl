routing {
  category = "A / B / C"
  fallback {
    category = " / B"
  }
}
