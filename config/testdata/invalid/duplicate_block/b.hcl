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

organization "Gamma" {
  key     = "gamma"
  account = "north"
  client  = "Gamma"
}

organization "Gamma two" {
  key     = "gamma"
  account = "north"
  client  = "Gamma"
}
