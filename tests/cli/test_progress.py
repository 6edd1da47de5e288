"""The bar for a person who waits: on a terminal only, and never in a result."""

import io
import sys

import pytest

from gitgates.cli.progress import progress


class Terminal(io.StringIO):
    """A standard error that a person reads."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with progress("sealing") as told:
        told(1, 2)
        told(2, 2)
    assert "sealing" in screen.getvalue()


def test_a_pipe_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    with progress("sealing") as told:
        told(1, 2)
    assert pipe.getvalue() == ""
