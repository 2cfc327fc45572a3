routing {
  board    = lower("a", "b")
  category = "a" + 1
  severity = { critical = parseint("P1", 10) }
}

desk "algapsa" {
  url     = "https://psa.example.com"
  api_key = env("not a name")
}

huntress "main" {
  api_key    = file("")
  api_secret = env(env("CANARY"))
}

ticket {
  subject = indent(-1, "a\nb")
}
