ticket {
  time_zone = "Europe/Berlinn"
}
