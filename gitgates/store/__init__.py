"""The only door to git: every git process of gitgates starts below here."""
