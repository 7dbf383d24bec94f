"""Vector indexes and the search in them.

`definitions` brings an index from the wire to the model, `changes` is VectorIndexUpdates. The
entry of an index is made in the commit of every write (see `recording.vector_entries`).
`conditions` is the SearchConditionExpression, `scoring` the three distance functions, and `search`
scores the entries of a partition and keeps the best.

Developer guide, "Vector search".
"""
