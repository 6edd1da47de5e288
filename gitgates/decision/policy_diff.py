"""What a policy changes, in words: for whoever signs it, and for whoever reads the log a year later."""

from collections.abc import Iterator

from gitgates.codec.durations import duration_text
from gitgates.model.policy import ContextPolicy, Policy


def describe(old: Policy, new: Policy) -> tuple[str, ...]:
    """Return one sentence for each difference; empty where the policies say the same."""
    return (*_ledger(old, new), *_members(old, new), *_keys(old, new), *_contexts(old, new))


def _ledger(old: Policy, new: Policy) -> Iterator[str]:
    if old.ledger_branch != new.ledger_branch:
        yield f"the ledger moves from {old.ledger_branch} to {new.ledger_branch}"
    if old.admin_quorum != new.admin_quorum:
        yield f"policies need {new.admin_quorum} admin(s) instead of {old.admin_quorum}"


def _members(old: Policy, new: Policy) -> Iterator[str]:
    before = {member.principal: set(member.roles) for member in old.members}
    after = {member.principal: set(member.roles) for member in new.members}
    for principal in sorted(before | after):
        if principal not in before:
            yield f"{principal} becomes a member: {', '.join(sorted(after[principal])) or 'no role'}"
        elif principal not in after:
            yield f"{principal} is no member any more"
        else:
            gained, lost = after[principal] - before[principal], before[principal] - after[principal]
            if gained:
                yield f"{principal} gains {', '.join(sorted(gained))}"
            if lost:
                yield f"{principal} loses {', '.join(sorted(lost))}"


def _keys(old: Policy, new: Policy) -> Iterator[str]:
    before = {(signer.principal, signer.key) for signer in old.signers}
    after = {(signer.principal, signer.key) for signer in new.signers}
    for principal, key in sorted(after - before):
        yield f"{principal} may sign with the key {_short(key)}"
    for principal, key in sorted(before - after):
        yield f"{principal} may no longer sign with the key {_short(key)}"


def _short(key: str) -> str:
    kind, _, body = key.partition(" ")
    return f"{kind} ...{body[-12:]}"


def _contexts(old: Policy, new: Policy) -> Iterator[str]:
    before = {context.name: context for context in old.contexts}
    after = {context.name: context for context in new.contexts}
    for name in sorted(before | after):
        if name not in before:
            yield f"the context {name} is new, with the profile {after[name].profile}"
            yield from _metrics(None, after[name])
        elif name not in after:
            yield f"the context {name} exists no longer"
        else:
            yield from _context(before[name], after[name])


def _context(old: ContextPolicy, new: ContextPolicy) -> Iterator[str]:
    name = new.name
    if old.required_approvals != new.required_approvals:
        yield f"{name} needs {new.required_approvals} approval(s) instead of {old.required_approvals}"
    for gate in sorted({*old.required_gates} ^ {*new.required_gates}):
        yield f"{name} {'requires' if gate in new.required_gates else 'no longer requires'} the gate {gate}"
    for field in _SETTINGS:
        was, becomes = _shown(getattr(old, field)), _shown(getattr(new, field))
        if was != becomes:
            yield f"{name}: {field} is {becomes} instead of {was}"
    for field in _LIMITS:
        was, becomes = _duration(getattr(old, field)), _duration(getattr(new, field))
        if was != becomes:
            yield f"{name}: {field} is {becomes} instead of {was}"
    before = {floor.threshold: floor.value for floor in old.floors}
    after = {floor.threshold: floor.value for floor in new.floors}
    for threshold in sorted(before | after):
        if before.get(threshold) != after.get(threshold):
            was, becomes = _shown(before.get(threshold)), _shown(after.get(threshold))
            yield f"{name}: the floor of {threshold} is {becomes} instead of {was}"
    yield from _metrics(old, new)


def _metrics(old: ContextPolicy | None, new: ContextPolicy) -> Iterator[str]:
    """Yield what becomes of the metrics of the project's own, and of the numbers that are pinned; few have either."""
    rules = (old and old.metric_rules) or ()
    if rules or new.metric_rules:
        from gitgates.decision.metric_rules import changes

        yield from changes(new.name, rules, new.metric_rules or ())
    pins = (old and old.metric_paths) or ()
    if pins or new.metric_paths:
        from gitgates.decision import metric_paths

        yield from metric_paths.changes(new.name, pins, new.metric_paths or ())


_LIMITS = ("max_report_age", "approval_expires")
_SETTINGS = (
    "profile",
    "separation_of_duties",
    "promoted_from",
    "allow_force",
    "allow_waivers",
    "allow_unknown_severities",
    "require_evidence",
    "require_artifacts",
    "require_baseline",
    "afs_status",
)


def _shown(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return " or ".join(value) or "none"
    return str(value)


def _duration(seconds: int | None) -> str:
    return "never" if seconds is None else duration_text(seconds)
