"""What git and records make together: reading, appending, querying and verifying the ledger."""
