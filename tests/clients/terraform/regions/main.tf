# A global table of three regions.

resource "aws_dynamodb_table" "cart" {
  name             = "Cart"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "id"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  attribute {
    name = "id"
    type = "S"
  }

  replica {
    region_name            = "eu-west-1"
    point_in_time_recovery = true
    propagate_tags         = true
  }

  replica {
    region_name = "ap-south-1"
  }

  tags = {
    project = "shop"
  }
}
