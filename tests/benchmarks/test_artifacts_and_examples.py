"""Hashing and verdicts on batches are measured where both sides do the same work."""

from pathlib import Path

import pytest

from benchmarks import examples, hashing
from benchmarks.environment import Installed


def test_hashing_is_measured_against_openssl(installed: Installed, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    found = hashing.figures(installed, place, size=1, rounds=1)
    assert [figure.name for figure in found] == [
        "hashing one file, 1 MiB, against `openssl dgst`",
        "hashing a folder of 64 files, 1 MiB, against `openssl dgst`",
    ]
    assert all(figure.at_least and figure.value > 0 for figure in found)


def test_another_digest_is_no_measurement(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    with pytest.raises(RuntimeError, match="openssl says 00, gitgates says 2d711642"):
        hashing._digest(installed, tmp_path / "f", "00")


def test_verdicts_are_measured_against_numpy(installed: Installed, tmp_path: Path) -> None:
    found = examples.figures(installed, tmp_path, large=(1000,), scores=1000)
    assert [figure.name for figure in found] == [
        "`ExampleGate` on 1,000 scores, float64, against numpy's comparison",
        "`ExampleGate` on 1,000 scores, float32, against numpy's comparison",
        "`ExampleGate` on 1,000 scores",
    ]
    assert [figure.budget for figure in found] == [3.0, 3.0, 3.0]
