"""The floor `validation`."""
