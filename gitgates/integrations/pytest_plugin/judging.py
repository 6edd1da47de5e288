"""From a finished run to its report, judged and recorded as `gitgates check` does it."""

import os
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256

import attrs

from gitgates.api.checking import Checked, check_and_record, check_without_record
from gitgates.api.files import File, Files, load_files
from gitgates.api.request import Request
from gitgates.artifacts.digest import digest
from gitgates.artifacts.pointers import DVC_SUFFIX
from gitgates.errors import (
    GitgatesError,
    InputFileError,
    NoLedger,
    NoRepository,
    PushRefused,
    SigningError,
    UsageError,
)
from gitgates.integrations.ci.detect import claims_in
from gitgates.integrations.pytest_plugin.options import Options
from gitgates.integrations.pytest_plugin.places import refuse_elsewhere
from gitgates.model.frozen import frozen
from gitgates.model.provenance import Artifact

_NAME = "pytest.json"
"""What the record calls the counts where they are not kept under a name of the user's."""


@frozen
class Judged:
    """What came of a run.

    Attributes:
        notes: what its readers should know beside the numbers.
        remote: where the record is shared, "" where it is not.
        sharing: what went wrong with that, a line each.
    """

    checked: Checked
    notes: tuple[str, ...]
    remote: str = ""
    sharing: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every gate passed, and the record is where it was to go."""
        return self.checked.report.all_passed() and not self.sharing


def refuse_early(options: Options) -> None:
    """Find out before the tests run what would keep their report from being recorded.

    Raises:
        GitgatesError: there is no ledger or no key, the ledger does not know the context, or the tests are not those
            of its repository.
    """
    if options.record:
        from gitgates.ledger.query import required_in

        try:
            with options.session.open() as ledger:
                refuse_elsewhere(options.settings_folders, ledger.repository.git_dir)
                required_in(ledger, options.context)
                options.session.signing_key(ledger.repository)
        except (NoLedger, NoRepository, SigningError) as error:
            raise _or_without_record(error) from None


def judge(options: Options, document: bytes, left_out: tuple[str, ...], coverage: bytes | None) -> Judged:
    """Run the gates on a run, and record the report.

    Args:
        document: what was counted.
        left_out: what was seen to be left out while pytest collected, as words.
        coverage: coverage.py's report of the run.

    Raises:
        GitgatesError: as `load_files`, `check_and_record` and `check_without_record` do; nothing is recorded then.
    """
    selection = (*options.selection, *left_out)
    request = Request(
        name=options.name,
        context=options.context,
        files=_files(options, _in_memory(_name(options, (*options.settings, *selection)), document), coverage),
        thresholds=options.thresholds,
        strict=options.strict,
        baseline=options.baseline,
        commit=options.commit,
        artifacts=tuple(_artifact(path, options.path(path)) for path in options.artifacts),
        claims=claims_in(options.session.environ),
    )
    notes = _notes(options.settings, selection)
    if not options.record:
        checked = check_without_record(options.session, request)
        return Judged(checked, (*notes, *checked.notes))
    if options.push:
        _fetch(options)
    try:
        checked = check_and_record(options.session, request)
    except (NoLedger, NoRepository, SigningError) as error:
        raise _or_without_record(error) from None
    judged = Judged(checked, (*notes, *checked.notes))
    return _shared(options, judged) if options.push else judged


def _notes(settings: Sequence[str], selection: Sequence[str]) -> tuple[str, ...]:
    chosen = (f"which tests there are, the settings say: {', '.join(settings)}",) if settings else ()
    return (*chosen, *((f"perhaps not the whole suite: {', '.join(selection)}",) if selection else ()))


def _or_without_record(error: GitgatesError) -> UsageError:
    return UsageError(error.message, remedy=f"{error.remedy or 'Mend it'}; or judge without a record: --no-record")


def _name(options: Options, selection: Sequence[str]) -> str:
    """Return what the record calls the counts; it tells how the run was cut down, for whoever reads the record."""
    name = os.path.basename(options.tests or _NAME)
    return f"{name} ({', '.join(selection)})" if selection else name


def _in_memory(name: str, content: bytes) -> File:
    return File(name, content, sha256(content).hexdigest(), name)


def _files(options: Options, tests: File, coverage: bytes | None) -> Files:
    files = Files()
    if options.metrics or options.scans:
        files = load_files(
            (), options.metrics, options.scans, options.baseline_file, quality_score=options.quality_score
        )
    measured = () if coverage is None else (_in_memory("coverage.json", coverage),)
    return attrs.evolve(files, tests=(tests, *measured), expect_tests=options.expect_tests, coverage=options.coverage)


def _artifact(path: str, at: str) -> Artifact:
    if path.endswith(DVC_SUFFIX):
        raise InputFileError(
            path, "is a DVC file, which stands for another one", remedy="Give the file that it is about"
        )
    found = digest(at)
    return Artifact(path, found.type, found.sha256, found.size)


def _fetch(options: Options) -> None:
    """Bring what others have written, so that the record comes after it; sharing meets what goes wrong here again."""
    from gitgates.ledger.sync.outcome import Options as SyncOptions
    from gitgates.ledger.sync.sync import sync

    with suppress(GitgatesError):
        how = SyncOptions(remote=options.remote, fetch_only=True)
        sync(options.session.open, options.session.clock, how)


def _shared(options: Options, judged: Judged) -> Judged:
    from gitgates.ledger.sync.outcome import Options as SyncOptions
    from gitgates.ledger.sync.sync import sync

    try:
        done = sync(options.session.open, options.session.clock, SyncOptions(remote=options.remote))
    except GitgatesError as error:
        remedy = error.remedy or "Run `gitgates sync` later"
        said = (f"remote: {line}" for line in (error.told if isinstance(error, PushRefused) else ()))
        told = (f"recorded in this clone, and not shared: {error.message}. {remedy}", *said)
        return attrs.evolve(judged, sharing=told)
    return attrs.evolve(judged, remote=done.remote)
