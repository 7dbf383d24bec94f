"""PartiQL: statements from text to plans. The floors above carry the plans out.

The way of a statement: `tokens` (tokens, errors with their place), `literals` and `grammar` (values
and paths), `where_grammar`, `set_grammar` and `statement_grammar` (trees of `statements`, whose
conditions and updates are the trees of `jedlik.expressions`), `prepared` (a text is read once and
kept). Then, for the key schema of the table or index that the statement names: `reads` says which
keys a SELECT reads, `writes` which item a write means; `columns` is what SELECT shows of an item.
"""
