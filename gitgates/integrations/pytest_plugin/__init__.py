"""The pytest plug-in: `pytest --gates NAME:VERSION` runs the gates on the test run itself and records the report.

pytest imports this module whenever it starts in a Python that has gitgates. So nothing of gitgates is imported here: a
run with `--gates` loads the rest, and so does a test that asks for `quality_gate`.
"""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from gitgates.api.gate import QualityGate

_DEFAULT_CONTEXT = "staging"


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


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """With `--gates`, load what counts and judges.

    Raises:
        UsageError: an option makes no sense, pytest's exit code 4.
    """
    if config.option.gates is None:
        _refuse_alone(config)
        return
    from gitgates.integrations.pytest_plugin.run import plugin_for  # only runs with --gates pay for it

    config.pluginmanager.register(plugin_for(config), "gitgates-run")


def _refuse_alone(config: pytest.Config) -> None:
    """Refuse options about a report that nobody asked for; the context also serves `quality_gate`."""
    for name, value in vars(config.option).items():
        if name.startswith("gates_") and name != "gates_context" and value:
            option = "--" + name.replace("_", "-")
            raise pytest.UsageError(f"{option} is given without --gates. Give --gates NAME:VERSION")


@pytest.fixture
def quality_gate(pytestconfig: pytest.Config) -> "QualityGate":
    """A gate with the project's thresholds, for the context of `--gates-context`, by default staging."""
    from gitgates.api.gate import QualityGate

    return QualityGate.from_config(pytestconfig.option.gates_context or _DEFAULT_CONTEXT, str(pytestconfig.rootpath))
