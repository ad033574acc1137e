"""Arbitrary bytes for all that reads from a line or a network: `python -m fuzz` (see README.md)."""
