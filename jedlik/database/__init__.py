"""What DynamoDB means, in terms of ordered byte keys.

From the outside in: `database` holds the parts together; `catalog` finds tables and notices when
they change; `plain_view` is the engine with what is sealed opened, by the key rings that `vault`
knows; `open_table` compiles a table's keys and indexes; `keyspaces` draws every key; `write`,
`query` and the rest are what operations are made of.
"""
