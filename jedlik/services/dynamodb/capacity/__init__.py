"""Enforced capacity: budgets of tables, global indexes and their partitions, and refusals.

`limits` reads from a table's description what it may consume; `budget` is what operations ask and
charge, without a look at a clock or the store; `ledger` shares the budgets out among processes, and
`exchange` settles with it in the background; `budgets` holds those of one process; `refusals` words
what is refused.
"""
