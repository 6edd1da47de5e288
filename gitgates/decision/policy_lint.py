"""What is wrong with a policy that can be read: nobody could change it, or nothing could ever be deployed."""

from collections.abc import Iterator

from gitgates.decision.metric_rules import undefined_gates
from gitgates.model.policy import ContextPolicy, Policy, Role

_TABLES = ("metrics",)
"""Tables of the project's files that stand where those of contexts do: [tool.gitgates.metrics]."""


def lockouts(policy: Policy, revoked: frozenset[str]) -> tuple[str, ...]:
    """Return every way in which the policy could never work, one sentence each.

    Args:
        revoked: keys that do not count any more.
    """
    return tuple(_lockouts(policy, revoked))


def _lockouts(policy: Policy, revoked: frozenset[str]) -> Iterator[str]:
    for signer in policy.signers:
        if signer.key in revoked:
            yield f"allowed_signers gives {signer.principal} a key that is revoked for good and can never count again"
    admins = holders(policy, Role.ADMIN, revoked)
    if len(admins) < policy.admin_quorum:
        yield (
            f"admin_quorum is {policy.admin_quorum}, and {len(admins)} admin(s) have a key that is not revoked: "
            "nobody could change this policy"
        )
    checkers, approvers = holders(policy, Role.CHECKER, revoked), holders(policy, Role.APPROVER, revoked)
    if not checkers:
        yield "no checker has a key that is not revoked: no report could be written"
    for context in policy.contexts:
        if context.name in _TABLES:
            yield (
                f"{context.name} is no name for a context: [tool.gitgates.{context.name}] of a project's files is "
                "something else, so that they could not set its thresholds"
            )
        yield from _unreachable(context, checkers, approvers)


def _unreachable(context: ContextPolicy, checkers: frozenset[str], approvers: frozenset[str]) -> Iterator[str]:
    if undefined := tuple(undefined_gates(context)):
        yield (
            f"{context.name} requires gates that are not built in, and that no metric of this policy is in: "
            f"{', '.join(undefined)}"
        )
    needed = context.required_approvals
    if len(approvers) < needed:
        yield f"{context.name} needs {needed} approvals, and {len(approvers)} approver(s) have a key"
    elif context.separation_of_duties and checkers:
        most = max(len(approvers - {checker}) for checker in checkers)
        if most < needed:
            yield (
                f"{context.name} needs {needed} approval(s) by others than the report's author, and at most "
                f"{most} approver(s) can be others"
            )


def oddities(policy: Policy) -> tuple[str, ...]:
    """Return what is probably a mistake and locks nobody out."""
    members = {member.principal: member.roles for member in policy.members}
    signers = {signer.principal for signer in policy.signers}
    without_key = [f"{name} has roles and no key" for name, roles in members.items() if roles and name not in signers]
    strangers = [f"{name} has a key and is no member" for name in sorted(signers - members.keys())]
    idle = [f"{name} is a member without a role" for name, roles in members.items() if not roles]
    return (*without_key, *strangers, *idle, *_odd_numbers(policy))


def _odd_numbers(policy: Policy) -> Iterator[str]:
    admins = holders(policy, Role.ADMIN, frozenset())
    if len(admins) == policy.admin_quorum > 1:
        yield f"all {len(admins)} admins must sign: one lost key, and nobody can change this policy any more"
    if not holders(policy, Role.DEPLOYER, frozenset()):
        yield "no deployer has a key: `gitgates deploy` cannot record anything"


def holders(policy: Policy, role: Role, revoked: frozenset[str]) -> frozenset[str]:
    """Return the members who have a role and a key that is not revoked."""
    keyed = {signer.principal for signer in policy.signers if signer.key not in revoked}
    return frozenset(m.principal for m in policy.members if role in m.roles and m.principal in keyed)
