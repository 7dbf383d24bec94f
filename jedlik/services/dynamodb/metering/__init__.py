"""What DynamoDB records of itself: the metrics of AWS/DynamoDB.

`table_meter` counts what is consumed and returned, where that is known, in the operations;
`request_meter` times and counts requests, where they are dispatched; `settings_meter` records what
tables are set to, every five minutes. Developer guide, "DynamoDB metrics and dimensions".
"""
