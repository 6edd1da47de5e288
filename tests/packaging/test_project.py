"""What a contributor meets first: make, its prerequisites, the constraints."""

import os
import re
import shutil
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from gitgates.integrations.hooks import HOOKS
from tests.support import CHECKOUT, Result, run

PYPROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
CONSTRAINTS = (CHECKOUT / "constraints.txt").read_text()


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_constraints_pin_every_dependency() -> None:
    asked = PYPROJECT["project"]["dependencies"] + PYPROJECT["project"]["optional-dependencies"]["test"]
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)$", CONSTRAINTS, re.MULTILINE))
    names = {normal(name) for name in pinned}
    assert {normal(re.split(r"[^\w.-]", line)[0]) for line in asked} <= names
    assert len([line for line in CONSTRAINTS.splitlines() if line[:1] not in {"", "#"}]) == len(pinned)


def tools(folder: Path, *names: str) -> Path:
    """Return a PATH folder that holds just these programs."""
    folder.mkdir()
    for name in names:
        real = shutil.which(name)
        assert real is not None
        (folder / name).symlink_to(real)
    return folder


def fake_python(folder: Path, *, fails_on: str) -> None:
    """Write a `python3` that is the running one but fails on code that holds a text."""
    file = folder / "python3"
    file.write_text(f'#!/bin/sh\ncase "$2" in *"{fails_on}"*) exit 1 ;; esac\nexec "{sys.executable}" "$@"\n')
    file.chmod(0o755)


def prerequisites(path: Path, python: str = "python3") -> Result:
    shell = shutil.which("sh")
    assert shell is not None
    return run(shell, CHECKOUT / "tools/prerequisites.sh", python, env={"PATH": os.fspath(path)})


def test_prerequisites_met(tmp_path: Path) -> None:
    path = tools(tmp_path / "bin", "git", "ssh-keygen")
    assert prerequisites(path, sys.executable) == Result(0, "", "")


@pytest.mark.parametrize(
    ("fails_on", "says"),
    [
        ("sys.version_info <", "needs Python 3.11 or newer; 'python3' is Python"),
        ("ensurepip", "apt-get install python3-venv"),
    ],
)
def test_prerequisites_of_python(tmp_path: Path, fails_on: str, says: str) -> None:
    path = tools(tmp_path / "bin", "git", "ssh-keygen")
    fake_python(path, fails_on=fails_on)
    result = prerequisites(path)
    assert result.code == 1
    assert says in result.err


def test_prerequisites_all_missing_are_told_at_once(tmp_path: Path) -> None:
    result = prerequisites(tools(tmp_path / "bin"))
    assert result.code == 1
    for says in ("there is no 'python3'", "apt-get install git", "apt-get install openssh-client"):
        assert says in result.err


def test_make_installs_nothing_anew_when_nothing_changed(tmp_path: Path) -> None:
    """A fake Python stands for the real one: what make does, and how often, is the question here."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "tools", "shim"):
        run("cp", "-R", CHECKOUT / name, tmp_path)
    python = tmp_path / "fake-python"
    python.write_text(
        """#!/bin/sh
echo "$*" >> "$LOG"
case "$*" in *"venv --clear"*) mkdir -p .venv/bin; cp "$0" .venv/bin/python; cp "$0" .venv/bin/gitgates;; esac
"""
    )
    python.chmod(0o755)

    def make(target: str) -> list[str]:
        log = tmp_path / "log"
        log.write_text("")
        made = run("make", target, f"PYTHON={python}", cwd=tmp_path, env={"LOG": os.fspath(log)})
        assert made.code == 0, made.err
        return [line for line in log.read_text().splitlines() if line.startswith(("-m pip", "-m venv"))]

    assert [line.split()[1] for line in make("demo")] == ["venv", "pip"]
    assert make("demo") == []
    (installs,) = make("test")
    assert installs.endswith("--constraint constraints.txt --editable .[test]")
    assert make("test") == make("demo") == []
    os.utime(tmp_path / "constraints.txt", (2**32 - 1, 2**32 - 1))
    assert len(make("demo")) == 1


@pytest.mark.xdist_group("packaging")
def test_wheel_holds_what_it_should(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        scripts = archive.read("gitgates-0.1.0.dist-info/entry_points.txt").decode()
    tops = {name.split("/")[0] for name in names}
    assert tops == {
        "gitgates", "_gitgates_afs.py", "afs_plugin_gitgates.py", "gitgates-afs.pth", "gitgates-0.1.0.dist-info",
    }  # fmt: skip
    assert "gitgates/integrations/afs/extension/extension.toml" in names
    assert "gitgates/py.typed" in names
    assert {f"gitgates/integrations/hooks/files/{hook}" for hook in HOOKS} <= set(names)
    assert "gitgates-0.1.0.dist-info/licenses/LICENSE" in names
    assert "gitgates = gitgates.cli.script:main" in scripts
    assert "afs = gitgates.integrations.afs_script:main" in scripts
