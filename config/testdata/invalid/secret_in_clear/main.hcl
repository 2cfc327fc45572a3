huntress "main" {
  api_key    = "hk_0123456789abcdef-canary"
  api_secret = env("HUNTRESS_API_SECRET")
}

state "postgres" {
  url = "postgres://huntsync:canary-password@db/huntsync"
}
