"""Appends by several processes at once are counted only where all of them are there."""

import subprocess
from pathlib import Path

import pytest

from benchmarks.appending import figures, refuse_losses
from benchmarks.environment import Installed
from benchmarks.ledgers import Shape, build
from benchmarks.rejecting import reject_all
from tests.support import git


def test_appends_are_measured_in_both_ways(installed: Installed, tmp_path: Path) -> None:
    found = figures(installed, tmp_path / "place", processes=(1, 2), appends=2, rounds=1)
    assert [figure.name for figure in found] == [
        "appends per second, in process, 1 at once",
        "appends per second, in process, 2 at once",
        "appends per second, whole `reject` commands, 1 at once",
        "appends per second, whole `reject` commands, 2 at once",
    ]
    assert all(figure.value > 0 for figure in found)
    log = git(tmp_path / "place" / "clone", "log", "--format=%(trailers:key=Gates-Outcome,valueonly)", "quality-gates")
    assert log.split().count("rejected") == 2 * len(found)


def test_a_record_that_is_not_there_is_no_measurement(installed: Installed, tmp_path: Path) -> None:
    built = build(tmp_path / "built", Shape(versions=1, plan="production report"))
    reject_all(installed, built.path, built.key, [str(built.last)])
    refuse_losses(installed, built, 1)
    with pytest.raises(RuntimeError, match="3 records were written, 2 are there"):
        refuse_losses(installed, built, 2)


def test_an_append_that_fails_is_no_measurement(installed: Installed, tmp_path: Path) -> None:
    built = build(tmp_path / "built", Shape(versions=1, plan="production report"))
    with pytest.raises(subprocess.CalledProcessError):
        reject_all(installed, built.path, tmp_path / "no-key", [str(built.last)])
