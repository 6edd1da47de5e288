"""`check`: from files to a report, judged under the policy and recorded in the ledger."""

import os
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from gitgates.api.choosing import read_options
from gitgates.api.inputs import read_inputs, with_baseline
from gitgates.api.judging import judge
from gitgates.api.request import Request
from gitgates.api.session import Session
from gitgates.codec.policy_toml import default_context
from gitgates.config.files import find_tables
from gitgates.config.resolve import Resolved
from gitgates.decision.reports import without_required_status
from gitgates.errors import NoLedger, NoRepository, UsageError
from gitgates.ledger.pin import VARIABLE as ROOT_VARIABLE
from gitgates.ledger.query import open_version, required_in
from gitgates.ledger.reading import Ledger
from gitgates.ledger.recording import report_record
from gitgates.ledger.rerun import recorded_already
from gitgates.ledger.subject import find_subject
from gitgates.ledger.writing import Written
from gitgates.model.checks import QualityGateReport
from gitgates.model.frozen import frozen
from gitgates.model.names import DeploymentContext
from gitgates.model.policy import ContextPolicy

if TYPE_CHECKING:
    from gitgates.ledger.baselines import Found

NO_LEDGER = "judged by the built-in defaults: there is no ledger here"
"""The note on a report that no policy has a say in."""


@frozen
class Checked:
    """What came of it.

    Attributes:
        written: None where nothing was recorded.
        notes: what readers of the files should know beside the numbers.
        compared: the report of the ledger that served as the baseline.
        already_recorded: `written` is an earlier report that says the same.
    """

    report: QualityGateReport
    resolved: Resolved
    written: Written | None
    notes: tuple[str, ...] = ()
    compared: "Found | None" = None
    already_recorded: bool = False


def check_without_record(session: Session, request: Request) -> Checked:
    """Judge a request under the ledger's policy, or under the defaults where there is no ledger.

    Raises:
        NoLedger, NoRepository: there is none, and a root or a baseline of the ledger is named.
        UsageError: see `check_and_record`.
    """
    notes: tuple[str, ...] = ()
    try:
        with session.open() as ledger:
            required, contexts = required_in(ledger, request.context), contexts_in(ledger)
            request = _measured(session, request, required, contexts)
            request = _compared(ledger, request, session.clock())
    except (NoLedger, NoRepository):
        if request.context not in list(DeploymentContext):
            known = ", ".join(DeploymentContext)
            raise UsageError(f"--context: unknown context {request.context!r}", remedy=f"Use one of {known}") from None
        # Whoever names a root means its policy: a clone that lacks the ledger's branch may not judge by the defaults.
        if request.baseline is not None or session.root or session.environ.get(ROOT_VARIABLE):
            raise
        required, contexts = default_context(DeploymentContext(request.context)), ()
        request = _measured(session, request, required, contexts)
        notes = (NO_LEDGER,)
    report, resolved = judge(session, request, required, contexts)
    return Checked(report, resolved, None, (*notes, *request.inputs.notes), request.compared)


def check_and_record(session: Session, request: Request) -> Checked:
    """Judge a request and append the report, unless the latest one says the same; see `ledger.rerun`.

    Raises:
        NoLedger, SigningError: there is no ledger or no key; the remedies name `init` and `--no-record`.
        UsageError: an unknown context, or a threshold looser than the policy's floor.
        NotAllowed, CannotDecide: see `ledger.writing.Writer`.
    """
    with session.open() as ledger:
        required, contexts = required_in(ledger, request.context), contexts_in(ledger)
        now = session.clock()
        request = _compared(ledger, _measured(session, request, required, contexts), now)
        report, resolved = judge(session, request, required, contexts)
        writer = session.writer(ledger, now)
        opened = open_version(ledger, request.name, now, must_exist=False)
        subject = find_subject(ledger.repository, request.commit, request.artifacts)
        record = report_record(writer, opened.known, report, required, subject)
        found = None if request.again else recorded_already(opened.known, record, required)
        written = writer.append(record, opened.known) if found is None else writer.found(found)
    return Checked(report, resolved, written, request.inputs.notes, request.compared, found is not None)


def with_inputs(
    session: Session,
    request: Request,
    required: ContextPolicy,
    contexts: tuple[ContextPolicy, ...],
    *,
    own_names: bool = False,
) -> Request:
    """Return the request with what its files give, read as the policy, the caller and the project's files say.

    Args:
        contexts: all of the policy's: a file may hold the metrics of any.
        own_names: whether a file written for gitgates may have what the policy pins under the metric's own name.

    Raises:
        InputFileError: a file cannot be understood, or has no number that the policy pins.
        ConfigError, UsageError: see `api.choosing.read_options`.
    """
    tables = find_tables(session.path or os.curdir)
    options = attrs.evolve(read_options(request.files, tables, required, contexts), own_names=own_names)
    return attrs.evolve(request, inputs=read_inputs(request.files, options), tables=tables)


def _measured(
    session: Session, request: Request, required: ContextPolicy, contexts: tuple[ContextPolicy, ...]
) -> Request:
    """Return the request with its inputs, each from the number that the policy pins."""
    if problem := without_required_status(request.afs_status, required):
        raise UsageError(
            f"{request.name} {problem} for {required.name}",
            remedy="Look it up with --registry afs, once the version is as far",
        )
    request = with_inputs(session, request, required, contexts)
    if required.metric_paths:
        from gitgates.decision.metric_paths import differences  # few policies pin numbers

        if problems := tuple(differences(request.inputs.metrics, request.inputs.files, required)):
            raise UsageError(
                f"{request.name} for {required.name}: {'; '.join(problems)}",
                remedy="Give files that have what the policy pins, or have an admin change metric_paths in the policy",
            )
    return request


def _compared(ledger: Ledger, request: Request, now: datetime) -> Request:
    """Return the request with the baseline that it asks the ledger for."""
    if request.baseline is None:
        return request
    from gitgates.ledger.baselines import find_baseline  # most checks ask for none

    return compared_with(request, find_baseline(ledger, request.name, request.context, request.baseline, now))


def compared_with(request: Request, found: "Found") -> Request:
    """Return the request with the numbers of a report of the ledger, and of nothing else, to compare with.

    Raises:
        UsageError: there are no metrics of the model to compare, or they were read from other numbers.
    """
    from gitgates.ledger.baselines import refuse_other_numbers  # who found a report has loaded it

    refuse_other_numbers(found, request.inputs.metrics, request.inputs.files)
    return attrs.evolve(request, inputs=with_baseline(request.inputs, found.baseline), compared=found)


def contexts_in(ledger: Ledger) -> tuple[ContextPolicy, ...]:
    """Return what the policy requires of every context."""
    return ledger.chain.current().contexts
