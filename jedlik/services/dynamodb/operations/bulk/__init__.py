"""The operations on bulk puts: start, cancel, describe, list."""
