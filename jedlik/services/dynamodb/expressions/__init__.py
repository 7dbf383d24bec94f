"""Expressions: conditions, projections, updates and key conditions, and the legacy parameters.

In the order in which a text passes:

forms              requests that differ only in their values
parameters         which parameters of a request go together
placeholders       a request's names and values
parsing            texts become trees
plans              caches of what was parsed and compiled
operand_checks     undefined placeholders; `value_checks`: what is checked again for other values
conditions         conditions, filters and key conditions as closures that test items
projection         projections, of `paths`
updates            updates as closures that make the new item

The legacy parameters become the same compiled forms (`conditions.legacy`, `updates.legacy`).
"""
