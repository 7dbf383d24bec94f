"""Capacity: its units, and budgets and refusals where it is enforced.

`units` are what reads and writes take, and how answers report them.

`limits` reads from a table's description what it may consume, `growth` how far an on-demand table
has grown. `budget` is what operations check and charge, without looking at a clock or the store;
`budgets` holds those of one process. `ledger` divides the capacity among processes, and `exchange`
settles with it in the background. `refusals` has the errors.
"""
