"""The pipeline between the front doors and the operations."""
