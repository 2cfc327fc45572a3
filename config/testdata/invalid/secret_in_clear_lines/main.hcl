variable "code" {
  type      = number
  sensitive = true
  default   = "canary-in-a-default"
}

variable "word" {
  sensitive = true
  default   = parseint("canary-in-an-expression", 10)
}

huntress "heredoc" {
  api_key    = <<-E
    canary-in-a-heredoc
  E
  api_secret = (
    # Here it is:
    "canary-in-brackets"
  )
}

huntress "list" {
  api_key = [
    "canary-in-a-list",
    "canary-in-a-list",
    "canary-in-a-list",
  ]
  api_secret = env(
    "canary-in-a-call"
  )
}

desk "algapsa" {
  url     = "https://me:pa@canary-in-a-url@psa.example.com?key=canary-in-a-query"
  api_key = parseint("canary-in-an-expression", 10)
}

state "postgres" {
  url = "postgres://me@db/huntsync?sslmode=require&pass=canary-in-a-query"
}

routing {
  severity = { critical = env("PRIORITY")
    token = [
      "canary-in-a-map"
    ]
  }
}
