routing {
  board = "Security"
  board = "Triage"
  close {
    status   = "Closed"
    severity = { low = "P3", low = "P4" }
  }
}

locals {
  a = "1"
}

locals {
  a = "2"
}

organization "Acme" {
  client   = "Acme"
  severity = {
    critical   = "P1"
    high       = "P2"
    "critical" = "P4"
  }
}
