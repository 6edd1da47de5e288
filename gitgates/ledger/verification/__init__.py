"""`verify`: everything that can be held against a ledger, all findings at once, each with its remedy."""
