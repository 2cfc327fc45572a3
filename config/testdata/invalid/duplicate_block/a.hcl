routing {
  fallback {}
  fallback {}
}

organization "Acme" {
  client = "Acme"
}

organization "Beta" {
  id     = 7
  client = "Beta"
}

route "r" {
  board = "A"
}

huntress "main" {}
