routing {
  bord     = "Security"
  zzz      = 1
  fallback = { client = "Triage" }
}

desk "algapsa" {
  url = "https://psa.example.com"
  api_kee = "do-not-show-me-4711"
}
