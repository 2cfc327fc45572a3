locals {
  board = "Security"
}
