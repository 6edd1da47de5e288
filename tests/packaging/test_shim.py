"""`afs.gates` in real environments: the wheel is built, installed by pip without a network, and uninstalled."""

import re
import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.environments import Environment, copy_of_checkout, make_environment
from tests.support import run

pytestmark = pytest.mark.xdist_group("packaging")  # one worker builds the wheel for all

GATES = "import afs.gates as g; print(g.__file__)"


def add_afs(at: Path, *, gates: bool) -> Path:
    """Write a package `afs` with a command line below `at`; with `gates`, with an `afs.gates` of its own too."""
    files = {
        "__init__.py": "",
        "training.py": "HERE = 'AFS'\n",
        "cli/__init__.py": "import sys\n\ndef main():\n    print('AFS got', sys.argv[1:])\n    return 7\n",
    }
    if gates:
        files["gates/__init__.py"] = "WHOSE = 'AFS'\n"
    for name, text in files.items():
        file = at / "afs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return at / "afs"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return make_environment(tmp_path / "env")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Environment:
    made = make_environment(tmp_path_factory.mktemp("shared") / "env")
    made.pip("install", "--force-reinstall", wheel)
    return made


@pytest.fixture
def installed(shared: Environment) -> Iterator[Environment]:
    """Give out one environment again and again, without what a test added to it."""
    before = set(shared.site_packages.iterdir())
    yield shared
    for added in set(shared.site_packages.iterdir()) - before:
        shutil.rmtree(added) if added.is_dir() else added.unlink()


def test_all_import_paths_without_afs(installed: Environment) -> None:
    result = installed.runs(
        """
import gitgates, afs.gates
from afs.gates import QualityGate, TestMetrics, GateThresholds
from afs.gates.registry_integration import RegistryIntegration, DeploymentController, ApprovalRecord
from afs.gates.ci_integration import GitHubActionsIntegration, JenkinsIntegration, LocalFileIntegration
from afs.gates import cli
from afs import gates
assert QualityGate is gitgates.QualityGate and RegistryIntegration is gitgates.RegistryIntegration
assert gates.register_parsers is cli.register_parsers
assert set(gitgates.__all__) <= set(dir(afs.gates))
assert str(gitgates.__file__).startswith(__import__("sys").prefix)
"""
    )
    assert (result.code, result.err) == (0, "")


def test_python_m_afs_gates(installed: Environment) -> None:
    ours, theirs = (
        run(installed.python, "-m", module, "--help", cwd=installed.path) for module in ("gitgates", "afs.gates")
    )
    assert ours.code == theirs.code == 0
    assert "check" in theirs.out


def test_python_m_afs_gates_beside_a_folder_named_afs(installed: Environment, tmp_path: Path) -> None:
    (tmp_path / "afs").mkdir()
    result = run(installed.python, "-m", "afs.gates", "--help", cwd=tmp_path)
    assert (result.code, result.err) == (0, "")


def test_stand_in_offers_nothing_else(installed: Environment) -> None:
    assert "No module named 'afs.training'" in installed.runs("import afs.training").err
    assert "has no attribute 'Nonsense'" in installed.runs("import afs.gates; afs.gates.Nonsense").err


def test_afs_without_gates_keeps_its_own(installed: Environment) -> None:
    add_afs(installed.site_packages, gates=False)
    result = installed.runs("import afs.gates, afs.training as t; print(t.HERE, 'gitgates' in afs.gates.__file__)")
    assert (result.out, result.err) == ("AFS True\n", "")


def test_afs_with_gates_wins(installed: Environment) -> None:
    theirs = add_afs(installed.site_packages, gates=True)
    assert installed.runs(GATES).out.strip() == str(theirs / "gates/__init__.py")


@pytest.mark.parametrize("name", ["aaa", "zzz"])  # .pth files run in the order of their names
@pytest.mark.parametrize("gates", [True, False])
def test_afs_behind_a_finder_of_its_own_wins(installed: Environment, tmp_path: Path, name: str, gates: bool) -> None:
    theirs = add_afs(tmp_path / "src", gates=gates)
    finder = f"""
import sys
from importlib.machinery import PathFinder
class Finder:
    @staticmethod
    def find_spec(fullname, path=None, target=None):
        return PathFinder.find_spec(fullname, [{str(theirs.parent)!r}]) if fullname == "afs" else None
sys.meta_path.append(Finder)
"""
    (installed.site_packages / f"{name}_finder.py").write_text(finder)
    (installed.site_packages / f"{name}.pth").write_text(f"import {name}_finder\n")
    assert installed.runs("import afs.training; print(afs.training.HERE)").out == "AFS\n"
    assert (str(theirs) in installed.runs(GATES).out) == gates


def test_afs_command_line_that_imports_its_gates(installed: Environment) -> None:
    theirs = add_afs(installed.site_packages, gates=False)
    (theirs / "cli/__init__.py").write_text(
        """
import argparse
from . import gates

def build_parser():
    parser = argparse.ArgumentParser(prog="afs")
    subparsers = parser.add_subparsers(dest="command")
    gates.register_parsers(subparsers)
    return parser
"""
    )
    result = installed.runs(
        "from afs.cli import build_parser; a = build_parser().parse_args(['gates', '--help']); a.func(a)"
    )
    assert (result.code, result.err) == (0, "")
    assert "check" in result.out


def test_uninstall_leaves_nothing_and_afs_intact(environment: Environment, wheel: Path) -> None:
    environment.pip("install", "--force-reinstall", wheel)
    theirs = add_afs(environment.site_packages, gates=False)
    before = sorted(theirs.rglob("*.py"))
    assert environment.runs(GATES).code == 0
    environment.pip("uninstall", "gitgates")
    left = [path for path in environment.site_packages.rglob("*") if "gitgates" in path.name]
    assert left == []
    assert sorted(theirs.rglob("*.py")) == before
    assert not (environment.path / "bin/afs").exists()
    result = environment.runs("import afs.training; print(afs.training.HERE)")
    assert (result.out, result.err) == ("AFS\n", "")
    assert "No module named 'afs.gates'" in environment.runs(GATES).err


def test_editable_install_and_uninstall(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    source = copy_of_checkout(tmp_path / "source")
    environment.pip("install", "--force-reinstall", "--editable", source)
    assert environment.runs(GATES).out.strip() == str(source / "gitgates/integrations/afs_gates/__init__.py")
    environment.pip("uninstall", "gitgates")
    assert [path for path in environment.site_packages.rglob("*") if "gitgates" in path.name] == []


def test_afs_script_hands_over_to_afs(installed: Environment) -> None:
    add_afs(installed.site_packages, gates=False)
    result = run(installed.path / "bin/afs", "gates", "check", "--model", "a:1")
    assert (result.code, result.out) == (7, "AFS got ['gates', 'check', '--model', 'a:1']\n")


def test_afs_script_offers_gates_without_afs(installed: Environment) -> None:
    afs = installed.path / "bin/afs"
    assert "check" in run(afs, "gates", "--help").out
    assert run(afs, "--help").code == 0
    assert run(afs).code == run(afs, "train").code == 2


def test_afs_script_shows_what_breaks_afs(installed: Environment) -> None:
    theirs = add_afs(installed.site_packages, gates=False)
    (theirs / "__init__.py").write_text("import no_such_module\n")
    result = run(installed.path / "bin/afs", "gates", "--help")
    assert result.code == 1
    assert "No module named 'no_such_module'" in result.err


def test_examine_tells_whose_gates(installed: Environment) -> None:
    code = "from gitgates.integrations.afs.environment import examine as look; s = look(); "
    code += "print(s.afs, s.gates is not None, s.ours)"
    assert installed.runs(code).out == "None True True\n"
    isolated = run(installed.python, "-S", "-c", f"import sys; sys.path[:0] = [{str(installed.site_packages)!r}, "
                   f"{sysconfig.get_path('purelib')!r}]\n{code}")  # fmt: skip
    assert isolated.out == "None False False\n"
    theirs = add_afs(installed.site_packages, gates=False)
    assert installed.runs(code).out == f"{theirs / '__init__.py'} True True\n"
    add_afs(installed.site_packages, gates=True)
    assert installed.runs(code).out == f"{theirs / '__init__.py'} True False\n"


def test_start_of_python_costs_less_than_a_millisecond(installed: Environment) -> None:
    def microseconds() -> int:
        err = run(installed.python, "-X", "importtime", "-c", "", cwd=installed.path).err
        (line,) = [line for line in err.splitlines() if line.endswith(" _gitgates_afs")]
        return int(re.findall(r"\d+", line)[1])  # cumulative: with all that it imports

    assert min(microseconds() for _ in range(5)) < 1000


def test_start_of_python_imports_nothing_but_the_finder(installed: Environment) -> None:
    code = "import sys; print(*sorted(sys.modules))"
    with_it = set(installed.runs(code).out.split())
    pth = installed.site_packages / "gitgates-afs.pth"
    away = pth.rename(pth.with_suffix(".away"))
    without = set(installed.runs(code).out.split())
    away.rename(pth)
    assert with_it - without == {"_gitgates_afs"}
