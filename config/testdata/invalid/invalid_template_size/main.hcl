locals {
  times = split("", format("%070d", 0))
}

ticket {
  subject = join("", [for _ in local.times : "{{ printf \"%999d\" 1 }}"])
}
