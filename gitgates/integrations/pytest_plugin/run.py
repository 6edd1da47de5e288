"""A run with `--gates`: what is counted while it goes on, and what happens at its end."""

import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from gitgates.errors import GitgatesError, StoreError
from gitgates.integrations.pytest_plugin.left_out import LeftOut, WorkerLeftOut
from gitgates.integrations.pytest_plugin.options import Options, read_options, told
from gitgates.integrations.pytest_plugin.tally import Tally

if TYPE_CHECKING:
    from gitgates.integrations.pytest_plugin.judging import Judged

_FINISHED = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)


def plugin_for(config: pytest.Config, environ: Mapping[str, str]) -> object:
    """Return what is to be registered for this process: on a worker of pytest-xdist, only what its controller misses.

    Args:
        environ: the environment, with the signing key that the tests do not see.

    Raises:
        UsageError: an option makes no sense.
    """
    if hasattr(config, "workerinput"):
        return WorkerLeftOut(config)
    try:
        run = GatesRun(config, read_options(config, environ))
    except GitgatesError as error:
        raise pytest.UsageError(told(error)) from None
    config.pluginmanager.register(run.left_out)
    return run


class GatesRun:
    """Counts the run, and has it judged when it is over.

    pytest's exit code becomes 1 where it would be 0 and a gate failed or nothing could be judged or recorded; no other
    exit code is changed.
    """

    def __init__(self, config: pytest.Config, options: Options) -> None:
        self._config = config
        self._options = options
        self._tally = Tally()
        self.left_out = LeftOut(config)
        self._start = time.monotonic()
        self._interrupted = False
        self._judged: Judged | None = None
        self._problem = ""
        self._shown = False

    @property
    def passed(self) -> bool:
        """Whether the run was judged, every gate passed, and the record is where it was to go."""
        return self._judged is not None and self._judged.passed

    @property
    def knows_why(self) -> bool:
        """Whether it has told what came of the run."""
        return self._judged is not None or bool(self._problem)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Refuse a run whose report could not be recorded, before it costs anything."""
        from gitgates.integrations.pytest_plugin.judging import refuse_early

        try:
            refuse_early(self._options)
        except GitgatesError as error:
            raise pytest.UsageError(told(error)) from None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Take a file that could not be collected."""
        if report.failed:
            self._tally.add_broken(report)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the report of a test; those of workers come here too."""
        self._tally.add(report)

    def pytest_keyboard_interrupt(self) -> None:
        """Remember that somebody stopped the run: `pytest.exit` can do so with exit code 0."""
        self._interrupted = True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Judge and record, once every other plug-in has had its say about the exit code."""
        try:
            document = self._document(session)
            self._problem = self._cut_short(session)
            if not self._problem:
                self._judge(session, document)
        except GitgatesError as error:
            self._problem = told(error)
        if session.exitstatus == pytest.ExitCode.OK and not self.passed:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _cut_short(self, session: pytest.Session) -> str:
        """Return why the counts would not be those of a whole run, "" where they are."""
        if self._interrupted or session.exitstatus == pytest.ExitCode.INTERRUPTED:
            return "the run was interrupted"
        if session.exitstatus not in (*_FINISHED, pytest.ExitCode.NO_TESTS_COLLECTED):
            return f"the run did not finish (exit code {int(session.exitstatus)})"
        if self._tally.is_empty or session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            return "no test ran"
        missing = session.testscollected - len(self._tally.outcomes())
        return f"the run was cut short: {missing} of {session.testscollected} tests did not run" if missing > 0 else ""

    def _document(self, session: pytest.Session) -> bytes:
        """Return what was counted, and keep it where the user wants it; `check` refuses that of a run cut short."""
        code = pytest.ExitCode.INTERRUPTED if self._interrupted else session.exitstatus
        took = time.monotonic() - self._start
        document = self._tally.document(int(code), took, session.testscollected, self.left_out.deselected)
        if self._options.tests is not None:
            try:
                with open(self._options.tests, "wb") as file:
                    file.write(document)
            except OSError as error:
                where = f"--gates-tests: {self._options.tests}"
                raise StoreError(f"{where}: {error.strerror}", remedy="Choose another file") from None
        return document

    def _judge(self, session: pytest.Session, document: bytes) -> None:
        from gitgates.integrations.pytest_plugin.judging import judge
        from gitgates.integrations.pytest_plugin.measured import coverage_of

        left_out = self.left_out.words(session)
        self._judged = judge(self._options, document, left_out, coverage_of(self._config))

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Show the outcome below all else."""
        from gitgates.integrations.pytest_plugin.showing import lines_of, problem_line

        terminalreporter.write_sep("=", "quality gates")
        if self._problem:
            terminalreporter.write_line(problem_line(self._problem), red=True)
        for text, colour in lines_of(self._judged) if self._judged is not None else ():
            terminalreporter.write_line(text, **({colour: True} if colour else {}))
        self._shown = True

    def pytest_unconfigure(self) -> None:
        """Say why nothing was recorded where pytest showed no summary."""
        if self._problem and not self._shown:
            from gitgates.integrations.pytest_plugin.showing import problem_line

            sys.stderr.write(problem_line(self._problem) + "\n")
