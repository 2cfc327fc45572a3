# Run them with: huntsync test

test "ransomware calls all hands, whatever its severity" {
  incident {
    organization = "Copperfield Brewery"
    severity     = "low"
    platform     = "windows"
    indicators   = ["ransomware_canaries", "footholds"]
  }
  expect {
    client   = "Copperfield Brewery"
    board    = "Incident Response"
    priority = "P0 - All hands"
    close    = "Closed"
    route    = "ransomware"
  }
}

test "ransomware at a VIP goes to the responders, not to the VIP board" {
  incident {
    organization = "First Harbor Credit Union"
    severity     = "critical"
    indicators   = ["ransomware_canaries"]
  }
  expect {
    board = "Incident Response"
  }
}

test "an attack on a Windows server keeps the priority of its severity" {
  incident {
    organization = "Ironbridge Machining"
    severity     = "critical"
    platform     = "windows"
    indicators   = ["behavioral_detections"]
  }
  expect {
    board    = "Incident Response"
    priority = "P1 - Immediate"
    route    = "domain controllers under attack"
  }
}

test "an identity has its own category, on the organization's board" {
  incident {
    organization = "City of Elmhaven"
    severity     = "high"
    platform     = "microsoft_365"
    indicators   = ["managed_identity"]
  }
  expect {
    board    = "Public Sector Security"
    category = "Security / Identity"
    priority = "P1 - Immediate"
  }
}

test "mail of low severity is for the service desk" {
  incident {
    organization = "Lakeshore Realty"
    severity     = "low"
    platform     = "email_security"
    indicators   = ["email_security_detections"]
  }
  expect {
    client   = "Lakeshore Realty"
    board    = "Service Desk"
    priority = "P4 - When possible"
  }
}

test "mail of high severity is security's" {
  incident {
    organization = "Lakeshore Realty"
    severity     = "high"
    platform     = "email_security"
  }
  expect {
    board    = "Security"
    priority = "P2 - Today"
    route    = ""
  }
}

test "the gold plan makes high immediate" {
  incident {
    organization = "Bayside Orthopedics"
    severity     = "high"
  }
  expect {
    priority = "P1 - Immediate"
  }
}

test "the coffee shop can wait" {
  incident {
    organization = "Maple & Main Coffee"
    severity     = "high"
  }
  expect {
    priority = "P3 - This week"
  }
}

test "the port authority calls all hands" {
  incident {
    organization = "Port Authority of Halden"
    severity     = "high"
  }
  expect {
    board    = "Public Sector Security"
    priority = "P0 - All hands"
    route    = "port authority"
  }
}

test "who is not mapped goes to triage, with the route's priority" {
  incident {
    organization = "A client that signed yesterday"
    severity     = "high"
    indicators   = ["ransomware_canaries"]
  }
  expect {
    client   = "Northstar IT Services"
    board    = "Security Triage"
    priority = "P0 - All hands"
    unmapped = true
  }
}

test "the lab gets no tickets" {
  incident {
    organization = "Northstar detonation lab"
    severity     = "critical"
  }
  expect {
    tickets = false
  }
}
