# Where an incident goes unless a route or an organization says otherwise.

locals {
  # What was agreed with the clients of the gold plan.
  gold = {
    critical = "P1 - Immediate"
    high     = "P1 - Immediate"
  }
}

routing {
  board    = "Security"
  category = "Security / Huntress"
  severity = {
    critical = "P1 - Immediate"
    high     = "P2 - Today"
    low      = "P3 - This week"
  }

  fallback {
    client = "Northstar IT Services"
    board  = "Security Triage"
  }

  # A route can close its tickets with another status, note or resolution.
  close {
    status = "Closed"
  }
}

# The first route that matches wins, so the most urgent stands first.

route "ransomware" {
  match {
    indicator = ["ransomware_canaries"]
  }
  board    = "Incident Response"
  priority = "P0 - All hands"

  close {
    note = "Ended by the Huntress SOC. Hold the post-mortem within two days."
  }
}

route "domain controllers under attack" {
  match {
    severity  = ["critical"]
    platform  = ["windows"]
    indicator = ["mde_detections", "behavioral_detections"]
  }
  board = "Incident Response"
}

route "identities" {
  match {
    platform  = ["microsoft_365", "google"]
    indicator = ["managed_identity"]
  }
  category = "Security / Identity"
}

route "mail" {
  match {
    platform = ["email_security"]
    severity = ["low"]
  }
  board    = "Service Desk"
  priority = "P4 - When possible"
}

route "port authority" {
  match {
    organization = ["Port Authority of Halden"]
    severity     = ["high", "critical"]
  }
  priority = "P0 - All hands"
}
