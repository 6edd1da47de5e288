"""The policies of the test vectors, as people write them."""

ROOT_TOML = """\
format = "gitgates-policy/1"
ledger_branch = "main"

[members]
"alice@example.com" = ["admin", "approver", "checker", "deployer"]

[contexts.development]

[contexts.staging]

[contexts.production]
"""
SECOND_TOML = """\
format = "gitgates-policy/1"
ledger_branch = "main"
admin_quorum = 2

[members]
"alice@example.com" = ["admin", "approver", "checker", "deployer"]
"bob@example.com" = ["admin", "approver"]

[contexts.development]

[contexts.staging]
promoted_from = "development"

[contexts.canary]
profile = "staging"
require_baseline = "any"

[contexts.production]
separation_of_duties = true
approval_expires = "never"
"""

WAIVERS_TOML = """\
format = "gitgates-policy/1"
ledger_branch = "main"

[members]
"alice@example.com" = ["admin"]

[contexts.production]
allow_waivers = true

[contexts.staging]
allow_waivers = false
"""

NUMBERS_TOML = """\
format = "gitgates-policy/1"
ledger_branch = "main"

[members]
"alice@example.com" = ["admin"]

[contexts.production]

[contexts.production.metric_paths]
quality_score = "tasks.arc_challenge.acc_norm"
coverage_percent = "branches"

[contexts.staging]
metric_paths = {}
"""

MINIMAL_TOML = """\
format = "gitgates-policy/1"
ledger_branch = "refs/heads/gates/main"

[members]
"alice@example.com" = ["admin"]

[contexts.development]
required_approvals = 0
"""
