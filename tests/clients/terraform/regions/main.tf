# A global table of two regions, and one whose replica is a resource of its own.

provider "aws" {
  alias                       = "eu"
  region                      = "eu-west-1"
  access_key                  = "local"
  secret_key                  = "local"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  endpoints {
    dynamodb = var.endpoint
    kms      = var.endpoint
    iam      = var.endpoint
    sts      = var.endpoint
  }
}

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

resource "aws_dynamodb_table" "stock" {
  name             = "Stock"
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

resource "aws_dynamodb_table_replica" "stock" {
  provider               = aws.eu
  global_table_arn       = aws_dynamodb_table.stock.arn
  point_in_time_recovery = true

  tags = {
    project = "shop"
  }
}
