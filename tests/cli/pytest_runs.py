"""Projects whose tests are run by a real pytest that has gitgates as it is installed."""

import json
import os
import sys
import tomllib
from pathlib import Path
from typing import Any

import attrs

from tests.cli.project import Project
from tests.support import CHECKOUT, Result, run

MODEL = "veran:v6.2"
GATES = ("--gates", MODEL)


def installed(folder: Path) -> Path:
    """Write into `folder` what pip writes for gitgates: its entry points and its list of files."""
    info = folder / "gitgates-0.1.0.dist-info"
    info.mkdir(parents=True)
    points = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
    lines = "".join(f"{name} = {value}\n" for name, value in points.items())
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gitgates\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text(f"[pytest11]\n{lines}")
    (info / "RECORD").write_text("_gitgates_afs.py,,\ngitgates/__init__.py,,\n")
    return folder


@attrs.frozen
class Suite:
    """The tests of a project's repository."""

    project: Project
    site: Path

    def write(self, **files: str) -> "Suite":
        """Write Python modules by their names."""
        for name, text in files.items():
            (self.project.path / f"{name}.py").write_text(text)
        return self

    def python(self, *args: str | Path) -> Result:
        """Run Python in the project."""
        path = os.pathsep.join(map(str, (self.site, CHECKOUT, CHECKOUT / "shim")))
        return run(sys.executable, *args, cwd=self.project.path, env={"PYTHONPATH": path, "PYTEST_ADDOPTS": ""})

    def pytest(self, *args: str | Path, code: int = 0) -> str:
        """Run pytest in the project, insist on its exit code, and return what it printed."""
        done = self.python("-m", "pytest", "-p", "no:cacheprovider", *args)
        assert done.code == code, done.out + done.err
        return done.out + done.err

    def report(self, context: str = "staging") -> dict[str, Any]:
        """Return the newest report of the model version."""
        shown = self.project("report", "--model", MODEL, "--context", context, "--json")
        report = json.loads(shown.out)["reports"][0]
        assert isinstance(report, dict)
        return report

    def reports(self) -> list[str]:
        """Return the subjects of the commits that brought reports, the newest first."""
        return [subject for subject in self.project.records() if subject.startswith("gates: report")]

    def counts(self) -> dict[str, Any]:
        """Return what the newest report says of the tests, without the duration."""
        tests = dict(self.report()["metrics"]["tests"])
        assert tests.pop("duration_seconds") > 0
        return tests
