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
        values: the baseline's numbers by field.
    """

    path: str
    record: str
    values: tuple[tuple[str, Any], ...]


def claim_of(signed: Signed[ReportRecord], baseline: Baseline) -> Claim:
    """Return what a report claims about the record that it was compared with, its `baseline`."""
    values = attrs.asdict(baseline.metrics, recurse=False)
    given = tuple((name, value) for name, value in values.items() if value is not None)
    return Claim(record_path(signed.record, signed.id), baseline.record or "", given)


def judge(record: ReportRecord, claim: Claim) -> Iterator[Finding]:
    """Yield each value of `claim` that the record does not have."""
    for name, value in claim.values:
        had = getattr(record.metrics.model, name, None)
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
