test "values" {
  incident {
    organization = 5
    severity     = "hgih"
    platform     = ["windows"]
    indicators   = "footholds"
    status       = "open"
  }
  expect {
    unmapped = "yes"
    board    = local.bord
    client   = env("CANARY")
    priority = 1
  }
}

test "null" {
  incident {
    severity = null
  }
  expect {
    client  = null
    tickets = null
  }
}
