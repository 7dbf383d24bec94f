"""Wires the concrete parts together."""
