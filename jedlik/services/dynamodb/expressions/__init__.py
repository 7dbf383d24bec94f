"""Expressions: conditions, projections, updates and key conditions, and the legacy parameters.

In the order in which a text passes:

forms              requests that differ only in their values
parameters         which parameters of a request go together
placeholders       a request's names and values
lexer              tokens, syntax errors; `reserved` words
grammar            what `condition_grammar` and `update_grammar` share; they make trees of `syntax`
checks             undefined placeholders, counts, types; `value_checks`: again, for other values
condition          conditions and filters as closures; `comparing`: what they find out about values
key_condition      key conditions; `condition_texts`: what they and conditions plan for a text
projection         projections, of `paths`
update             updates; `adding`: ADD, DELETE, list_append; `update_charge`: what one counts as
stepwise           conditions on large items, a test at a time
plans              caches of what was parsed and compiled

The legacy parameters (`legacy_conditions`, `legacy_updates`) become the same compiled forms.
"""
