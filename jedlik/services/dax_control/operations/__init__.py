"""The control operations: a file for each kind of thing, and `registry` with all of them."""
