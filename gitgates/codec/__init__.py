"""Bytes to model and back: one strict converter, one canonical form."""
