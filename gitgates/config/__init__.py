"""Configuration files: which thresholds a project sets, and where each came from."""
