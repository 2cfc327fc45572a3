variable "board" {
  default = "Security"
}

locals {
  triage = "Triage"
}

routing {
  board    = var.bord
  category = Security
  fallback {
    board  = local.traige
    client = something.else
  }
}
