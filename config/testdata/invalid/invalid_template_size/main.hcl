ticket {
  subject = "{{ range 100000 }}{{ $.Subject }}{{ end }}"
}
