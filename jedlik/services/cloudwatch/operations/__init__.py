"""The operations, one file each or one for a few of a kind; `registry` lists them."""
