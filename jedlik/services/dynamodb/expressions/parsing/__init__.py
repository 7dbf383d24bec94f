"""From the text of an expression to its tree. PartiQL reuses the trees, with a grammar of its own.

lexer                tokens, syntax errors
reserved             words that cannot name attributes
syntax               the trees
grammar              what the grammars share
condition_grammar    conditions, filters and key conditions
projection_grammar   projections
update_grammar       updates
"""
