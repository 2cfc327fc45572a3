organization "Acme" {
  id     = 12
  key    = "acme"
  client = "Acme"
}
