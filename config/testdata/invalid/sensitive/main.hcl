variable "token" {
  sensitive = true
  default   = "canary-in-a-default"
}

locals {
  board = env("CANARY")
}

routing {
  board    = local.board
  category = "About ${file("canary.txt")}"
  severity = { critical = env("CANARY"), high = "P2" }
  fallback {
    client = var.token
  }
}

web {
  listen = env("CANARY")
}
