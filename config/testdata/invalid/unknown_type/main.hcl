desk "alga" {
  url = "https://psa.example.com"
}

state "postgress" {}
