"""Replicas of tables in other regions."""
