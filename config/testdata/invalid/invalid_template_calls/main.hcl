ticket {
  subject = "{{ define \"a\" }}{{ template \"a\" }}{{ template \"a\" }}{{ end }}{{ template \"a\" }}"
  intro   = "{{ with .Subject }}{{ block \"b\" . }}{{ end }}{{ end }}"
}
