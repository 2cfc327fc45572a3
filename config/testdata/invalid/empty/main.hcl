routing {
  board = ""
  fallback {
    client = "   "
  }
}

route "r" {
  match {
    severity = []
    platform = [""]
  }
  board = "A"
}

huntress "main" {
  api_key = ""
}
