"""Turns are taken one after the other, and nobody waits for ever."""

import time
from pathlib import Path

import pytest

from gitgates.store import turns
from gitgates.store.turns import turn


def test_a_turn_that_never_ends_is_waited_for_only_so_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fcntl")
    monkeypatch.setattr(turns, "_LONGEST_WAIT", 0.2)
    with turn(str(tmp_path)):
        began = time.monotonic()
        with turn(str(tmp_path)):
            assert time.monotonic() - began >= 0.2
    began = time.monotonic()
    with turn(str(tmp_path)):
        assert time.monotonic() - began < 0.2


def test_a_folder_that_takes_no_lock_file_is_no_hindrance(tmp_path: Path) -> None:
    with turn(str(tmp_path / "absent")):
        pass
