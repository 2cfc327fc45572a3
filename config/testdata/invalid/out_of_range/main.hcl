huntress "main" {
  poll_interval = "10s"
  backfill      = "31d"
  census        = "25h"
}

desk "algapsa" {
  url    = "https://psa.example.com"
  settle = "2h"
}

state "sqlite" {
  retention = "1d"
}

organization "Acme" {
  id     = -3
  client = "Acme"
}

organization "Beta" {
  id     = 1.5
  client = "Beta"
}

organization "Gamma" {
  account = 12.7
  client  = "Gamma"
}

huntress "reseller" {
  accounts = [12, 12.7, -3, 0, 1e30]
}
