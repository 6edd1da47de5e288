"""The checks: pure functions from metrics and thresholds to results, under versioned rules."""
