"""Functions (AWS Lambda's API) and what triggers them.

api         requests to `operations`; `inputs` checks them by `shapes`
store       functions in storage; `event_source_mappings` and `checkpoints` likewise
runtime     runs functions: warm processes, HTTP endpoints, logs
triggers    delivers stream records to functions
"""
