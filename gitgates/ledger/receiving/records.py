"""New records of model versions: authentic, counting under the policies as they shall be, and complete."""

from collections.abc import Iterator
from datetime import datetime

from gitgates.decision.authority import Say
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.reports import refuted_claims
from gitgates.decision.signed import SignedVersionRecord
from gitgates.errors import CannotDecide
from gitgates.ledger.reading import Ledger
from gitgates.ledger.receiving.changes import RefChange, Refusal
from gitgates.ledger.receiving.layout import version_of
from gitgates.ledger.receiving.trees import ChangedFolder
from gitgates.model.paths import SIGNATURE_SUFFIX, record_path
from gitgates.model.records import ReportRecord

_TAKE_OUT = "Take it out of what you push"


def refuse_records(change: RefChange, after: Ledger, folder: ChangedFolder, now: datetime) -> Iterator[Refusal]:
    """Yield what is wrong with the new records of a model version. What they decide is not asked: a "no" is as welcome.

    Only the folder of this model version is read. Its other records are judged too, since the new ones rest on them,
    and nothing is said of them.
    """
    name = version_of(folder.path)
    if name is None or not folder.added:
        return
    new = {f"{folder.path}/{e.name.decode('utf-8', 'replace').removesuffix(SIGNATURE_SUFFIX)}" for e in folder.added}
    try:
        files = after.version(name)
        known = after.knowledge(files, now)
    except CannotDecide as error:
        yield change.undecided(error)
        return
    for file in files.foreign:
        if file.path.removesuffix(SIGNATURE_SUFFIX) in new:
            remedy = "Upgrade gitgates on the server" if file.newer else _TAKE_OUT
            yield change.refused(file.path, f"no record of this ledger: {file.reason}", remedy)
    for signed in files.records:
        path = record_path(signed.record, signed.id)
        if path in new:
            yield from _refuse(change, path, known, signed)


def _refuse(change: RefChange, path: str, known: Knowledge, signed: SignedVersionRecord) -> Iterator[Refusal]:
    standing = known.standings[signed.id]
    if standing.say is Say.NONE:
        remedy = f"{_TAKE_OUT}, or have an admin admit it: `gitgates policy propose --admits {signed.id}`"
        yield change.refused(path, f"it does not count: {standing.reason}", remedy)
        return
    if signed.id in known.ahead_of_clock:
        remedy = "Set the clock of the machine that wrote it, and write it anew; or wait, and push again"
        yield change.refused(path, "it is dated more than five minutes ahead of the server", remedy)
    for missing in sorted(set(signed.record.parents) & set(known.missing)):
        text = f"it follows the record {missing}, which is not there"
        yield change.refused(path, text, "Push that record too, or have an admin annul its id")
    if isinstance(signed.record, ReportRecord):
        yield from _refuse_refuted(change, path, signed.record)


def _refuse_refuted(change: RefChange, path: str, report: ReportRecord) -> Iterator[Refusal]:
    """A report may fail; it may not say something else than its own numbers, for every reader will find out."""
    try:
        refuted = refuted_claims(report)
    except CannotDecide as error:
        yield change.undecided(error)
        return
    for claim in refuted:
        yield change.refused(path, claim, "Run `gitgates check` again; find out who signed this report")
