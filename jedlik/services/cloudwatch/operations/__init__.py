"""The operations, one file each, or one for several of a kind; `registry` lists them."""
