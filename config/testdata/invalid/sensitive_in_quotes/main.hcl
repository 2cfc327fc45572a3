variable "key" {
  sensitive = "true"
  default   = "canary-in-a-default"
}

desk "algapsa" {
  url     = "https://psa.example.com"
  api_key = var.key
  settle  = var.key
}
