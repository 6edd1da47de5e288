"""How all model versions stand, for lists and dashboards: read once, remembered under `.git/` until something changes.

What is remembered can be forged by whoever can write there (`docs/adr/0027-dashboard-cache.md`). So nothing that
decides on a deployment, and nothing that writes a record, looks here.
"""
