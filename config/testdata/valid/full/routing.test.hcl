test "critical ransomware goes to the IR board" {
  incident {
    organization = "Acme Inc."
    severity     = "critical"
    platform     = "windows"
    indicators   = ["footholds", "ransomware_canaries"]
  }
  expect {
    client   = "Acme Corporation"
    board    = "Incident Response"
    category = "VIP"
    priority = "P0"
    route    = "ransomware"
    unmapped = false
    tickets  = true
  }
}

test "what is not said is as usual" {
  incident {
    organization = "Acme Inc."
    severity     = "critical"
    indicators   = ["ransomware_canaries"]
  }
  expect {
    route = "ransomware"
  }
}

test "what closes a ticket" {
  incident {
    organization = "Acme Inc."
    severity     = "critical"
    indicators   = ["ransomware_canaries"]
  }
  expect {
    close = "Needs post-mortem"
  }
}

test "what closes a critical ticket that no route takes" {
  incident {
    organization = "Beta GmbH"
    severity     = "critical"
  }
  expect {
    close = "Needs review"
  }
}

test "low severity at Acme" {
  incident {
    organization = "Acme Inc."
    severity     = "low"
  }
  expect {
    board    = local.vip
    priority = "P2"
    close    = "Closed"
    route    = ""
  }
}

test "cloud incidents go to the cloud team" {
  incident {
    organization = "Beta GmbH"
    severity     = "high"
    platform     = "google"
  }
  expect {
    client   = "Cloud Team"
    category = "Cloud"
    board    = "Security"
    priority = "P2"
  }
}

test "nobody's organization is triaged" {
  incident {
    organization = "Nobody"
    platform     = "google"
  }
  expect {
    unmapped = true
    client   = var.client
    board    = "Triage"
    category = "Unmapped"
    priority = "P1"
  }
}

test "Gamma wants no tickets" {
  incident {
    organization = "Gamma"
    account      = 4711
    severity     = "high"
    status       = "closed"
  }
  expect {
    tickets = false
  }
}
