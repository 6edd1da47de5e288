"""Outside worlds: AFS, CI systems, registries, notifications. Each module knows one of them."""
