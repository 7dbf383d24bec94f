"""Enforced capacity: budgets of tables, global indexes and their partitions, and refusals.

`limits` reads from a table's description what it may consume, `growth` how far an on-demand table
has grown. `budget` is what operations check and charge, without looking at a clock or the store;
`budgets` holds those of one process. `ledger` divides the capacity among processes, and `exchange`
settles with it in the background. `refusals` has the errors.
"""
