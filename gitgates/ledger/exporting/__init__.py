"""What leaves the ledger: its records as lines of JSON or CSV, and the bundle that an auditor verifies by itself."""
