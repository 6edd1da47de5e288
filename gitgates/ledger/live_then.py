"""What was live on each target at some moment, as the records' authors dated it."""

from collections.abc import Iterator
from datetime import datetime

from gitgates.decision.authority import Say
from gitgates.decision.graph import Graph
from gitgates.decision.signed import Signed
from gitgates.ledger.listing import Listed, Listing
from gitgates.ledger.targets import TargetHistory, TargetRecord, under_way
from gitgates.model.frozen import frozen
from gitgates.model.records import DeploymentRecord, RollbackRecord


@frozen
class OnTarget:
    """What was on a target at some moment.

    Attributes:
        history: the counting deployments and rollbacks until then.
    """

    model: str
    context: str
    target: str
    history: TargetHistory

    @property
    def deployment(self) -> Signed[TargetRecord] | None:
        """The deployment that put the live version there, None where nothing was live."""
        live = self.history.live
        put = [
            signed
            for signed in self.history.records
            if isinstance(signed.record, DeploymentRecord)
            and signed.record.phase == "succeeded"
            and signed.record.version == live
        ]
        return put[-1] if put else None

    @property
    def under_way(self) -> tuple[Signed[TargetRecord], ...]:
        """The deployments and rollbacks that had started, and of which no end was recorded."""
        return under_way(self.history.records)

    @property
    def unordered(self) -> tuple[str, ...]:
        """Ids of the last changes where they know nothing of each other, so that it is not known what is live."""
        records = {signed.id: signed.record for signed in self.history.records}
        graph = Graph({i: record.parents for i, record in records.items()})
        last = graph.heads(i for i, record in records.items() if record.phase == "succeeded")
        return last if len({(records[i].kind, records[i].version) for i in last}) > 1 else ()


def target_records(listing: Listing, before: datetime) -> Iterator[tuple[Listed, Signed[TargetRecord]]]:
    """Yield the deployments and rollbacks before a moment, whether or not they count."""
    for one in listing.records:
        record = one.signed.record
        if isinstance(record, DeploymentRecord | RollbackRecord) and record.created < before:
            yield one, Signed(one.signed.id, record, one.signed.key)


def live_before(listing: Listing, before: datetime) -> tuple[OnTarget, ...]:
    """Return what was on each target just before a moment, as the records' authors dated it."""
    places: dict[tuple[str, str, str], dict[str, Signed[TargetRecord]]] = {}
    for one, signed in target_records(listing, before):
        if one.standing.say is Say.FULL:
            record = signed.record
            places.setdefault((record.model, record.context, record.target), {})[signed.id] = signed
    found = []
    for place, records in sorted(places.items()):
        graph = Graph({i: signed.record.parents for i, signed in records.items()})
        found.append(OnTarget(*place, TargetHistory(tuple(records[i] for i in graph.in_order()))))
    return tuple(found)
