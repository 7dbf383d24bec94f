# A function that follows a table's stream.

resource "aws_iam_role" "follower" {
  name = "follower"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_policy" "streams" {
  name = "streams"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
      Resource = "*"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "streams" {
  role       = aws_iam_role.follower.name
  policy_arn = aws_iam_policy.streams.arn
}

resource "aws_dynamodb_table" "followed" {
  name             = "Followed"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "id"
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"

  attribute {
    name = "id"
    type = "S"
  }
}

variable "package" {
  type = string
}

resource "aws_lambda_function" "follower" {
  function_name    = "follower"
  role             = aws_iam_role.follower.arn
  runtime          = "python3.11"
  handler          = "follower.handle"
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  timeout          = 10
  memory_size      = 256

  environment {
    variables = { STAGE = "test" }
  }

  tags = {
    project = "records"
  }
}

resource "aws_lambda_event_source_mapping" "follower" {
  event_source_arn                   = aws_dynamodb_table.followed.stream_arn
  function_name                      = aws_lambda_function.follower.arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = 10
  maximum_batching_window_in_seconds = 1
  maximum_retry_attempts             = 3
  maximum_record_age_in_seconds      = 3600
  bisect_batch_on_function_error     = true
  parallelization_factor             = 2
  function_response_types            = ["ReportBatchItemFailures"]

  filter_criteria {
    filter {
      pattern = jsonencode({ eventName = ["INSERT"] })
    }
  }
}
