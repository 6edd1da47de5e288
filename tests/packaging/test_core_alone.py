"""gitgates with its core dependencies and nothing else: no extra, and none of what the tests bring."""

import os
from pathlib import Path

import pytest

from gitgates.cli.ci_output import FORMATS
from gitgates.cli.commands import COMMANDS
from gitgates.cli.demo import FILES
from gitgates.integrations.notify.worker import NOT_INSTALLED
from tests.packaging.environments import Environment, link_core_packages, make_environment
from tests.support import Result, run

pytestmark = pytest.mark.xdist_group("packaging")  # one worker builds the wheel for all


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Environment:
    folder = tmp_path_factory.mktemp("core")
    made = make_environment(folder / "env", link_core_packages(folder / "packages"))
    made.pip("install", "--force-reinstall", wheel)
    return made


def gitgates(core: Environment, folder: Path, *args: str, **environ: str) -> Result:
    return run(core.path / "bin/gitgates", *args, cwd=folder, env={**os.environ, **environ})


def test_the_extras_are_really_missing(core: Environment) -> None:
    for name in ("apprise", "requests", "pytest", "numpy"):
        assert f"No module named '{name}'" in core.runs(f"import {name}").err


@pytest.mark.parametrize("package", ["gitgates", "afs.gates"])
def test_every_public_name(core: Environment, package: str) -> None:
    code = f"import gitgates\nfrom {package} import *\nprint(*sorted(set(gitgates.__all__) - set(globals())))"
    assert core.runs(code) == Result(0, "\n", "")


def test_every_integration(core: Environment) -> None:
    code = "from afs.gates.ci_integration import GitHubActionsIntegration, JenkinsIntegration, LocalFileIntegration\n"
    code += "from afs.gates.registry_integration import RegistryIntegration, DeploymentController, ApprovalRecord\n"
    assert core.runs(code) == Result(0, "", "")


def test_every_command_starts(core: Environment) -> None:
    code = "from gitgates.cli.main import main\nimport contextlib, io\n"
    code += f"for name in {[command.name for command in COMMANDS]!r}:\n"
    code += "    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
    code += "        main([name, '--help'])\n"
    assert core.runs(code) == Result(0, "", "")


def test_every_form_of_check(core: Environment) -> None:
    files = ("--metrics", "metrics-v6.1.json", "--test-metrics", "junit.xml", "--security-scan", "scan.json")
    asked = ("check", "--no-record", "--model", "veran:v6.1", "--context", "staging", *files)
    for form in FORMATS:
        done = gitgates(core, Path(FILES), *asked, "--format", form)
        assert (done.code, "Traceback" in done.err) == (0, False), (form, done)
        assert "veran" in done.out


def test_what_needs_an_extra_says_which(core: Environment, tmp_path: Path) -> None:
    (tmp_path / "gates.toml").write_text('[tool.gitgates.notify]\nerror = ["slack"]\n')
    done = gitgates(core, tmp_path, "notify", "test", GITGATES_NOTIFY_SLACK="slack://A/B/C")
    assert done == Result(2, f"slack: {NOT_INSTALLED}\n", "")
    assert NOT_INSTALLED.endswith("run pip install 'gitgates[notify]'")
    listed = gitgates(core, tmp_path, "notify", "list", GITGATES_NOTIFY_SLACK="slack://A/B/C")
    assert (listed.code, listed.err) == (0, "")
