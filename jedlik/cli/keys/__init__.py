"""`jedlik keys`: access keys of administrators, and root keys."""
