"""What was put on a target, in order of parents, over all versions of a model."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from gitgates.decision.graph import Graph
from gitgates.decision.signed import Signed
from gitgates.errors import CannotDecide, InvalidValue
from gitgates.ledger.reading import Ledger
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion
from gitgates.model.paths import decode_component, model_folder
from gitgates.model.records import DeploymentRecord, RollbackRecord

TargetRecord = DeploymentRecord | RollbackRecord


@frozen
class TargetHistory:
    """The counting deployments and rollbacks of one target, each after all that it descends from."""

    records: tuple[Signed[TargetRecord], ...]

    @property
    def last(self) -> Signed[TargetRecord] | None:
        """The last record; where several descend from none of the others, the one with the greatest id."""
        return self.records[-1] if self.records else None

    def last_for(self, version: str) -> Signed[TargetRecord] | None:
        """Return what a new record of `version` names as the last one, None where there is none.

        Of several last records it is one of another version: those of its own a record comes after anyway, so that what
        two wrote at once on two versions is in order again once something is recorded.
        """
        graph = Graph({signed.id: signed.record.parents for signed in self.records})
        heads = graph.heads(signed.id for signed in self.records)
        others = [s for s in self.records if s.id in heads and s.record.version != version]
        return others[-1] if others else self.last

    def live_versions(self) -> list[str]:
        """Return the versions in place, the live one last: a deployment adds its version, a rollback takes it away."""
        stack: list[str] = []
        for signed in self.records:
            record = signed.record
            if record.phase != "succeeded":
                continue
            stack = [version for version in stack if version != record.version]
            if isinstance(record, DeploymentRecord):
                stack.append(record.version)
        return stack

    @property
    def live(self) -> str | None:
        """The version that is live, None where nothing is."""
        versions = self.live_versions()
        return versions[-1] if versions else None

    def before(self, version: str) -> str | None:
        """Return the version to roll back to from `version`."""
        others = [other for other in self.live_versions() if other != version]
        return others[-1] if others else None

    def may_be_in_place(self, version: str) -> bool:
        """Tell whether a version may be there, in part at least.

        It is live; or somebody tried to put it there, well or not, and no record that comes after it says that another
        version took its place or that it was taken off.
        """
        if version == self.live:
            return True
        tried = [s.id for s in self.records if s.record.version == version and isinstance(s.record, DeploymentRecord)]
        graph = Graph({signed.id: signed.record.parents for signed in self.records})
        over = [s.id for s in self.records if s.record.phase == "succeeded" and _takes_off(s.record, version)]
        return any(not any(graph.is_ancestor(put, end) for end in over) for put in tried)


def _takes_off(record: TargetRecord, version: str) -> bool:
    return isinstance(record, DeploymentRecord) != (record.version == version)


def under_way(records: Iterable[Signed[TargetRecord]]) -> tuple[Signed[TargetRecord], ...]:
    """Return the deployments and rollbacks that have started, and of which no end is recorded."""
    there = tuple(records)
    ended = {signed.record.started for signed in there}
    return tuple(s for s in there if s.record.phase == "started" and s.id not in ended)


def model_versions(ledger: Ledger, model: str) -> tuple[ModelVersion, ...]:
    """Return all versions of a model that have a folder, in the order of their encoded names."""
    names = []
    for entry in ledger.entries(model_folder(model)) or ():
        if entry.is_folder:
            try:
                names.append(ModelVersion(model, decode_component(entry.name.decode("utf-8", "replace"))))
            except InvalidValue:  # a foreign folder; `verify` reports it
                continue
    return tuple(names)


@frozen
class NamedTarget:
    """A target of a context, and what was put on it."""

    name: str
    history: TargetHistory


def targets_of(
    ledger: Ledger, model: str, context: str, now: datetime, *, whole: bool = True
) -> tuple[NamedTarget, ...]:
    """Return every target that a model was ever put on in a context, by name.

    Args:
        whole: whether all must be known. What is there will do for a rollback, and for how a deployment ended: these
            must not wait until somebody has mended a clone.

    Raises:
        CannotDecide: all must be known, and a version that was once on some target has records missing or unreadable.
    """
    found: dict[str, dict[str, Signed[TargetRecord]]] = {}
    for name in model_versions(ledger, model):
        for signed in _target_records(ledger, name, now, whole=whole):
            if signed.record.context == context:
                found.setdefault(signed.record.target, {})[signed.id] = signed
    return tuple(NamedTarget(target, in_order(records)) for target, records in sorted(found.items()))


def in_order(records: Mapping[str, Signed[TargetRecord]]) -> TargetHistory:
    """Return the history of a target that these records, by id, make up."""
    graph = Graph({i: signed.record.parents for i, signed in records.items()})
    return TargetHistory(tuple(records[i] for i in graph.in_order()))


def target_history(
    ledger: Ledger, model: str, context: str, target: str, now: datetime, *, whole: bool = True
) -> TargetHistory:
    """Return the history of one target, an empty one where nothing was ever put on it; see `targets_of`."""
    named = (t.history for t in targets_of(ledger, model, context, now, whole=whole) if t.name == target)
    return next(named, TargetHistory(()))


def _target_records(
    ledger: Ledger, name: ModelVersion, now: datetime, *, whole: bool
) -> Iterable[Signed[TargetRecord]]:
    if not ledger.has_kinds(name, (DeploymentRecord.kind, RollbackRecord.kind)):
        return ()
    files = ledger.version(name)
    known = ledger.knowledge(files, now)
    if whole and known.obstacles:
        first = known.obstacles[0]
        raise CannotDecide(first.cause, f"{name}: {first.text}", remedy=first.remedy)
    if whole and known.missing:
        missing = ", ".join(known.missing)
        raise CannotDecide("incomplete", f"{name}: missing: {missing}", remedy="Run `gitgates verify`")
    found: list[Signed[TargetRecord]] = []
    for context in sorted({signed.record.context for signed in files.records}):
        found += known.counting(DeploymentRecord, context)
        found += known.counting(RollbackRecord, context)
    return found
