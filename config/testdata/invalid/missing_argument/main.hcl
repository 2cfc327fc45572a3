desk "algapsa" {
  api_key = env("ALGAPSA_API_KEY")
}

routing {
  close {
    note = "Closed by the SOC."
  }
}

organization "Acme Inc." {
  board = "VIP"
}

state "postgres" {}
