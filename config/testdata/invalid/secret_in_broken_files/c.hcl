huntress "main" {
  api_secret = <<-EOT
    canary-in-a-heredoc %{ oops }
  EOT
}
