"""The index: which line stands for a record, and under which notes it stands. It decides nothing."""

from collections.abc import Iterator, Mapping

from gitgates.codec.convert import time_text
from gitgates.codec.json_text import render
from gitgates.decision.signed import SignedVersionRecord
from gitgates.model.paths import encode_component, record_path
from gitgates.model.records import AssertionRecord, DecisionRecord, ReportRecord, TargetEntry, VersionRecord
from gitgates.model.waivers import WaiverRecord
from gitgates.store.append import NoteLines

NOTES_PREFIX = "refs/notes/gates/"
ANCHOR_FORMAT = "gitgates-model/1"


def notes_ref(model: str) -> str:
    """Return the notes ref of a model. A ref may not hold two dots in a row, which a name may."""
    return NOTES_PREFIX + encode_component(model).replace("..", ".%2E")


def anchor_bytes(model: str, version: str) -> bytes:
    """Return the anchor of a model version: the same bytes in every repository, so that notes find it."""
    return render({"format": ANCHOR_FORMAT, "model": model, "version": version})


def outcome_word(record: VersionRecord) -> str:
    """Return what a record says in one word: passed, approved, forced, rejected, started, waived, withdrawn, ..."""
    if isinstance(record, ReportRecord):
        return record.outcome
    if isinstance(record, DecisionRecord):
        return ("forced" if record.forced else "approved") if record.approved else "rejected"
    if isinstance(record, TargetEntry):
        return record.phase
    if isinstance(record, WaiverRecord):
        return "waived"
    return f"asserted-{record.asserts}" if isinstance(record, AssertionRecord) else "withdrawn"


def index_line(record_id: str, record: VersionRecord) -> str:
    """Return the line `<id> <kind> <context> <outcome> <created> <author> <path>`."""
    return " ".join(
        (
            record_id,
            record.kind,
            record.context,
            outcome_word(record),
            time_text(record.created),
            record.author,
            record_path(record, record_id),
        )
    )


def subject_commit(record: VersionRecord, known: Mapping[str, SignedVersionRecord]) -> str | None:
    """Return the commit that a record is about: of a report its subject, of others that of the report they rest on."""
    if isinstance(record, ReportRecord):
        return record.subject.commit
    if isinstance(record, DecisionRecord):
        report = known.get(record.report or "")
        return None if report is None else subject_commit(report.record, known)
    if isinstance(record, TargetEntry):
        decisions = (known[i].record for i in record.decisions if i in known)
        return next((subject_commit(decision, known) for decision in decisions), None)
    return None


def note_lines(
    record_id: str, record: VersionRecord, anchor_id: str, known: Mapping[str, SignedVersionRecord]
) -> Iterator[NoteLines]:
    """Yield the notes that a record's line stands in: the anchor's, and the subject commit's."""
    ref, line = notes_ref(record.model), index_line(record_id, record)
    yield NoteLines(ref, anchor_id, (line,))
    commit = subject_commit(record, known)
    if commit is not None:
        yield NoteLines(ref, commit, (line,))
