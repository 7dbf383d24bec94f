# A DAX cluster with groups of its own.

resource "aws_iam_role" "cache" {
  name = "cache"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "dax.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "cache" {
  name = "items"
  role = aws_iam_role.cache.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "dynamodb:*", Resource = "*" }]
  })
}

resource "aws_dax_parameter_group" "minutes" {
  name        = "minutes"
  description = "Items for a minute"

  parameters {
    name  = "record-ttl-millis"
    value = "60000"
  }

  parameters {
    name  = "query-ttl-millis"
    value = "30000"
  }
}

resource "aws_dax_subnet_group" "here" {
  name        = "here"
  description = "As if it had subnets"
  subnet_ids  = ["subnet-12345678", "subnet-87654321"]
}

resource "aws_dax_cluster" "music" {
  cluster_name         = "music"
  description          = "In front of Music"
  iam_role_arn         = aws_iam_role.cache.arn
  node_type            = "dax.r5.large"
  replication_factor   = 2
  parameter_group_name = aws_dax_parameter_group.minutes.name
  subnet_group_name    = aws_dax_subnet_group.here.name
  maintenance_window   = "sun:05:00-sun:09:00"

  server_side_encryption {
    enabled = true
  }

  tags = {
    project = "records"
  }
}

output "address" {
  value = aws_dax_cluster.music.cluster_address
}
