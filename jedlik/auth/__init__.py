"""The floor `auth`."""
