locals {
  a = local.b
  b = local.c
  c = local.a
  d = local.d
  e = "fine"
}

routing {
  board = local.a
}
