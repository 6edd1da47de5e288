"""What lists and dashboards tell of a model, and for how long it holds."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from gitgates.codec.convert import time_text
from gitgates.decision.authority import Say
from gitgates.decision.decide import Question, decide
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.result import Answer
from gitgates.decision.signed import Signed
from gitgates.errors import CannotDecide
from gitgates.ledger.approved import approved_since
from gitgates.ledger.live_then import OnTarget
from gitgates.ledger.query import Opened, open_version
from gitgates.ledger.reading import Ledger
from gitgates.ledger.targets import TargetRecord, in_order, model_versions
from gitgates.model.frozen import frozen
from gitgates.model.policy import ContextPolicy
from gitgates.model.records import DecisionRecord, DeploymentRecord, ReportRecord, RollbackRecord
from gitgates.model.waivers import WaiverRecord

NEVER = "9"
"""Sorts after every time; what never changes holds until then."""


@frozen
class Summary:
    """How a model version stands in a context. Times are as records spell them, "" for none.

    Attributes:
        used: whether there is any record of the version in the context.
        since: when the first of the approvals that it rests on was given, "" where it is not approved.
        report, report_outcome, report_created: the latest report.
        waivers, waived: as of a `Decision`.
    """

    context: str
    used: bool
    answer: str
    reason: str
    since: str
    report: str
    report_outcome: str
    report_created: str
    waivers: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()


@frozen
class VersionFacts:
    """How a model version stands in each context of the policy.

    Attributes:
        first_report: when its first counting report was created, "" where there is none.
    """

    version: str
    first_report: str
    contexts: tuple[Summary, ...]


@frozen
class LiveFacts:
    """What is live on a target.

    Attributes:
        version: "" where nothing is.
        certain: whether it is known which change came last.
    """

    context: str
    target: str
    version: str
    certain: bool


@frozen
class ModelFacts:
    """How all versions of a model stand.

    Attributes:
        since, until: all of this holds from the first of these times on and before the second, as records spell them;
            `until` is `NEVER` where time changes nothing.
        certain: whether all could be decided on.
    """

    model: str
    versions: tuple[VersionFacts, ...]
    live: tuple[LiveFacts, ...]
    since: str
    until: str
    certain: bool

    def approved(self, context: str) -> tuple[tuple[str, Summary], ...]:
        """Return the versions approved in a context, the one approved first coming first."""
        pairs = ((v.version, s) for v in self.versions for s in v.contexts if s.context == context and s.since)
        return tuple(sorted(pairs, key=lambda pair: (pair[1].since, pair[0])))

    def latest_report(self, context: str) -> tuple[str, Summary] | None:
        """Return the report made last in a context, with its version."""
        pairs = [(v.version, s) for v in self.versions for s in v.contexts if s.context == context and s.report]
        return max(pairs, key=lambda pair: (pair[1].report_created, pair[0]), default=None)

    def newest(self) -> tuple[VersionFacts, ...]:
        """Return the version whose first report was created last; none where there is no report."""
        reported = (facts for facts in self.versions if facts.first_report)
        found = max(reported, key=lambda facts: (facts.first_report, facts.version), default=None)
        return () if found is None else (found,)


def read_model(ledger: Ledger, model: str, now: datetime) -> ModelFacts:
    """Read, verify and judge every record of a model.

    Raises:
        CannotDecide: a partial clone lacks bytes of a record.
    """
    versions: list[VersionFacts] = []
    places: dict[tuple[str, str], dict[str, Signed[TargetRecord]]] = {}
    until, certain = NEVER, True
    contexts = _contexts(ledger)
    for name in model_versions(ledger, model):
        opened = open_version(ledger, name, now, must_exist=False)
        facts, sure = _version(opened, contexts or _used(opened.known), now)
        versions.append(facts)
        certain = certain and sure
        until = min((until, *map(time_text, _turns(opened.known, ledger, now))))
        for record in _put_on_targets(opened.known):
            places.setdefault((record.record.context, record.record.target), {})[record.id] = record
    targets = [OnTarget(model, *place, in_order(records)) for place, records in sorted(places.items())]
    live = tuple(LiveFacts(t.context, t.target, t.history.live or "", not t.unordered) for t in targets)
    return ModelFacts(model, tuple(versions), live, time_text(now), until, certain)


def _contexts(ledger: Ledger) -> tuple[str, ...]:
    try:
        return tuple(context.name for context in ledger.chain.current().contexts)
    except CannotDecide:  # every decision says so
        return ()


def _used(known: Knowledge) -> tuple[str, ...]:
    return tuple(sorted({signed.record.context for signed in known.records.values()}))


def _version(opened: Opened, contexts: Iterable[str], now: datetime) -> tuple[VersionFacts, bool]:
    """Return the facts of a version, and whether all could be decided on."""
    known, name = opened.known, opened.name
    used = _used(known)
    summaries = []
    certain = True
    for context in contexts:
        decision = decide(known, Question(name.model, name.version, context))
        certain = certain and decision.answer is not Answer.CANNOT_DECIDE
        since = approved_since(known, decision)
        report = max(known.latest_reports(context), key=lambda r: (r.record.created, r.id), default=None)
        told = ("", "", "") if report is None else (report.id, report.record.outcome, time_text(report.record.created))
        summaries.append(
            Summary(
                context,
                context in used,
                decision.answer.value,
                decision.reason,
                "" if since is None else time_text(since),
                *told,
                decision.waivers,
                decision.waived,
            )
        )
    reports = (s for s in known.records.values() if isinstance(s.record, ReportRecord) and _full(known, s.id))
    first = min((signed.record.created for signed in reports), default=None)
    return VersionFacts(name.version, "" if first is None else time_text(first), tuple(summaries)), certain


def _full(known: Knowledge, record_id: str) -> bool:
    return known.standings[record_id].say is Say.FULL


def _put_on_targets(known: Knowledge) -> Iterator[Signed[TargetRecord]]:
    for i, signed in known.records.items():
        if isinstance(signed.record, DeploymentRecord | RollbackRecord) and _full(known, i):
            yield Signed(i, signed.record, signed.key)


def _turns(known: Knowledge, ledger: Ledger, now: datetime) -> Iterator[datetime]:
    """Yield every time from `now` on at which an answer may turn though no record comes: age and expiry."""
    try:
        limits = {context.name: context for context in ledger.chain.current().contexts}
    except CannotDecide:
        return
    for signed in known.records.values():
        turn = _turn(signed.record, limits.get(signed.record.context))
        if turn is not None and turn >= now:
            yield turn


def _turn(record: object, limits: ContextPolicy | None) -> datetime | None:
    if isinstance(record, WaiverRecord):
        return record.expires
    if limits is None:
        return None
    limit = None
    if isinstance(record, ReportRecord):
        limit = limits.max_report_age
    elif isinstance(record, DecisionRecord):
        limit = limits.approval_expires
    if limit is None or not isinstance(record, ReportRecord | DecisionRecord):
        return None
    try:
        return record.created + timedelta(seconds=limit)
    except OverflowError:  # no calendar has that day
        return None
