"""The floor `expressions`."""
