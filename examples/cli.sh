#!/usr/bin/env bash
# The AWS CLI against Jedlik: commands as DynamoDB users write them, with --endpoint-url added.
#
#   examples/cli.sh [ENDPOINT_URL]          (default: AWS_ENDPOINT_URL_DYNAMODB, or http://localhost:8000)
#
# Creates the table Users, writes three items, reads them back. If examples/airports.py has run
# before, it asks that table too. AWS names the aws command to use.
set -euo pipefail

ENDPOINT_URL="${1:-${AWS_ENDPOINT_URL_DYNAMODB:-http://localhost:8000}}"
if [[ "$ENDPOINT_URL" == -* ]]; then
  sed -n '2,7s/^# \{0,1\}//p' "$0"
  exit 0
fi

VENV_AWS="$(cd "$(dirname "$0")/.." && pwd)/.venv/bin/aws"
AWS="${AWS:-$([[ -x "$VENV_AWS" ]] && echo "$VENV_AWS" || echo aws)}"

# A server on a loopback address takes any credentials and region, but the CLI insists on some.
export AWS_ACCESS_KEY_ID="${AWS_ACCESS_KEY_ID:-local}"
export AWS_SECRET_ACCESS_KEY="${AWS_SECRET_ACCESS_KEY:-local}"
export AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-us-east-1}"
export AWS_PAGER=""

# Prints a command as one would type it, and runs it.
run() {
  local word line='$ aws'
  for word in "$@"; do
    case "$word" in
      *[!A-Za-z0-9_./:=,-]*) line+=" '$word'" ;;
      *) line+=" $word" ;;
    esac
  done
  printf '\n%s --endpoint-url %s\n' "$line" "$ENDPOINT_URL"
  "$AWS" "$@" --endpoint-url "$ENDPOINT_URL"
}

has_table() {
  "$AWS" dynamodb describe-table --table-name "$1" --endpoint-url "$ENDPOINT_URL" \
    >/dev/null 2>&1
}

if ! has_table Users; then
  run dynamodb create-table --table-name Users \
    --attribute-definitions AttributeName=UserId,AttributeType=S AttributeName=Entry,AttributeType=S \
    --key-schema AttributeName=UserId,KeyType=HASH AttributeName=Entry,KeyType=RANGE \
    --billing-mode PAY_PER_REQUEST \
    --query 'TableDescription.[TableName,TableStatus]' --output text
  "$AWS" dynamodb wait table-exists --table-name Users --endpoint-url "$ENDPOINT_URL"
fi

run dynamodb put-item --table-name Users \
  --item '{"UserId":{"S":"user-123"},"Entry":{"S":"PROFILE"},"Plan":{"S":"basic"}}'
run dynamodb put-item --table-name Users \
  --item '{"UserId":{"S":"user-123"},"Entry":{"S":"ORDER#2026-01-05"},"Total":{"N":"19.90"}}'
run dynamodb put-item --table-name Users \
  --item '{"UserId":{"S":"user-456"},"Entry":{"S":"PROFILE"},"Plan":{"S":"pro"}}'

run dynamodb query --table-name Users --key-condition-expression "UserId = :uid" \
  --expression-attribute-values '{":uid":{"S":"user-123"}}'

run dynamodb update-item --table-name Users \
  --key '{"UserId":{"S":"user-123"},"Entry":{"S":"PROFILE"}}' \
  --update-expression 'SET #plan = :plan ADD Changes :one' \
  --expression-attribute-names '{"#plan":"Plan"}' \
  --expression-attribute-values '{":plan":{"S":"pro"},":one":{"N":"1"}}' \
  --return-values UPDATED_NEW

if has_table Airports; then
  run dynamodb query --table-name Airports \
    --key-condition-expression 'pk = :state AND begins_with(sk, :city)' \
    --expression-attribute-values '{":state":{"S":"STATE#WA"},":city":{"S":"CITY#Seattle#"}}' \
    --query 'Items[].{code: code.S, name: name.S, city: city.S}' --output table
  run dynamodb query --table-name Airports --index-name lookup \
    --key-condition-expression 'gsi1pk = :code' \
    --expression-attribute-values '{":code":{"S":"CODE#JFK"}}' \
    --query 'Items[].{code: code.S, name: name.S, city: city.S}' --output table
fi
