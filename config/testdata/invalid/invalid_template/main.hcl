ticket {
  subject = "{{ .Sujbect }}"
  intro   = "{{ if .Unmapped }}"
  outro   = "{{ index .Indicators 0 }}"
}
