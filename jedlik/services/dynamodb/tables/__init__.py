"""Tables: the catalog that finds them, their definitions and descriptions, and all they own.

`database` holds together what operations work with; `catalog` finds tables and notices when they
change; `model`, `key_schema` and `time_to_live` are tables as plain data.
"""
