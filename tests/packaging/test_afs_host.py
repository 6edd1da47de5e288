"""gitgates inside a host that loads plugins and extensions as AFS does, installed by pip."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.project import Project, make_project
from tests.packaging.environments import Environment, make_environment
from tests.support import Gitgates, Keys, RepositoryFactory, Result, run

pytestmark = pytest.mark.xdist_group("packaging")

HOST = Path(__file__).with_name("afs_host.py")
REGISTERED = "[a for a in afs_host.build_parser()._actions if a.dest == 'command'][0].choices"


@pytest.fixture(scope="session")
def with_host(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Environment:
    made = make_environment(tmp_path_factory.mktemp("afs") / "env")
    made.pip("install", "--force-reinstall", wheel)
    shutil.copy(HOST, made.site_packages / "afs_host.py")
    return made


@pytest.fixture
def project(repository: RepositoryFactory, gitgates: Gitgates, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Give a ledger with an approved model version."""
    return make_project(repository(), gitgates, keys.alice, monkeypatch).approved()


def afs(environment: Environment, *args: str | Path, cwd: Path) -> Result:
    return run(environment.python, "-P", "-m", "afs_host", *args, cwd=cwd)


def call(environment: Environment, tool: str, cwd: Path, **arguments: object) -> dict[str, Any]:
    done = afs(environment, "--call", tool, json.dumps(arguments), cwd=cwd)
    assert (done.code, done.err) == (0, "")
    answer = json.loads(done.out)
    assert isinstance(answer, dict)
    return answer


def test_the_plugin_brings_the_commands(with_host: Environment, project: Project) -> None:
    done = afs(with_host, "gates", "can-deploy", "--model", "veran:v6.1", "--context", "production", cwd=project.path)
    assert (done.code, done.err) == (0, "")
    assert "veran:v6.1 to production: allowed" in done.out
    assert afs(with_host, "train", cwd=project.path).code == 0


def test_exit_codes_and_errors_are_gitgates_own(with_host: Environment, project: Project) -> None:
    missing = afs(with_host, "gates", "status", "--model", "veran:v9", cwd=project.path)
    assert (missing.code, missing.out) == (1, "")
    assert missing.err.startswith("gitgates: the ledger knows no model version veran:v9")
    usage = afs(with_host, "gates", "status", cwd=project.path)
    assert usage.code == 2
    assert "usage: afs gates status" in usage.err


def test_options_first_and_a_command_behind_dashes(with_host: Environment, project: Project) -> None:
    helped = afs(with_host, "gates", "--help", cwd=project.path)
    assert helped.code == 0
    assert "can-deploy" in helped.out
    words = ("gates", "deploy", "--model", "veran:v6.1", "--context", "production", "--target", "prod")
    done = afs(with_host, *words, "--", "sh", "-c", 'echo "put $1"', "-", "--there", cwd=project.path)
    assert done.code == 0, done
    assert "put --there\n" in done.out


def test_plugin_and_extension_together_register_once(with_host: Environment, project: Project) -> None:
    run(with_host.python, "-m", "gitgates", "afs", "install", cwd=project.path)
    count = with_host.runs(f"import afs_host; print([*{REGISTERED}])")
    assert (count.out, count.err) == ("['train', 'gates']\n", "")
    assert afs(with_host, "gates", "verify", cwd=project.path).code == 0


def test_the_extension_alone_is_enough(
    with_host: Environment, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFS_HOST_PLUGINS", "off")
    assert afs(with_host, "gates", "verify", cwd=project.path).code == 2
    installed = run(with_host.python, "-m", "gitgates", "afs", "install", cwd=project.path)
    assert installed.code == 0, installed
    assert afs(with_host, "gates", "verify", cwd=project.path).code == 0


def test_a_host_with_gates_of_its_own_keeps_them(with_host: Environment) -> None:
    code = """
import argparse
import afs_plugin_gitgates
subparsers = argparse.ArgumentParser().add_subparsers()
theirs = subparsers.add_parser("gates")
afs_plugin_gitgates.register_parsers(subparsers)
print(subparsers.choices["gates"] is theirs)
"""
    assert with_host.runs(code).out == "True\n"


def test_tools_answer_from_the_ledger(with_host: Environment, project: Project) -> None:
    run(with_host.python, "-m", "gitgates", "afs", "install", cwd=project.path)
    listed = afs(with_host, "--tools", cwd=project.path)
    assert listed.out.split() == ["gates.can_deploy", "gates.history", "gates.report", "gates.status"]
    answer = call(with_host, "gates.can_deploy", project.path, model="veran:v6.1", context="production")
    assert (answer["answer"], answer["exit_code"]) == ("allowed", 0)


def test_loading_the_plugin_imports_next_to_nothing(with_host: Environment) -> None:
    code = "import argparse; s = argparse.ArgumentParser().add_subparsers(); import sys; before = {*sys.modules}; "
    code += "import afs_plugin_gitgates as p; p.register_parsers(s); print(*sorted({*sys.modules} - before))"
    loaded = set(with_host.runs(code).out.split())
    assert {name for name in loaded if "gitgates" in name} == {
        "afs_plugin_gitgates", "gitgates", "gitgates.integrations", "gitgates.integrations.afs",
    }  # fmt: skip
    assert not loaded & {"attr", "json", "subprocess", "logging", "pathlib", "git", "cryptography"}


def test_the_host_itself_knows_nothing_of_gitgates() -> None:
    source = HOST.read_text().split('"""', 2)[2]
    assert "gitgates" not in source
    assert sys.version_info >= (3, 11)
