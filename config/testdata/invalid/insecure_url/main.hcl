huntress "main" {
  base_url = "http://127.0.0.1:8080"
}

desk "algapsa" {
  url = "http://psa.example.com"
}

huntress "capitals" {
  base_url = "http://LOCALHOST:8080"
}
