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

# A replica that is a resource of its own, which goes before its table does.

resource "aws_dynamodb_table" "wishes" {
  name             = "Wishes"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "id"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  attribute {
    name = "id"
    type = "S"
  }

  lifecycle {
    ignore_changes = [replica]
  }
}

provider "aws" {
  alias                       = "ireland"
  region                      = "eu-west-1"
  access_key                  = "local"
  secret_key                  = "local"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  endpoints {
    dynamodb = var.endpoint
    kms      = var.endpoint
    sts      = var.endpoint
  }
}

resource "aws_dynamodb_table_replica" "ireland" {
  provider               = aws.ireland
  global_table_arn       = aws_dynamodb_table.wishes.arn
  point_in_time_recovery = true

  tags = {
    project = "shop"
  }
}
