"""The floor `http`."""
