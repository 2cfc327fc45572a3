huntress "main" {
  poll_interval = 5
  accounts      = "all"
  api_key       = 12
}

routing {
  board       = 5
  category    = true
  severity    = "P1"
  move_on_map = "yes"
  close {
    status = ["Closed"]
  }
}

organization "Acme" {
  id      = "1234"
  client  = null
  tickets = 0
}

route "r" {
  match {
    severity = "critical"
    platform = ["windows", 7, { a = 1 }]
  }
  board = { name = "A" }
}

organization "Gamma" {
  account = ["Acme"]
  client  = "Gamma"
}
