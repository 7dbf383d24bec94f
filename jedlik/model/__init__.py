"""The floor `model`."""
