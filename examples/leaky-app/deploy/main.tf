variable "region" {
  default = "eu-north-1"
}

resource "aws_db_instance" "barn" {
  identifier = "barn"
  username   = "barn"
  password   = "Bullace-29-lantern"
}

locals {
  reports = "Server=reports.kestrel-and-moss.invalid;Database=press;User Id=press;Password=Sloe!84wagon;"
  api_key = var.api_key
}
