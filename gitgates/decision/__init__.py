"""From records, the pinned root and the time to a decision: pure, and the same in every clone."""
