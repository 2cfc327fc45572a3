organization "Beta" {
  client = null
}
