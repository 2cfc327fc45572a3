routing {}

organization "Acme" {
  client = "Acme 2"
}

organization "Beta two" {
  id     = 7
  client = "Beta"
}

route "r" {
  board = "B"
}

huntress "main" {}

web {}
web {}
