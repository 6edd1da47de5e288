"""The pytest plug-in: `pytest --gates NAME:VERSION` runs the gates on the test run itself and records the report.

pytest imports this module whenever it starts in a Python that has gitgates. So nothing of gitgates is imported here: a
run with `--gates` loads the rest, and so does a test that asks for `quality_gate`.
"""

import os
import sys
from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from gitgates.api.gate import QualityGate

_DEFAULT_CONTEXT = "staging"
_RUN = "gitgates-run"
"""The name under which what counts and judges is registered."""
_KEY_VARIABLE = "GITGATES_SIGNING_KEY"
_ASKED = pytest.StashKey[bool]()
_KEY = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options: those of `gitgates check`, each with `gates-` before its name."""
    group = parser.getgroup("gitgates", "quality gates (gitgates)")

    def add(name: str, text: str, **more: Any) -> None:
        more = {"metavar": "FILE", "default": None} | more
        group.addoption(f"--gates{name}", dest=f"gates{name.replace('-', '_')}", help=text, **more)

    def switch(name: str, text: str) -> None:
        group.addoption(f"--gates{name}", dest=f"gates{name.replace('-', '_')}", help=text, action="store_true")

    add("", "run the gates on this run and record the report, e.g. veran:v6.2", metavar="NAME:VERSION")
    add("-context", f"the deployment context (default: {_DEFAULT_CONTEXT})", metavar="CONTEXT")
    add("-metrics", "the model's own metrics; the tests may write them")
    add("-quality-score", "the number in --gates-metrics that is the quality score", metavar="NAME")
    add("-baseline", "what to compare with: a file, NAME:VERSION, live or approved", metavar="WHAT")
    add("-target", "with --gates-baseline live: where, if versions differ by target", metavar="NAME")
    add("-security-scan", "output of a scanner; may be repeated", action="append", default=[])
    add("-expect-tests", "refuse a run in which fewer than N tests ran", metavar="N", type=int)
    add("-coverage", "the figure to take from pytest-cov", metavar=None, choices=("lines", "branches", "total"))
    add("-commit", "the commit that was measured (default: HEAD)", metavar="REV")
    add("-artifact", "a file or folder to be deployed; may be repeated", metavar="PATH", action="append", default=[])
    add("-threshold", "set a threshold; may be repeated", metavar="NAME=VALUE", action="append", default=[])
    add("-tests", "keep what was counted, as JSON that gitgates check --test-metrics reads")
    add("-key", "sign with this SSH key: a path, or the key's text", metavar="KEY")
    add("-remote", "with --gates-push: share it there (default: the branch's remote)", metavar="NAME")
    switch("-strict", "use production's thresholds wherever they are stricter")
    switch("-no-record", "judge only; write nothing to the ledger")
    switch("-push", "share the record at once")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """With `--gates`, take the signing key out of the environment before the first conftest.py is run.

    Workers of pytest-xdist inherit the environment later, so they never see it.

    Raises:
        UsageError: a conftest.py ended the process, which could do so with exit code 0.
    """
    if early_config.known_args_namespace.gates is None:
        return (yield)
    early_config.stash[_ASKED] = True  # addopts with --help keeps `option.gates` from being set
    key = os.environ.pop(_KEY_VARIABLE, None)
    if key is not None:
        early_config.stash[_KEY] = key
        early_config.add_cleanup(partial(os.environ.__setitem__, _KEY_VARIABLE, key))
    try:
        return (yield)
    except SystemExit as error:
        raise pytest.UsageError(f"gitgates: not recorded: a conftest.py ended the process ({error.code})") from None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, Any, Any]:
    """With `--gates`, let no run end with exit code 0 unless it was judged and its gates passed."""
    try:
        code = yield
    except SystemExit as error:
        if error.code:
            raise
        code = 0
    if code != 0 or _ASKED not in config.stash or hasattr(config, "workerinput") or _asks_about_pytest(config):
        return code
    run: Any = config.pluginmanager.get_plugin(_RUN)
    if run is not None and run.passed:
        return code
    if run is None or not run.knows_why:
        sys.stderr.write("gitgates: not recorded: pytest ended before the tests had run\n")
    return pytest.ExitCode.TESTS_FAILED


def _asks_about_pytest(config: pytest.Config) -> bool:
    """Return whether the user typed --help or --version; among the settings, they would hide every run."""
    return any(word in ("-h", "--help", "--version", "-V", "-VV") for word in config.invocation_params.args)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """With `--gates`, load what counts and judges.

    Raises:
        UsageError: an option makes no sense, pytest's exit code 4.
    """
    if config.option.help:  # nothing is run, and pytest has not read all options
        return
    if config.option.gates is None:
        _refuse_alone(config)
        return
    from gitgates.integrations.pytest_plugin.run import plugin_for  # only runs with --gates pay for it

    config.pluginmanager.register(plugin_for(config, _environ(config)), _RUN)


def _environ(config: pytest.Config) -> dict[str, str]:
    """Return the environment as it was when pytest started, with the key."""
    key = config.stash.get(_KEY, None)
    return dict(os.environ) if key is None else {**os.environ, _KEY_VARIABLE: key}


def _refuse_alone(config: pytest.Config) -> None:
    """Refuse options about a report that nobody asked for; the context also serves `quality_gate`."""
    for name, value in vars(config.option).items():
        if name.startswith("gates_") and name != "gates_context" and value:
            option = "--" + name.replace("_", "-")
            raise pytest.UsageError(f"{option} is given without --gates. Give --gates NAME:VERSION")


@pytest.fixture
def quality_gate(pytestconfig: pytest.Config) -> "QualityGate":
    """A gate with the project's thresholds, for the context of `--gates-context`, by default staging.

    In a run with `--gates`, they are those that the run itself is judged by.
    """
    from gitgates.api.gate import QualityGate

    option = pytestconfig.option
    folder = pytestconfig.rootpath if option.gates is None else pytestconfig.invocation_params.dir
    return QualityGate.from_config(option.gates_context or _DEFAULT_CONTEXT, str(folder))
