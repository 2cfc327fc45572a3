variable "board" {
  description = "The board for incidents."
}

variable "1st" {}

variable "kind" {
  type = text
}

variable "many" {
  type    = list(string)
  default = [1, 2]
}

routing {
  board = var.board
}
