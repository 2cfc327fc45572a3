# Whom huntsync talks to. A read-only key is enough for Huntress; what the key of
# AlgaPSA has to be allowed is told by: huntsync check

huntress "northstar" {
  api_key       = env("HUNTRESS_API_KEY")
  api_secret    = env("HUNTRESS_API_SECRET")
  base_url      = var.huntress_url
  poll_interval = "2m"
  backfill      = "14d"
}

desk "algapsa" {
  url     = var.desk_url
  api_key = env("ALGAPSA_API_KEY")
}

state "sqlite" {
  path = var.state_path
}
