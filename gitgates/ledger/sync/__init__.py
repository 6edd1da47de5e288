"""Sharing a ledger between clones: fetch, hold what came against what was seen, join, push."""
