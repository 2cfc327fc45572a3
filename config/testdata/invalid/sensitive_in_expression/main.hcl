routing {
  board = parseint(env("CANARY"), 10)
}

huntress "main" {
  api_key    = env("CANARY") * 2
  api_secret = jsondecode(file("canary.txt"))
}

locals {
  secret = env("CANARY")
}

desk "algapsa" {
  url     = "https://psa.example.com"
  api_key = element([local.secret], "x")
}
