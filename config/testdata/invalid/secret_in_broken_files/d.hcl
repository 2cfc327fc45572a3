huntress "main" {
  api_secret = "abc%{ canary_in_a_directive }"
}
