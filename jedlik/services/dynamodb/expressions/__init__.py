"""Expressions: conditions, projections, updates and key conditions, and the legacy parameters.

The way of a text: `lexer` (tokens, syntax errors), `condition_grammar` and `update_grammar` on
`grammar` (trees of `syntax`), `checks` (placeholders, counts, types), then `condition`,
`projection`, `update` or `key_condition`, which compile the tree to closures and keep them
(`plans`). `placeholders` are a request's names and values; `parameters` says which parameters of a
request go together. The legacy parameters (`legacy_conditions`, `legacy_updates`) become the same
compiled forms.
"""
