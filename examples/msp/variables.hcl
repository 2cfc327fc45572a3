# What differs between staging and production. The values are in environments/;
# credentials are in neither place, but in the environment or in files.

variable "desk_url" {
  type        = string
  description = "Where AlgaPSA is."
}

variable "huntress_url" {
  type        = string
  description = "Where the Huntress API is."
  default     = "https://api.huntress.io"
}

variable "state_path" {
  type        = string
  description = "The file that remembers which incident has which ticket."
  default     = "huntsync.db"
}

variable "listen" {
  type        = string
  description = "Where the status page and the metrics are."
  default     = "127.0.0.1:9748"
}
