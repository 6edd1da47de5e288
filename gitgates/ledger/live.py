"""What is live now, from deployment records, and the reports that it rests on."""

from collections.abc import Iterator
from datetime import datetime

from gitgates.decision.authority import Say, Standing
from gitgates.decision.conditions import completeness
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.result import State
from gitgates.decision.signed import Signed
from gitgates.errors import CannotDecide, StoreError, UsageError
from gitgates.ledger.live_then import OnTarget
from gitgates.ledger.query import Opened, all_versions, open_version
from gitgates.ledger.reading import Ledger
from gitgates.ledger.targets import TargetRecord, in_order, model_versions, targets_of
from gitgates.ledger.verification.model import names_of
from gitgates.ledger.verification.verify import models_of
from gitgates.ledger.writing import refuse_incomplete
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion
from gitgates.model.paths import version_folder
from gitgates.model.records import DecisionRecord, DeploymentRecord, ReportRecord, RollbackRecord

_MARKS = (f"-{DeploymentRecord.kind}-".encode(), f"-{RollbackRecord.kind}-".encode())


# --- everywhere ------------------------------------------------------------------------------------------------------


@frozen
class Uncounted:
    """A deployment or rollback that has no say in what is live."""

    signed: Signed[TargetRecord]
    standing: Standing


@frozen
class Overview:
    """What is live.

    Attributes:
        targets: every target that anything was ever put on, by model, context and name.
        left_out: deployments and rollbacks that do not count.
        problems: why this may not be all; empty where all is known.
    """

    targets: tuple[OnTarget, ...]
    left_out: tuple[Uncounted, ...]
    problems: tuple[str, ...]


def overview(ledger: Ledger, now: datetime, model: str | None = None) -> Overview:
    """Return what is live on each target, of all models or of one.

    What can be told is told even where something is in the way of knowing all; `problems` says what.
    """
    reading = _Reading(ledger, now)
    for name in _names(ledger, model):
        if _has_target_records(ledger, name):
            reading.version(name)
    targets = tuple(OnTarget(*place, in_order(records)) for place, records in sorted(reading.places.items()))
    problems = [*reading.problems, *(_order_unknown(target) for target in targets if target.unordered)]
    return Overview(targets, tuple(reading.left_out), tuple(problems))


def reports_of(ledger: Ledger, target: OnTarget, now: datetime) -> tuple[str, ...]:
    """Return the ids of the reports that what is live on a target rests on, as far as they are there."""
    put = target.deployment
    if put is None:
        return ()
    known = open_version(ledger, ModelVersion(target.model, put.record.version), now).known
    return tuple(report.id for report in _reports_behind(known, put, target.context))


def _names(ledger: Ledger, model: str | None) -> Iterator[ModelVersion]:
    """Yield every model version that is there or once was."""
    try:
        models = sorted(models_of(ledger)) if model is None else [model]
        yield from [name for one in models for name in names_of(ledger, one)]
    except StoreError:  # the history cannot be read, which is among the problems already
        yield from all_versions(ledger, model)


def _has_target_records(ledger: Ledger, name: ModelVersion) -> bool:
    """Tell whether a model version may have deployments or rollbacks, or had some that are gone."""
    folder = version_folder(name.model, name.version)
    entries = [*(ledger.entries(folder) or ()), *ledger.verified_entries(folder)]
    try:
        entries += [removal.entry for removal in ledger.removals.of(folder)]
    except StoreError:
        return True
    return any(mark in entry.name for entry in entries for mark in _MARKS)


def _order_unknown(target: OnTarget) -> str:
    """Return in words that the last changes of a target know nothing of each other."""
    ids = ", ".join(target.unordered)
    return f"{target.model} on {target.target} in {target.context}: which change came last is not known: {ids}"


class _Reading:
    """One walk over the model versions."""

    def __init__(self, ledger: Ledger, now: datetime) -> None:
        self._ledger = ledger
        self._now = now
        self.places: dict[tuple[str, str, str], dict[str, Signed[TargetRecord]]] = {}
        self.left_out: list[Uncounted] = []
        self.problems: dict[str, None] = {f"{o.text}. {o.remedy}": None for o in ledger.shared_obstacles}
        try:
            ledger.chain.effective()
        except CannotDecide as error:
            self.problems[str(error)] = None

    def version(self, name: ModelVersion) -> None:
        try:
            known = open_version(self._ledger, name, self._now, must_exist=False).known
        except (CannotDecide, StoreError) as error:
            self.problems[f"{name}: {error}"] = None
            return
        for i, signed in known.records.items():
            record = signed.record
            if not isinstance(record, DeploymentRecord | RollbackRecord):
                continue
            one = Signed(i, record, signed.key)
            if known.standings[i].say is Say.FULL:
                self.places.setdefault((record.model, record.context, record.target), {})[i] = one
            else:
                self.left_out.append(Uncounted(one, known.standings[i]))
        view = completeness(known)
        own = [obstacle for obstacle in known.obstacles if obstacle not in self._ledger.shared_obstacles]
        if view.state is not State.MET and (own or not known.obstacles):
            self.problems[f"{name}: {view.reason}. {view.remedy}"] = None


# --- one version -----------------------------------------------------------------------------------------------------


@frozen
class LiveVersion:
    """The model version that is live in a context.

    Attributes:
        targets: where it is live, at least one.
        reports: the latest of those that its deployments rest on.
    """

    opened: Opened
    context: str
    targets: tuple[OnTarget, ...]
    reports: tuple[Signed[ReportRecord], ...]

    @property
    def name(self) -> ModelVersion:
        """Which one it is."""
        return self.opened.name

    @property
    def where(self) -> str:
        """The names of the targets, in words."""
        return ", ".join(target.target for target in self.targets)


def live_version(ledger: Ledger, model: str, context: str, target: str | None, now: datetime) -> LiveVersion:
    """Return the one version of a model that is live in a context, on all of its targets or on `target`.

    Raises:
        UsageError: nothing is live there, different versions are, or the ledger knows no such model.
        CannotDecide: records are missing, or it is not known which change of a target came last.
    """
    if not model_versions(ledger, model):
        raise UsageError(f"the ledger knows no model {model!r}", remedy="`gitgates list` shows those that it knows")
    places = [OnTarget(model, context, one.name, one.history) for one in targets_of(ledger, model, context, now)]
    places = [place for place in places if target in (None, place.target)]
    for place in places:
        if place.unordered:
            text = _order_unknown(place)
            raise CannotDecide("order", text, remedy="Record what is there: deploy it again, or roll back what is not")
    live = [place for place in places if place.history.live is not None]
    where = context if target is None else f"{context} on {target}"
    if not live:
        raise UsageError(f"no version of {model} is live in {where}", remedy="`gitgates live` shows what is")
    versions = sorted({place.history.live or "" for place in live})
    if len(versions) > 1:
        told = ", ".join(f"{place.history.live} on {place.target}" for place in live)
        raise UsageError(f"several versions of {model} are live in {where}: {told}", remedy="Pick one with --target")
    opened = open_version(ledger, ModelVersion(model, versions[0]), now)
    refuse_incomplete(opened.known)
    put = [place.deployment for place in live]
    found = {r.id: r for one in put if one is not None for r in _reports_behind(opened.known, one, context)}
    latest = opened.known.graph.heads(found)
    return LiveVersion(opened, context, tuple(live), tuple(found[i] for i in latest))


def _reports_behind(
    known: Knowledge, deployment: Signed[TargetRecord], context: str
) -> tuple[Signed[ReportRecord], ...]:
    """Return the reports that a deployment rests on: those approved by the decisions that it names.

    Where it names none, since none were needed, the latest that it descends from.
    """
    reports = {r.id: r for r in known.counting(ReportRecord, context) if r.record.stage == "pre"}
    named = {
        approval.record.report
        for approval in known.counting(DecisionRecord, context)
        if approval.id in deployment.record.decisions and approval.record.approved
    }
    ids = [i for i in reports if i in named]
    if not ids:
        ids = list(known.graph.heads(i for i in reports if known.graph.is_ancestor(i, deployment.id)))
    return tuple(reports[i] for i in ids)
