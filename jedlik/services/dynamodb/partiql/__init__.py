"""PartiQL: statements from text to plans. The floors above carry the plans out.

The way of a statement: `tokens` (tokens, errors with their place) and `walking` over them;
`literals`, `grammar` (paths and values), `where_grammar`, `set_grammar`, `statement_grammar`, each
on the one before (trees of `statements`, whose conditions and updates are those of the package
`expressions`); `prepared` (a text is read once and kept). Then, for the key schema of the
table or index that the statement names: `reads` says which keys a SELECT reads and `writes` which
item a write means, both from `key_terms`; `conditions` makes closures of the rest, and `columns`
says what SELECT shows of an item.
"""
