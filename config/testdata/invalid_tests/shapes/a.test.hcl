test "nothing in it" {
}

test "nothing expected" {
  incident {
    severity = "high"
  }
  expect {}
}

test "nothing in it" {
  incident {}
  expect {
    board = "A"
  }
}

tset "misspelled" {}

test {
  incident {
    organisation = "Acme"
  }
  expect {
    bord = "A"
  }
}
