"""The floor `database`."""
