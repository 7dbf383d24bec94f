"""The ground floor: errors, limits, clock and ids. Imports nothing of Jedlik's."""
