"""Background work, each kind under a lease."""
