routing "main" {
}

route "a" "b" {
}
