"""The loop that is measured finds every approval, the second time in what is remembered."""

from pathlib import Path

from benchmarks.dashboard import figures
from benchmarks.environment import Installed
from gitgates.ledger.dashboard.kept import FILE_NAME


def test_what_is_measured(installed: Installed, tmp_path: Path) -> None:
    anew, again = figures(installed, tmp_path, models=2, versions=2, rounds=1)
    assert anew.note.endswith("24 records")
    assert again.unit == "s of CPU"
    assert (tmp_path / "ledger/.git" / FILE_NAME).exists()
