# A table's export into a bucket, and a table made of files.

variable "imported" {
  type = string
}

resource "aws_dynamodb_table" "exported" {
  name         = "Exported"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }
}

resource "aws_dynamodb_table_item" "one" {
  table_name = aws_dynamodb_table.exported.name
  hash_key   = "id"
  item       = jsonencode({ id = { S = "one" } })
}

resource "aws_dynamodb_table_export" "exported" {
  table_arn     = aws_dynamodb_table.exported.arn
  s3_bucket     = "exports"
  s3_prefix     = "nightly"
  export_format = "DYNAMODB_JSON"
  depends_on    = [aws_dynamodb_table_item.one]
}

resource "aws_dynamodb_table" "imported" {
  name         = "Imported"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  import_table {
    input_format           = "CSV"
    input_compression_type = "NONE"

    input_format_options {
      csv {
        delimiter = ";"
      }
    }

    s3_bucket_source {
      bucket     = "imports"
      key_prefix = var.imported
    }
  }
}
