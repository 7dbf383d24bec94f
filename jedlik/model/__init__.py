"""Plain dataclasses for what the catalog describes: tables and their indexes."""
