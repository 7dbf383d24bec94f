"""Functions (AWS Lambda's API) and their triggers.

spec            the API as one of the server's: operations are found by their path
api             requests to `operations`; `inputs` checks them by `shapes`
permissions     what each operation needs; `audit`: what is recorded of it
store           functions in storage (`model`), with their `names`
event_source_mappings
                mappings in storage (`mapping_model`); `event_patterns` are their filters
runtime         runs functions: warm processes, HTTP endpoints, logs
triggers        delivers stream records to functions; `checkpoints`: the positions
assumed_roles   the execution roles of functions, where policies decide
verifying       how `verify` checks functions and mappings
errors          as the model has them
"""
