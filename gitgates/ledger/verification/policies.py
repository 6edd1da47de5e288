"""Findings about the policies: texts against what was parsed from them, refusals, seals, the files for people."""

from collections.abc import Iterator

import attrs

from gitgates.codec.policy_toml import parse_policy
from gitgates.decision.signed import SignedPolicy
from gitgates.errors import CannotDecide, InvalidValue
from gitgates.ledger.files import POLICY_LIMIT, REGULAR
from gitgates.ledger.policies import SEAL_SUFFIX
from gitgates.ledger.reading import Ledger
from gitgates.ledger.verification.files import foreign_finding, lost_findings
from gitgates.ledger.verification.findings import Finding, error, notice, warning
from gitgates.model.paths import LEDGER_FOLDER, POLICY_FOLDER, id_in_name, record_path, seal_path
from gitgates.model.policy import Policy
from gitgates.store.trees import TreeEntry
from gitgates.trust.allowed_signers import parse as parse_signers

_FETCH = "Fetch the ledger's branch from a clone that has it"
_REMOVE = "It has no effect. Remove it with `git rm` on the ledger branch and commit"
_PROPOSE = "Have an admin sign the edit as a policy, or put the text of the policy in force back"


def policy_findings(ledger: Ledger) -> Iterator[Finding]:
    """Yield everything that can be held against the policies."""
    for file in ledger.policies.foreign:
        yield foreign_finding(file)
    yield from lost_findings(ledger.lost(POLICY_FOLDER, _entries(ledger), POLICY_LIMIT))
    yield from _refusals(ledger)
    for signed in ledger.chain.accepted.values():
        yield from _text_findings(signed)
    yield from _seal_findings(ledger)
    try:
        effective = ledger.chain.effective()
    except CannotDecide as problem:
        code = "missing" if problem.cause == "incomplete" else "policy"
        yield error(POLICY_FOLDER, code, problem.message, problem.remedy)
    else:
        yield from _file_findings(ledger, ledger.chain.accepted[effective])


def missing_seals(ledger: Ledger) -> frozenset[str]:
    """Return the digests of seals that accepted policies name and that are not there."""
    named = (signed.record.seal for signed in ledger.chain.accepted.values())
    return frozenset(digest for digest in named if digest is not None and digest not in ledger.policies.seals)


def _refusals(ledger: Ledger) -> Iterator[Finding]:
    """Yield the policies that are not accepted."""
    names = {id_in_name(_name(entry)): _name(entry) for entry in _entries(ledger)}
    for policy_id, reason in sorted(ledger.chain.refused.items()):
        path = f"{POLICY_FOLDER}/{names[policy_id]}"
        if policy_id in ledger.chain.pending:
            remedy = "Admins may endorse it, see `gitgates status --pending`; else it stays without effect"
            yield notice(path, "policy", f"this policy waits: {reason}", remedy)
        else:
            yield warning(path, "policy", f"this policy is not accepted: {reason}", "It has no effect")


def _entries(ledger: Ledger) -> tuple[TreeEntry, ...]:
    return ledger.entries(POLICY_FOLDER) or ()


def _name(entry: TreeEntry) -> str:
    return entry.name.decode("utf-8", "replace")


def _text_findings(signed: SignedPolicy) -> Iterator[Finding]:
    """Yield how the texts of a policy differ from what it says that they mean: people read one, programs the other."""
    record = signed.record
    path = record_path(record, signed.id)
    remedy = "Do not trust this policy; find out who signed it, and have an admin write a new one"
    try:
        parsed = parse_policy(record.policy_toml, parse_signers(record.allowed_signers))
    except InvalidValue as problem:
        yield error(
            path, "policy-text", f"its policy.toml or allowed_signers cannot be read: {problem.message}", remedy
        )
        return
    for field in attrs.fields(Policy):
        if getattr(parsed, field.name) != getattr(record.parsed, field.name):
            yield error(path, "policy-text", f"its texts say something else than $.parsed.{field.name}", remedy)


def _seal_findings(ledger: Ledger) -> Iterator[Finding]:
    for digest in sorted(missing_seals(ledger)):
        yield error(seal_path(digest), "missing", "the seal is missing, and a policy names it", _FETCH)
    named = {signed.record.seal for signed in ledger.chain.accepted.values()}
    for entry in _entries(ledger):
        name = _name(entry)
        if not name.endswith(SEAL_SUFFIX):
            continue
        path = f"{POLICY_FOLDER}/{name}"
        if entry.mode != REGULAR:
            yield warning(
                path, "foreign", f"a seal must be a plain file, it has mode {entry.mode.decode('ascii')}", _REMOVE
            )
        if name.removesuffix(SEAL_SUFFIX) not in named:
            yield warning(path, "seal", "no accepted policy names this seal", _REMOVE)


def _file_findings(ledger: Ledger, effective: SignedPolicy) -> Iterator[Finding]:
    """Yield the files for people that differ from the policy in force."""
    record = effective.record
    for name, text in (("policy.toml", record.policy_toml), ("allowed_signers", record.allowed_signers)):
        path = f"{LEDGER_FOLDER}/{name}"
        blobs = [entry.id for entry in ledger.entries(LEDGER_FOLDER) or () if _name(entry) == name]
        found = [ledger.reader.get(blob, limit=POLICY_LIMIT) for blob in blobs]
        if not blobs:
            yield warning(path, "policy-files", "the file is missing; the policy in force is not affected", _PROPOSE)
        elif all(one is None or one.data != text.encode("utf-8") for one in found):  # a copy may be behind
            yield warning(path, "policy-files", "it differs from the policy in force, and has no effect", _PROPOSE)
