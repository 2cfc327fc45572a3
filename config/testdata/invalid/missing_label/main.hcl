organization {
  client = "Acme"
}

huntress "" {}

route "  " {
  board = "A"
}
