"""Findings about the policies: texts against what was parsed from them, refusals, seals, the files for people."""

from collections.abc import Iterator

from gitgates.codec.policy_toml import parse_policy
from gitgates.decision.signed import SignedPolicy
from gitgates.errors import CannotDecide, InvalidValue
from gitgates.ledger.files import POLICY_LIMIT, REGULAR
from gitgates.ledger.policies import SEAL_SUFFIX
from gitgates.ledger.reading import Ledger
from gitgates.ledger.verification.files import foreign_finding, lost_findings
from gitgates.ledger.verification.findings import Finding, error, notice, warning
from gitgates.model.paths import LEDGER_FOLDER, POLICY_FOLDER, id_in_name, record_path, seal_path
from gitgates.trust.allowed_signers import parse as parse_signers

_FETCH = "Fetch the ledger's branch from a clone that has it"


def policy_findings(ledger: Ledger) -> Iterator[Finding]:
    """Yield everything that can be held against the policies."""
    for file in ledger.policies.foreign:
        yield foreign_finding(file)
    yield from lost_findings(ledger.lost(POLICY_FOLDER, ledger.entries(POLICY_FOLDER) or (), POLICY_LIMIT))
    yield from _refusals(ledger)
    for signed in ledger.chain.accepted.values():
        yield from _text_findings(signed)
    yield from _seal_findings(ledger)
    try:
        effective = ledger.chain.effective()
    except CannotDecide as problem:
        yield error(POLICY_FOLDER, "policy", problem.message, problem.remedy)
    else:
        yield from _file_findings(ledger, ledger.chain.accepted[effective])


def missing_seals(ledger: Ledger) -> frozenset[str]:
    """Return the digests of seals that accepted policies name and that are not there."""
    named = (signed.record.seal for signed in ledger.chain.accepted.values())
    return frozenset(digest for digest in named if digest is not None and digest not in ledger.policies.seals)


def _refusals(ledger: Ledger) -> Iterator[Finding]:
    """Yield the policies that are not accepted; one that follows a policy that is not there may once have been."""
    there = {id_in_name(entry.name.decode("utf-8", "replace")): entry for entry in ledger.entries(POLICY_FOLDER) or ()}
    orphans = 0
    for policy_id, reason in sorted(ledger.chain.refused.items()):
        name = there[policy_id].name.decode() if policy_id in there else policy_id
        path = f"{POLICY_FOLDER}/{name}"
        if reason.startswith(_FOLLOWS_NOTHING):
            orphans += 1
        yield warning(path, "policy", f"this policy is not accepted: {reason}", "An admin endorses it, or it is left as it is")
    for parent in sorted(ledger.policies.missing_parents):
        yield error(POLICY_FOLDER, "missing", f"the policy {parent} is missing, and another follows it", _FETCH)
