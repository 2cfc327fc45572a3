locals {
  times = split("", format("%018d", 0))
}

ticket {
  subject = "{{ $x := .Subject }}${join("", [for _ in local.times : "{{ $x = print $x $x }}"])}"
  intro   = "{{ with .Subject }}${join("", [for _ in local.times : "{{ with printf \"%s%s\" . . }}"])}${join("", [for _ in local.times : "{{ end }}"])}{{ end }}"
  outro   = "{{ len (printf \"%1000d%%\" 1) }}"
}
