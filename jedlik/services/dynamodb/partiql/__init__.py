"""PartiQL: statements from text to plans. The layers above carry the plans out.

The way of a statement: `tokens` (tokens, errors with their place) and `walking` over them;
`literals`, `grammar` (paths and values), `where_grammar`, `set_grammar`, `statement_grammar`, each
on the one before (trees of `statements`, whose conditions and updates are those of the package
`expressions`); `prepared` (a text is read once and kept). Then, for the key schema of the table or
index that the statement names: `reads` finds the keys that a SELECT reads, and `writes` the item
that a write names, both from `key_terms`; `conditions` makes closures of the other conditions, and
`columns` selects what SELECT returns of an item.
"""
