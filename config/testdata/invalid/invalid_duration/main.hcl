huntress "main" {
  poll_interval = "5 minutes"
  backfill      = "1w"
  census        = "d1"
}

state "sqlite" {
  retention = "99999999999d"
}
