# Auto scaling of a table and of its index, on schedule too.

resource "aws_dynamodb_table" "plays" {
  name           = "ScaledPlays"
  billing_mode   = "PROVISIONED"
  read_capacity  = 5
  write_capacity = 5
  hash_key       = "id"

  attribute {
    name = "id"
    type = "S"
  }

  attribute {
    name = "minute"
    type = "N"
  }

  global_secondary_index {
    name            = "by-minute"
    hash_key        = "minute"
    projection_type = "ALL"
    read_capacity   = 5
    write_capacity  = 5
  }

  lifecycle {
    ignore_changes = [read_capacity, write_capacity]
  }
}

locals {
  table = "table/${aws_dynamodb_table.plays.name}"
  scaled = {
    reads  = { id = local.table, of = "dynamodb:table:ReadCapacityUnits", metric = "DynamoDBReadCapacityUtilization" }
    writes = { id = local.table, of = "dynamodb:table:WriteCapacityUnits", metric = "DynamoDBWriteCapacityUtilization" }
    index = {
      id     = "${local.table}/index/by-minute"
      of     = "dynamodb:index:ReadCapacityUnits"
      metric = "DynamoDBReadCapacityUtilization"
    }
  }
}

resource "aws_appautoscaling_target" "plays" {
  for_each           = local.scaled
  service_namespace  = "dynamodb"
  resource_id        = each.value.id
  scalable_dimension = each.value.of
  min_capacity       = 5
  max_capacity       = 100

  tags = {
    project = "radio"
  }
}

resource "aws_appautoscaling_policy" "plays" {
  for_each           = local.scaled
  name               = "${each.value.metric}:${each.value.id}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.plays[each.key].service_namespace
  resource_id        = aws_appautoscaling_target.plays[each.key].resource_id
  scalable_dimension = aws_appautoscaling_target.plays[each.key].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = 70
    scale_in_cooldown  = 60
    scale_out_cooldown = 30
    predefined_metric_specification {
      predefined_metric_type = each.value.metric
    }
  }
}

resource "aws_appautoscaling_scheduled_action" "evening" {
  name               = "evening"
  service_namespace  = "dynamodb"
  resource_id        = aws_appautoscaling_target.plays["reads"].resource_id
  scalable_dimension = aws_appautoscaling_target.plays["reads"].scalable_dimension
  schedule           = "cron(0 18 * * ? *)"
  timezone           = "Europe/Budapest"

  scalable_target_action {
    min_capacity = 20
    max_capacity = 200
  }
}

resource "aws_cloudwatch_metric_alarm" "throttled" {
  alarm_name          = "plays-throttled"
  namespace           = "AWS/DynamoDB"
  metric_name         = "ReadThrottleEvents"
  dimensions          = { TableName = aws_dynamodb_table.plays.name }
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 2
  period              = 60
  statistic           = "Sum"
  threshold           = 1
  treat_missing_data  = "notBreaching"
}
