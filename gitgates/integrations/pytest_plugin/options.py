"""What the command line of pytest asks of the gates, checked before a test runs."""

import os
import re
from collections.abc import Mapping

import pytest

from gitgates.api.baselines import parse_baseline
from gitgates.api.session import Session
from gitgates.config.given import given_thresholds
from gitgates.errors import GitgatesError, UsageError
from gitgates.integrations.pytest_plugin.places import refuse_borrowed, settings_folders
from gitgates.integrations.pytest_plugin.selection import chosen_by_settings, chosen_for_this_run
from gitgates.model.baselines import Asked
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion, check_context
from gitgates.model.thresholds import GateThresholds

_OF_CHECK = re.compile(
    r"(?<![\w-])--(?=(?:artifact|baseline|commit|context|coverage|expect-tests|key|metrics|no-record|push|quality-score"
    r"|remote|security-scan|strict|target|threshold)\b)"
)


class Hidden(dict[str, str]):
    """An environment that no traceback prints: it holds the signing key."""

    def __repr__(self) -> str:
        """Return no value of it."""
        return "<environment>"


@frozen(kw_only=True)
class Options:
    """A run's options.

    Attributes:
        folder: what the paths of the command line are relative to.
        baseline_file, baseline: the file to compare with, or what of the ledger.
        tests: where to keep what was counted.
        selection: what tells that this is perhaps not the whole suite, as words.
        settings: what the project's settings say of which tests there are, as words.
        settings_folders: the folders that pytest took the suite and its settings from.
    """

    session: Session
    name: ModelVersion
    context: str
    folder: str
    metrics: str | None
    quality_score: str | None
    baseline_file: str | None
    baseline: Asked | None
    scans: tuple[str, ...]
    expect_tests: int | None
    coverage: str | None
    commit: str | None
    artifacts: tuple[str, ...]
    thresholds: GateThresholds | None
    tests: str | None
    strict: bool
    record: bool
    push: bool
    remote: str | None
    selection: tuple[str, ...]
    settings: tuple[str, ...]
    settings_folders: tuple[str, ...]

    def path(self, given: str) -> str:
        """Return where a path of the command line leads, wherever the tests have gone since."""
        return os.path.join(self.folder, given)


def read_options(config: pytest.Config, environ: Mapping[str, str]) -> Options:
    """Return the options of a run.

    Args:
        environ: the environment, with the signing key that the tests do not see.

    Raises:
        GitgatesError: one of them makes no sense.
    """
    given = config.option
    folder = str(config.invocation_params.dir)
    _refuse_together(config)
    refuse_borrowed(config)
    file, baseline = parse_baseline(given.gates_baseline, given.gates_target)
    tests = given.gates_tests and os.path.join(folder, given.gates_tests)
    if tests and (os.path.isdir(tests) or not os.path.isdir(os.path.dirname(tests))):
        raise UsageError(f"--gates-tests: {tests}: cannot be written", remedy="Name a file in a folder that is there")
    return Options(
        session=Session(path=folder, key=given.gates_key, environ=Hidden(environ)),
        name=ModelVersion.parse(given.gates),
        context=check_context(given.gates_context or "staging"),
        folder=folder,
        metrics=given.gates_metrics and os.path.join(folder, given.gates_metrics),
        quality_score=given.gates_quality_score,
        baseline_file=file and os.path.join(folder, file),
        baseline=baseline,
        scans=tuple(os.path.join(folder, path) for path in given.gates_security_scan),
        expect_tests=given.gates_expect_tests,
        coverage=given.gates_coverage,
        commit=given.gates_commit,
        artifacts=tuple(given.gates_artifact),
        thresholds=given_thresholds(given.gates_threshold),
        tests=tests,
        strict=given.gates_strict,
        record=not given.gates_no_record,
        push=given.gates_push,
        remote=given.gates_remote,
        selection=chosen_for_this_run(config),
        settings=chosen_by_settings(config),
        settings_folders=settings_folders(config),
    )


def _refuse_together(config: pytest.Config) -> None:
    given = config.option
    if given.collectonly:
        raise UsageError("--gates judges a run, and --collect-only runs nothing", remedy="Leave one of them out")
    if given.gates_no_record and given.gates_push:
        raise UsageError("--gates-no-record writes nothing that --gates-push could share", remedy="Give one of them")
    if given.gates_remote and not given.gates_push:
        raise UsageError("--gates-remote is given without --gates-push", remedy="It tells where to share the record")
    if given.gates_expect_tests is not None and given.gates_expect_tests < 1:
        raise UsageError(f"--gates-expect-tests: must be at least 1, got {given.gates_expect_tests}")
    for option in ("baseline", "quality_score"):
        if getattr(given, f"gates_{option}") and not given.gates_metrics:
            name = f"--gates-{option.replace('_', '-')}"
            raise UsageError(f"{name} is given without --gates-metrics", remedy="Give the metrics that it is about")


def as_typed(text: str) -> str:
    """Return a message of `check` with its options called as pytest knows them."""
    return _OF_CHECK.sub("--gates-", text)


def told(error: GitgatesError) -> str:
    """Return an error as a line for whoever runs pytest."""
    return as_typed(str(error))
