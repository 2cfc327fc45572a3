huntress "main" {
  base_url = "api.huntress.io"
}

huntress "other" {
  base_url = "https://api.huntress.io/v1?key=1"
}

desk "algapsa" {
  url = "https://user:pass-canary@psa.example.com"
}

state "postgres" {
  url = env("CANARY")
}

huntress "path" {
  base_url = "https://api.huntress.io/x@y"
}

huntress "port" {
  base_url = "https://api.huntress.io:99999"
}
