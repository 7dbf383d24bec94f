"""The floor `operations`."""
