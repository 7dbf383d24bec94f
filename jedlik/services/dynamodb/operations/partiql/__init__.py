"""PartiQL operations: statements one by one, in batches and in transactions."""
