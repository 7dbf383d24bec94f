"""What DynamoDB records of itself: the metrics of AWS/DynamoDB, Contributor Insights, and advice.

table_meter     what is consumed and returned, counted in the operations
request_meter   requests timed and counted where they are dispatched
throttle_meter  what was throttled
settings_meter  what tables are set to, recorded every five minutes
contributors    which keys are used most, of a random share of events (`sampling`)
read_shapes     how tables are read, for advice
metric_names    names of metrics and dimensions

Developer guide, "DynamoDB metrics and dimensions".
"""
