route "first" {
  match {
    severity = ["critical", "high", "low"]
    platform = ["windows", "linux"]
  }
  board    = "A"
  priority = "P0"
}

route "never" {
  match {
    severity  = ["critical"]
    platform  = ["linux"]
    indicator = ["footholds"]
  }
  board = "B"
}

route "sometimes" {
  match {
    platform = ["linux"]
  }
  client = "C"
}

# What a close block sets counts as well.

route "closes linux" {
  match { platform = ["other"] }
  board = "A"
  close { note = "Bye." }
}

route "closes with another status" {
  match { platform = ["other"] }
  close {
    note   = "Hello."
    status = "Done"
  }
}

route "closes with a resolution" {
  match { platform = ["other"] }
  close {
    note       = "Hello."
    resolution = false
  }
}

route "says the same" {
  match { platform = ["other"] }
  board = "B"
  close { note = "Hello." }
}

route "only a status" {
  match { platform = ["darwin"] }
  close { status = "Done" }
}

route "a note as well" {
  match { platform = ["darwin"] }
  close {
    status = "Done"
    note   = "Hello."
  }
}
