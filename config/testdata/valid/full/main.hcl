# Everything the language has.
variable "client" {
  type        = string
  description = "Who takes what nobody else does."
  default     = "Security Triage"
}

variable "priorities" {
  type    = map(string)
  default = { critical = "P1", high = "P2", low = "P3" }
}

locals {
  board = "Security"
  vip   = "VIP ${local.board}"
}

huntress "main" {
  api_key       = env("HUNTRESS_API_KEY")
  api_secret    = env("HUNTRESS_API_SECRET")
  base_url      = "https://api.huntress.io/"
  poll_interval = "10m"
  backfill      = "7d12h"
  accounts      = ["*", "acme-msp", 4711]
  census        = "30m"
}

desk "algapsa" {
  url     = "http://localhost:3000"
  api_key = file("/run/secrets/algapsa")
  settle  = "90s"
}

routing {
  board       = local.board
  category    = "Security / Incident"
  severity    = var.priorities
  move_on_map = true

  fallback {
    client   = var.client
    board    = "Triage"
    category = "Unmapped"
  }

  close {
    status     = "Closed"
    note       = "Closed by the Huntress SOC."
    resolution = true
    severity   = { critical = "Needs review" }
  }
}

organization "Acme Inc." {
  id       = 1234
  client   = "Acme Corporation"
  board    = local.vip
  category = "VIP"
  severity = { low = "P2" }
  contact  = "Jane Doe"
}

organization "Beta GmbH" {
  key    = "beta"
  client = "Beta"
}

organization "Gamma" {
  account = 4711
  tickets = false
}

route "ransomware" {
  match {
    severity     = ["critical"]
    platform     = ["windows"]
    indicator    = ["ransomware_canaries"]
    organization = ["Acme Inc.", "Delta"]
  }
  board    = "Incident Response"
  priority = "P0"

  close {
    status     = "Needs post-mortem"
    note       = "Write the post-mortem."
    resolution = false
  }
}

route "cloud" {
  match {
    platform = ["microsoft_365", "google"]
  }
  client   = "Cloud Team"
  category = "Cloud"
}

ticket {
  subject       = "{{ .Organization }}: {{ .Subject }}"
  intro         = "{{ if .Unmapped }}Nobody is mapped.{{ end }} {{ join .Indicators \", \" | upper }}"
  outro         = <<-EOT
    Seen {{ .SentAt.Format "15:04" }}.
  EOT
  time_zone     = "Europe/Berlin"
  notify_client = true
}

organizations {
  auto_match = true
}

state "sqlite" {
  path      = "data/state.db"
  retention = "90d"
}

web {
  listen = "[::1]:9748"
}
