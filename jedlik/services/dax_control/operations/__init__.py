"""The control operations: a file for each kind of object, and `registry` with all of them."""
