"""The team template: rules for several people, to be edited and proposed."""

from gitgates.model.names import DeploymentContext
from gitgates.model.policy import POLICY_FORMAT
from gitgates.model.thresholds import default_thresholds

_TEAM = """\
# Rules for a team: two people other than the report's author must approve what goes to production.
# An edit of this file has no effect until admins sign it: gitgates policy propose --policy FILE
# A proposal without [members] keeps the members in force; `gitgates member add` brings in new ones.
format = "{format}"
ledger_branch = "{branch}"
admin_quorum = 2        # how many admins must sign the next policy. Have three, so that one lost key locks nobody out

[contexts.development]
required_approvals = 1

[contexts.staging]
required_approvals = 1

[contexts.production]
required_gates = ["model_quality", "security", "tests"]
required_approvals = 2          # distinct people, however many keys each has
separation_of_duties = true     # whoever made the report may not approve it
max_report_age = "30 days"
approval_expires = "90 days"
allow_force = false             # true: an approver may approve a failed report, with a reason
require_evidence = true         # a number that is missing fails its gate
require_artifacts = false       # true: reports and deployments name the exact files
require_baseline = "none"       # "any": reports compare with a baseline; "record": with another report
# promoted_from = "staging"     # the same must be allowed in staging first

# [[contexts.production.metric]]  # a metric of your own; required_gates may name it
# name = "toxicity"
# max = 0.02
# max_increase = 0.1            # of the baseline

# [contexts.production.metric_paths]    # the only numbers of a tool's file that may be these metrics
# quality_score = "tasks.arc_challenge.acc_norm"
# coverage_percent = "branches"

[contexts.production.thresholds]    # floors: a report may be stricter, never looser
{floors}
"""


def team_policy(branch: str) -> str:
    """Return the team's `policy.toml` without members, for a ledger on `branch`."""
    floors = default_thresholds(DeploymentContext.PRODUCTION).to_dict()
    return _TEAM.format(
        format=POLICY_FORMAT,
        branch=branch.removeprefix("refs/heads/"),
        floors="\n".join(f"{name} = {value}" for name, value in floors.items()),
    )
