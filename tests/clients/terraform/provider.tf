# Laid beside each stack: the provider, pointed at one server.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

variable "endpoint" {
  type = string
}

locals {
  account = "000000000000"
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "local"
  secret_key                  = "local"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  endpoints {
    applicationautoscaling = var.endpoint
    cloudwatch             = var.endpoint
    dax                    = var.endpoint
    dynamodb               = var.endpoint
    iam                    = var.endpoint
    kms                    = var.endpoint
    lambda                 = var.endpoint
    sts                    = var.endpoint
  }
}
