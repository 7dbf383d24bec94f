# Tables with what a table can have, and what hangs on them.

resource "aws_kms_key" "music" {
  description             = "Of the table Music"
  deletion_window_in_days = 7
  enable_key_rotation     = true
}

resource "aws_kms_alias" "music" {
  name          = "alias/music"
  target_key_id = aws_kms_key.music.key_id
}

resource "aws_dynamodb_table" "music" {
  name                        = "Music"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "artist"
  range_key                   = "song"
  stream_enabled              = true
  stream_view_type            = "NEW_AND_OLD_IMAGES"
  table_class                 = "STANDARD_INFREQUENT_ACCESS"
  deletion_protection_enabled = false

  dynamic "attribute" {
    for_each = { artist = "S", song = "S", year = "N", label = "S" }
    content {
      name = attribute.key
      type = attribute.value
    }
  }

  local_secondary_index {
    name            = "by-label"
    range_key       = "label"
    projection_type = "KEYS_ONLY"
  }

  global_secondary_index {
    name               = "by-year"
    hash_key           = "year"
    range_key          = "song"
    projection_type    = "INCLUDE"
    non_key_attributes = ["price", "label"]
  }

  on_demand_throughput {
    max_read_request_units  = 1000
    max_write_request_units = 500
  }

  ttl {
    attribute_name = "expires"
    enabled        = true
  }

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = 7
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.music.arn
  }

  tags = {
    project = "records"
    stage   = "test"
  }
}

resource "aws_dynamodb_table" "plays" {
  name           = "Plays"
  billing_mode   = "PROVISIONED"
  read_capacity  = 5
  write_capacity = 6
  hash_key       = "id"

  attribute {
    name = "id"
    type = "B"
  }

  attribute {
    name = "minute"
    type = "N"
  }

  global_secondary_index {
    name            = "by-minute"
    hash_key        = "minute"
    projection_type = "ALL"
    read_capacity   = 7
    write_capacity  = 8
  }

  lifecycle {
    ignore_changes = [tags] # the resource below has them
  }
}

resource "aws_dynamodb_table_item" "satie" {
  table_name = aws_dynamodb_table.music.name
  hash_key   = "artist"
  range_key  = "song"
  item = jsonencode({
    artist = { S = "Erik Satie" }
    song   = { S = "Vexations" }
    year   = { N = "1893" }
    tags   = { SS = ["long", "piano"] }
    cover  = { B = "AP8=" }
    more   = { M = { repeats = { N = "840" }, live = { BOOL = false }, none = { NULL = true } } }
  })
}

resource "aws_dynamodb_tag" "owner" {
  resource_arn = aws_dynamodb_table.plays.arn
  key          = "owner"
  value        = "radio"
}

resource "aws_dynamodb_contributor_insights" "music" {
  table_name = aws_dynamodb_table.music.name
}

resource "aws_dynamodb_contributor_insights" "by_year" {
  table_name = aws_dynamodb_table.music.name
  index_name = "by-year"
}

resource "aws_dynamodb_resource_policy" "music" {
  resource_arn = aws_dynamodb_table.music.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Readers"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${local.account}:root" }
      Action    = ["dynamodb:GetItem", "dynamodb:Query"]
      Resource  = aws_dynamodb_table.music.arn
    }]
  })
}

resource "aws_dynamodb_kinesis_streaming_destination" "music" {
  table_name                               = aws_dynamodb_table.music.name
  stream_arn                               = "arn:aws:kinesis:us-east-1:${local.account}:stream/changes"
  approximate_creation_date_time_precision = "MICROSECOND"
}

data "aws_dynamodb_table" "music" {
  name       = aws_dynamodb_table.music.name
  depends_on = [aws_dynamodb_contributor_insights.music]
}

data "aws_dynamodb_table_item" "satie" {
  table_name = aws_dynamodb_table.music.name
  key        = jsonencode({ artist = { S = "Erik Satie" }, song = { S = "Vexations" } })
  depends_on = [aws_dynamodb_table_item.satie]
}

output "item" {
  value = jsondecode(data.aws_dynamodb_table_item.satie.item)["year"]["N"]
}

output "class" {
  value = data.aws_dynamodb_table.music.table_class
}
