"""What DynamoDB means, in terms of ordered byte keys.

From the outside in: `database` holds the parts together; `catalog` finds tables and notices when
they change; `open_table` compiles a table's keys and indexes; `keyspaces` draws every key; `write`,
`query` and the rest are what operations are made of. `sealing` is the engine with what is sealed
opened, and `verifying` looks whether a store is as it should be.
"""
