"""The `sync` that is measured brings ten records and sends ten, in ledgers of any size."""

from pathlib import Path

from benchmarks.environment import Installed
from benchmarks.growing import commands_of
from benchmarks.ledgers import Shape, build
from benchmarks.measure import run_once
from tests.support import git


def test_what_is_measured_leaves_both_clones_with_all_records(installed: Installed, tmp_path: Path) -> None:
    built = build(tmp_path / "built" / "clone", Shape(models=2, versions=1, plan="production report"))
    commands = commands_of(installed, built)
    for command in commands.values():
        run_once(command, installed.environ())
    both = (built.path, built.path.parent / "hub.git")
    tips = {git(path, "rev-parse", "quality-gates") for path in both}
    assert len(tips) == 1
    kinds = git(built.path, "log", "--format=%(trailers:key=Gates-Outcome,valueonly)", "quality-gates").split()
    assert kinds.count("rejected") == 20
