"""Verifying the ledger in a commit that is pushed: as a rule only what the remote does not have yet."""

import os
from collections.abc import Iterator
from datetime import datetime

import attrs

from gitgates.decision.signed import Signed
from gitgates.errors import InvalidValue
from gitgates.ledger.continuity import Removals
from gitgates.ledger.folders import Folders
from gitgates.ledger.locate import Location
from gitgates.ledger.opening import load_policies
from gitgates.ledger.pin import Pin
from gitgates.ledger.reading import Ledger
from gitgates.ledger.verification.files import foreign_finding, lost_findings
from gitgates.ledger.verification.findings import Finding, error
from gitgates.ledger.verification.policies import missing_seals
from gitgates.ledger.verification.records import missing_findings, record_baselines, record_findings
from gitgates.model.names import ModelVersion
from gitgates.model.paths import MODELS_FOLDER, POLICY_FOLDER, decode_component, version_folder
from gitgates.model.provenance import Baseline
from gitgates.model.records import ReportRecord

_DEPTH = version_folder("model", "version").count("/")
_OF_THIS_CLONE = ("index", "pin")
"""Codes of findings about this clone, which no push changes."""


def findings_to_push(opened: Ledger, ref: str, new: str, old: str | None, now: datetime) -> tuple[Finding, ...]:
    """Return what can be held against the ledger in commit `new`.

    What could affect a decision does so in the remote's commit `old` too: then it is no reason to keep back e.g. a
    rejection, and the finding is given as one that affects none.

    Args:
        opened: this clone's ledger, which says what root is trusted.
        old: None where the remote does not have the branch; then everything is verified.

    Raises:
        CannotDecide: the commit has no readable policies of this root.
    """
    ledger = ledger_at(opened, ref, new, old)
    versions = None if old is None else _changed_versions(ledger, old, new)
    found = _findings(ledger, versions, now)
    if old is None or not any(finding.affects_decision for finding in found):
        return found
    before = set(_findings(ledger_at(opened, ref, old, old), versions, now))
    return tuple(attrs.evolve(one, affects_decision=False) if one in before else one for one in found)


def ledger_at(opened: Ledger, ref: str, commit: str, since: str | None) -> Ledger:
    """Return the ledger as `commit` alone has it, held against the commits since one; it shares the opened one's git.

    Args:
        since: None for the whole history.
    """
    repository, reader = opened.repository, opened.reader
    pin = opened.pin or Pin(opened.root, None, "this clone")
    root, policies = load_policies(repository, reader, pin, [commit])
    removals = Removals(repository, (commit,), () if since is None else (since,))
    return Ledger(repository, reader, Location(ref, commit), root, pin, policies, removals)


def _findings(ledger: Ledger, versions: tuple[ModelVersion, ...] | None, now: datetime) -> tuple[Finding, ...]:
    """Return the findings about some model versions; None for the whole ledger, policies and all."""
    if versions is None:
        from gitgates.ledger.verification.verify import verify

        since = next(iter(ledger.removals.since), None)
        found = verify(ledger, now, since=since, jobs=os.cpu_count() or 1).findings
    else:
        found = (*_shared(ledger), *_of_versions(ledger, versions, now))
    return tuple(finding for finding in found if finding.code not in _OF_THIS_CLONE)


def _shared(ledger: Ledger) -> Iterator[Finding]:
    for obstacle in ledger.shared_obstacles:
        yield error("", obstacle.cause, obstacle.text, obstacle.remedy)


def _of_versions(ledger: Ledger, versions: tuple[ModelVersion, ...], now: datetime) -> Iterator[Finding]:
    """Yield what `verify` would say of the records of some model versions."""
    compared: list[tuple[Signed[ReportRecord], Baseline]] = []
    for name in versions:
        folder = version_folder(name.model, name.version)
        files = ledger.version(name)
        known = ledger.knowledge(files, now)
        yield from map(foreign_finding, files.foreign)
        if files.obstacles != ledger.shared_obstacles:
            yield from lost_findings(ledger.lost(folder, ledger.entries(folder) or ()))
        yield from missing_findings(known, folder, missing_seals(ledger))
        yield from record_findings(known)
        compared += record_baselines(known)
    if compared:
        yield from _baselines(ledger, compared)


def _baselines(ledger: Ledger, compared: list[tuple[Signed[ReportRecord], Baseline]]) -> Iterator[Finding]:
    """Yield which baselines are no records of the ledger, or have other values."""
    from gitgates.ledger.query import all_versions
    from gitgates.ledger.verification.baselines import answer, claim_of, not_found

    findings, left = answer(ledger, all_versions(ledger), [claim_of(report, baseline) for report, baseline in compared])
    yield from findings
    yield from map(not_found, left)


def _changed_versions(ledger: Ledger, old: str, new: str) -> tuple[ModelVersion, ...] | None:
    """Return the model versions whose folders differ, or from which a commit between took something away.

    The trees are compared here, not by git, which may not see all of a malformed one.

    Returns:
        None where the policies differ: then the standing of any record may.
    """
    before, after = Folders(ledger.reader, old), Folders(ledger.reader, new)
    if _differing(before, after, POLICY_FOLDER):
        return None
    changed = {folder for folder in ledger.removals.everywhere() if folder.count("/") == _DEPTH}
    for model in _differing(before, after, MODELS_FOLDER):
        folder = f"{MODELS_FOLDER}/{model}"
        changed |= {f"{folder}/{version}" for version in _differing(before, after, folder)}
    return tuple(name for folder in sorted(changed) if (name := _name(folder)) is not None)


def _differing(before: Folders, after: Folders, folder: str) -> set[str]:
    """Return the names in a folder that are not the same in both commits."""
    was, now = set(before.entries(folder) or ()), set(after.entries(folder) or ())
    return {entry.name.decode("utf-8", "replace") for entry in was ^ now}


def _name(folder: str) -> ModelVersion | None:
    """Return the model version whose folder it is, None for a foreign one: nothing in that can be a record."""
    *_, model, version = folder.split("/")
    try:
        return ModelVersion(decode_component(model), decode_component(version))
    except InvalidValue:
        return None
