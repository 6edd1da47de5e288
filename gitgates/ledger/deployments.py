"""Deployments and rollbacks: recording what was put on a target, and what was taken off it."""

from datetime import datetime

from gitgates.decision.knowledge import Knowledge
from gitgates.decision.result import Decision
from gitgates.errors import InvalidValue
from gitgates.ledger.reading import Ledger
from gitgates.ledger.targets import TargetHistory, target_history
from gitgates.ledger.writing import Writer, Written
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion
from gitgates.model.provenance import Artifact
from gitgates.model.records import DeploymentRecord, Previous, RollbackRecord

MAX_TARGET_BYTES = 200


@frozen
class Target:
    """A place where a context's model runs, e.g. `prod-cluster`."""

    context: str
    name: str

    def __attrs_post_init__(self) -> None:
        """Refuse a name that nobody could read or type."""
        if not self.name.strip() or not self.name.isprintable() or len(self.name.encode()) > MAX_TARGET_BYTES:
            raise InvalidValue(
                f"must be 1 to {MAX_TARGET_BYTES} bytes of printable text, got {self.name!r}", field="target"
            )


def history_of(
    ledger: Ledger, name: ModelVersion, target: Target, now: datetime, *, whole: bool = True
) -> TargetHistory:
    """Return what was put on `target`, over all versions of the model; `whole` as in `targets_of`."""
    return target_history(ledger, name.model, target.context, target.name, now, whole=whole)


def record_deployment(
    writer: Writer,
    known: Knowledge,
    name: ModelVersion,
    target: Target,
    history: TargetHistory,
    phase: str,
    *,
    relied_upon: Decision | None = None,
    started: str | None = None,
    reason: str | None = None,
) -> Written:
    """Append a deployment record in the given phase."""
    previous = _previous(history, name)
    heading = writer.heading(DeploymentRecord, name, target.context, known, [previous.id] if previous else [])
    record = DeploymentRecord(
        **heading,
        target=target.name,
        phase=phase,
        started=started,
        previous=previous,
        artifacts=_artifacts(known, relied_upon),
        decisions=relied_upon.approvals if relied_upon else (),
        reason=reason or None,
    )
    return writer.append(record, known)


def record_rollback(
    writer: Writer,
    known: Knowledge,
    name: ModelVersion,
    target: Target,
    history: TargetHistory,
    phase: str,
    *,
    started: str | None = None,
    reason: str | None = None,
) -> Written:
    """Append a rollback record in the given phase; it names the version that was live before."""
    previous = _previous(history, name)
    heading = writer.heading(RollbackRecord, name, target.context, known, [previous.id] if previous else [])
    record = RollbackRecord(
        **heading,
        target=target.name,
        phase=phase,
        started=started,
        previous=previous,
        reason=reason or None,
        to_version=history.before(name.version),
    )
    return writer.append(record, known)


def _previous(history: TargetHistory, name: ModelVersion) -> Previous | None:
    last = history.last_for(name.version)
    return Previous(last.record.version, last.id) if last else None


def _artifacts(known: Knowledge, relied_upon: Decision | None) -> tuple[Artifact, ...]:
    """Return the artifacts of the reports that the decision rests on."""
    if relied_upon is None:
        return ()
    records = (known.records[report].record for report in relied_upon.reports)
    found = {a.identity: a for record in records for a in getattr(getattr(record, "subject", None), "artifacts", ())}
    return tuple(found[digest] for digest in sorted(found))
