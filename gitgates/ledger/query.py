"""Questions to the ledger: what stands for a model version, what happened to it, what there is at all."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from gitgates.decision.authority import Say, Standing
from gitgates.decision.conditions import completeness
from gitgates.decision.decide import Question, decide
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.result import Decision
from gitgates.decision.signed import Signed
from gitgates.errors import CannotDecide, InvalidValue, UnknownVersion, UsageError
from gitgates.ledger.files import Foreign
from gitgates.ledger.reading import Ledger, VersionFiles
from gitgates.ledger.targets import TargetRecord, model_versions, under_way
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion, check_name
from gitgates.model.paths import MODELS_FOLDER, decode_component, model_folder
from gitgates.model.policy import ContextPolicy, Policy
from gitgates.model.records import DeploymentRecord, ReportRecord, RollbackRecord, VersionRecord


@frozen
class Opened:
    """A model version's files and what is known of it."""

    name: ModelVersion
    files: VersionFiles
    known: Knowledge


def open_version(ledger: Ledger, name: ModelVersion, now: datetime, *, must_exist: bool = True) -> Opened:
    """Return what the ledger knows of a model version.

    Args:
        must_exist: whether a model version without records is an error.

    Raises:
        UnknownVersion: it has none.
        CannotDecide: it has none here, and this clone does not have the whole ledger.
    """
    return judged(ledger, ledger.version(name), now, must_exist=must_exist)


def judged(ledger: Ledger, files: VersionFiles, now: datetime, *, must_exist: bool = True) -> Opened:
    """Return what the ledger knows of the model version with these files; as `open_version`."""
    name, known = files.name, ledger.knowledge(files, now)
    if must_exist and not files.records and not files.foreign:
        if known.obstacles or known.missing:
            view = completeness(known)
            raise CannotDecide(view.cause, f"no record of {name} is here, and {view.reason}", remedy=view.remedy)
        raise unknown_version(ledger, name.model, name.version)
    return Opened(name, files, known)


def unknown_version(ledger: Ledger, model: str, version: str | None = None) -> UnknownVersion:
    """Return the error for a model, or a version of one, that is not there; it names a model that may be meant."""
    from difflib import get_close_matches  # only a mistake pays for it

    known = list(model_names(ledger))
    near = [] if model in known else get_close_matches(model, known, n=1)
    what = f"model {model!r}" if version is None else f"model version {model}:{version}"
    remedy = f"{f'Did you mean {near[0]}? ' if near else ''}`gitgates list` shows those that it knows"
    return UnknownVersion(f"the ledger knows no {what}", remedy=remedy)


def refuse_unknown_version(ledger: Ledger, model: str | None, version: str | None = None) -> None:
    """Refuse a model, or a version of it, that has no folder: a typing mistake is no "nothing was done".

    Raises:
        UnknownVersion: there is none.
        CannotDecide: there is none here, and there may be one elsewhere, or there was one.
        InvalidValue: `model` is no name.
    """
    if model is None or any(version in (None, name.version) for name in all_versions(ledger, model)):
        return
    error = unknown_version(ledger, model, version)
    for obstacle in ledger.shared_obstacles:
        raise CannotDecide(obstacle.cause, f"{error.message}, and {obstacle.text}", remedy=obstacle.remedy)
    if _was_there(ledger, model):
        raise CannotDecide("incomplete", f"the records of {model!r} are gone", remedy="`gitgates verify` tells which")
    raise error


def _was_there(ledger: Ledger, model: str) -> bool:
    """Tell whether a model once had records, as far as this clone or a seal knows."""
    folder = model_folder(model)
    removed = any(path.startswith(f"{folder}/") for path in ledger.removals.everywhere())
    sealed = any(name == model for seal in ledger.policies.seals.values() for name, _ in seal)
    return removed or sealed or bool(ledger.verified_entries(folder))


@frozen
class ContextStatus:
    """How a model version stands in one context.

    Attributes:
        under_way: deployments and rollbacks of it that have started, and of which no end is recorded.
    """

    context: str
    decision: Decision
    reports: tuple[Signed[ReportRecord], ...]
    under_way: tuple[Signed[TargetRecord], ...] = ()


def required_in(ledger: Ledger, context: str) -> ContextPolicy:
    """Return what the policy in force requires in a context.

    Raises:
        UsageError: it does not know the context: a typing mistake is no "no".
        CannotDecide: no single policy is in force.
    """
    policy = ledger.chain.current()
    required = policy.context(context)
    if required is None:
        raise unknown_context(context, policy)
    return required


def unknown_context(context: str, policy: Policy) -> UsageError:
    """Return the error for a context that `policy` does not know."""
    names = ", ".join(known.name for known in policy.contexts)
    return UsageError(f"the policy knows no context {context!r}", remedy=f"Use one of {names}")


def contexts_of(ledger: Ledger, opened: Opened, only: str | None = None) -> tuple[str, ...]:
    """Return the contexts to show: the policy's in which there are records, or the one asked for.

    Raises:
        UsageError: the policy does not know the one asked for.
        CannotDecide: no single policy is in force.
    """
    if only is not None:
        return (required_in(ledger, only).name,)
    known = [context.name for context in ledger.chain.current().contexts]
    used = {signed.record.context for signed in opened.files.records}
    return tuple(context for context in known if context in used)


def status(ledger: Ledger, opened: Opened, only: str | None = None) -> tuple[ContextStatus, ...]:
    """Return how a model version stands in each context in which it has records."""
    name = opened.name
    return tuple(
        ContextStatus(
            context,
            decide(opened.known, Question(name.model, name.version, context)),
            opened.known.latest_reports(context),
            under_way(
                (*opened.known.counting(DeploymentRecord, context), *opened.known.counting(RollbackRecord, context))
            ),
        )
        for context in contexts_of(ledger, opened, only)
    )


@frozen
class Event:
    """One line of a history: a record with its standing, or a foreign file."""

    signed: Signed[VersionRecord] | None
    standing: Standing
    withdrawn: bool
    foreign: Foreign | None = None


def history(opened: Opened, only: str | None = None) -> tuple[Event, ...]:
    """Return all that happened to a model version, in order of parents; foreign files come last."""
    known = opened.known
    events = [
        Event(known.records[i], known.standings[i], i in known.withdrawn)
        for i in known.graph.in_order(lambda i: known.records[i].record.created)
        if only is None or known.records[i].record.context == only
    ]
    foreign = [Event(None, Standing(Say.NONE, file.reason), False, file) for file in opened.files.foreign]
    return (*events, *foreign)


def all_versions(ledger: Ledger, model: str | None = None) -> Iterator[ModelVersion]:
    """Yield every model version that has a folder, model by model."""
    if model is not None:
        check_name(model, "model name")
        yield from model_versions(ledger, model)
        return
    for name in model_names(ledger):
        yield from model_versions(ledger, name)


def model_names(ledger: Ledger) -> Iterator[str]:
    """Yield the name of every model that has a folder."""
    for entry in ledger.entries(MODELS_FOLDER) or ():
        try:
            yield decode_component(entry.name.decode("utf-8", "replace"))
        except InvalidValue:  # a foreign folder; `verify` reports it
            continue


def newest_version(ledger: Ledger, model: str, now: datetime) -> ModelVersion:
    """Return the newest version of a model: the one whose first report was created last.

    Raises:
        UnknownVersion: the model has no version with a report.
    """
    first: list[tuple[datetime, str]] = []
    for name in model_versions(ledger, check_name(model, "model name")):
        known = ledger.knowledge(ledger.version(name), now)
        created = [r.record.created for r in _counting_reports(known)]
        if created:
            first.append((min(created), name.version))
    if not first:
        refuse_unknown_version(ledger, model)
        raise UnknownVersion(f"no report on {model!r} counts", remedy="Name a version: `gitgates list` shows them")
    return ModelVersion(model, max(first)[1])


def _counting_reports(known: Knowledge) -> Iterable[Signed[ReportRecord]]:
    contexts = {signed.record.context for signed in known.records.values()}
    return [report for context in sorted(contexts) for report in known.counting(ReportRecord, context)]
