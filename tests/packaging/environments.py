"""Copies of the checkout, and virtual environments to install them in."""

import subprocess
import sys
import sysconfig
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import attrs
from packaging.requirements import Requirement

from tests.support import CHECKOUT, Result, run


def copy_of_checkout(to: Path) -> Path:
    """Return a copy of what is built, so that parallel runs and editable installs leave the checkout alone."""
    run(
        "cp",
        "-R",
        *(CHECKOUT / name for name in ("gitgates", "hooks", "shim", "pyproject.toml", "README.md", "LICENSE")),
        to,
    )
    return to


@attrs.frozen
class Environment:
    """A virtual environment that sees the packages of the running one, but not gitgates."""

    path: Path

    @property
    def python(self) -> Path:
        return self.path / "bin/python"

    @property
    def site_packages(self) -> Path:
        return Path(sysconfig.get_path("purelib", vars={"base": str(self.path)}))

    def pip(self, *args: str | Path) -> Result:
        offline = ("--no-index", "--no-deps", "--no-build-isolation") if args[0] == "install" else ("--yes",)
        result = run(
            self.python,
            "-m",
            "pip",
            "--disable-pip-version-check",
            *args,
            *offline,
            env={"PIP_CONFIG_FILE": "/dev/null"},
        )
        assert result.code == 0, result.err
        return result

    def runs(self, code: str) -> Result:
        return run(self.python, "-c", code, cwd=self.path)


def make_environment(path: Path, packages: Path | None = None) -> Environment:
    """Return an environment at `path`; with `packages`, it sees those in that folder alone."""
    made = Environment(path)
    subprocess.run([sys.executable, "-m", "venv", made.path], check=True)
    # What gitgates needs comes from the running environment: its folder is put on sys.path, but is no site folder, so
    # that no .pth file in it runs here, such as that of an editable gitgates.
    (made.site_packages / "running.pth").write_text(f"{packages or sysconfig.get_path('purelib')}\n")
    return made


def link_core_packages(to: Path) -> Path:
    """Link into `to` what gitgates' core dependencies and theirs brought into the running environment, nothing else."""
    waiting = list(tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["dependencies"])
    done: set[str] = set()
    to.mkdir()
    while waiting:
        asked = Requirement(waiting.pop())
        if asked.name in done or (asked.marker is not None and not asked.marker.evaluate({"extra": ""})):
            continue
        done.add(asked.name)
        found = distribution(asked.name)
        waiting += found.requires or ()
        for top in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            if not (to / top).exists():  # two may share a folder
                (to / top).symlink_to(Path(str(found.locate_file(top))))
    return to
