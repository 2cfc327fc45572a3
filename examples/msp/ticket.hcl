# What technicians read, and where everybody can look.

ticket {
  time_zone     = "Europe/Oslo"
  notify_client = false
  intro         = "Playbook: https://wiki.northstar.example/security/{{ .Platform }}"
}

web {
  listen = var.listen
}
