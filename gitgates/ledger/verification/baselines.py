"""Baselines that are records of this ledger: is the record there, and does it have these values?

A baseline names a record by id alone, and it may belong to any version. So claims are gathered and answered together,
with one look at all file names for each batch of them.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from gitgates.decision.signed import Signed
from gitgates.ledger.reading import Ledger
from gitgates.ledger.verification.findings import Finding, error
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion
from gitgates.model.paths import id_in_name, record_path, version_folder
from gitgates.model.provenance import Baseline
from gitgates.model.records import ReportRecord

BATCH = 2000
"""Claims that are kept before they are answered: a few hundred bytes each."""

_REMEDY = "Run `gitgates check` again with a baseline that the ledger has"


@frozen
class Claim:
    """A report's claim that a record has these values.

    Attributes:
        path: of the report.
        record: id of the record that it was compared with.
        values: the baseline's numbers by name.
    """

    path: str
    record: str
    values: tuple[tuple[str, Any], ...]


def claim_of(signed: Signed[ReportRecord], baseline: Baseline) -> Claim:
    """Return what a report claims about the record that it was compared with, its `baseline`."""
    record = signed.record
    given = [(name, value) for name, value in attrs.asdict(baseline.metrics, recurse=False).items()]
    for one in record.metrics.custom or ():
        if one.baseline is not None:
            told = (one.baseline, one.baseline_samples, one.baseline_stderr)
            given += zip(_names(one.name), (*told, *_definition(record, one.name)), strict=True)
    return Claim(record_path(record, signed.id), baseline.record or "", tuple(g for g in given if g[1] is not None))


def _had(record: ReportRecord) -> dict[str, Any]:
    """Return by name what a record has of that which another one can claim of it."""
    had: dict[str, Any] = {} if record.metrics.model is None else attrs.asdict(record.metrics.model, recurse=False)
    for one in record.metrics.custom or ():
        told = (one.value, one.samples, one.stderr)
        had |= zip(_names(one.name), (*told, *_definition(record, one.name)), strict=True)
    return had


def _names(metric: str) -> tuple[str, ...]:
    """Return what is told of a metric of the project's own; no field of the model's metrics has a blank in its name."""
    return tuple(f"{part} of {metric}" for part in ("value", "samples", "stderr", "path", "direction"))


def _definition(record: ReportRecord, metric: str) -> tuple[str | None, str | None]:
    """Return what number a metric is, and which way is better: another one cannot be compared with it."""
    found = ((rule.path, rule.direction) for rule in record.metric_rules or () if rule.name == metric)
    return next(found, (None, None))


def judge(record: ReportRecord, claim: Claim) -> Iterator[Finding]:
    """Yield each value of `claim` that the record does not have."""
    all_had = _had(record)
    for name, value in claim.values:
        had = all_had.get(name)
        if had != value:
            text = f"its baseline says {name} = {value}, the record {claim.record} has {had}"
            yield error(claim.path, "baseline", text, _REMEDY)


def answer(
    ledger: Ledger, names: Iterable[ModelVersion], claims: Iterable[Claim]
) -> tuple[tuple[Finding, ...], tuple[Claim, ...]]:
    """Return the findings for `claims` about records of the model versions `names`, and the claims left unanswered."""
    waiting: dict[str, list[Claim]] = {}
    for claim in claims:
        waiting.setdefault(claim.record, []).append(claim)
    findings: list[Finding] = []
    for name in names:
        if not waiting:
            break
        entries = ledger.entries(version_folder(name.model, name.version)) or ()
        found = {i for entry in entries if (i := id_in_name(entry.name.decode("utf-8", "replace"))) in waiting}
        if not found:
            continue
        for signed in ledger.version(name).records:
            if signed.id in found:
                for claim in waiting.pop(signed.id):
                    findings += _about(signed.record, claim)
    return tuple(findings), tuple(claim for left in waiting.values() for claim in left)


def _about(record: object, claim: Claim) -> Iterator[Finding]:
    if isinstance(record, ReportRecord):
        yield from judge(record, claim)
    else:
        yield error(claim.path, "baseline", f"its baseline {claim.record} is no report", _REMEDY)


def not_found(claim: Claim) -> Finding:
    """Return the finding for a claim about a record that the ledger does not have."""
    text = f"its baseline {claim.record} is no record of this ledger"
    return error(claim.path, "baseline", text, _REMEDY)
