routing {
  close {
    status   = "Closed"
    severity = { critial = "Needs review" }
    statuses = { low = "Done" }
  }
}

route "nothing" {
  close {}
}

route "severity" {
  close {
    status   = "Closed"
    severity = { low = "Done" }
  }
}

route "twice" {
  close {
    status = ""
  }
  close {
    resolution = "yes"
  }
}
