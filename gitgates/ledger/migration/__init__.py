"""Moving a ledger to another branch: a policy names it, and every record goes along with its bytes."""
