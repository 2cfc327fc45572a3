ticket {
  subject = "{{ range 900000000000 }}{{ end }}"
  intro   = "{{ if .Unmapped }}{{ else }}{{ range .Indicators }}{{ with . }}{{ range $.Indicators }}{{ end }}{{ end }}{{ end }}{{ end }}"
  outro   = "{{ $n := 900000000000 }}{{ range $n }}{{ else }}None.{{ end }}"
}
