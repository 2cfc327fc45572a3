routing {
  board = "Security"
  board = "Triage"
}

locals {
  a = "1"
}

locals {
  a = "2"
}
