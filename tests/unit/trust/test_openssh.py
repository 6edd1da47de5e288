"""What ssh-keygen and ssh-add get from us, and what we take from them."""

import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitgates.trust import openssh
from gitgates.trust.openssh import Outcome
from tests.support import CHECKOUT
from tests.unit.trust import forge

PLAIN = {"PATH": os.environ["PATH"]}
HANDED_ON = {
    **PLAIN,
    "HOME": "/home/alice",
    "TERM": "xterm",
    "TMPDIR": "/tmp/alice",
    "SSH_AUTH_SOCK": "/run/agent",
    "SSH_ASKPASS": "/usr/bin/ask",
    "SSH_ASKPASS_REQUIRE": "prefer",
    "DISPLAY": ":0",
}
HELD_BACK = {
    "SSH_SK_PROVIDER": "/evil.so",
    "SSH_PKCS11_HELPER": "/evil",
    "GITGATES_SIGNING_KEY": "-----BEGIN OPENSSH PRIVATE KEY-----",
    "LANG": "de_DE.UTF-8",
    "LC_ALL": "de_DE.UTF-8",
    "LC_MESSAGES": "de_DE.UTF-8",
}
ENGLISH = {"LANG": "C", "LC_ALL": "C"}


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """The two ends of a real terminal: the person's, and the one that programs get."""
    ends = pty.openpty()
    yield ends
    for end in ends:
        os.close(end)


def shown(person: int, words: str) -> bool:
    """Tell whether the person at the terminal gets to see `words`, waiting for them where they are still to come."""
    seen = b""
    while words.encode() not in seen and select.select([person], [], [], 20)[0]:
        seen += os.read(person, 1024)
    return words.encode() in seen


def surroundings_of(environ: dict[str, str], terminal: int | None = None) -> dict[str, str]:
    """Return what a program that is run in `environ` finds there."""
    outcome = openssh.run(("env",), environ, terminal=terminal)
    assert outcome.ok
    return dict(line.split("=", 1) for line in outcome.output.decode().splitlines())


def test_programs_get_what_they_need_and_nothing_that_names_a_program_or_holds_a_key() -> None:
    assert surroundings_of({**HANDED_ON, **HELD_BACK}) == {**HANDED_ON, **ENGLISH}


@pytest.mark.parametrize("more", [{}, {"SSH_ASKPASS": ""}, {"SSH_ASKPASS_REQUIRE": "force"}])
def test_nobody_is_asked_unless_the_user_named_the_program_that_asks(more: dict[str, str]) -> None:
    assert surroundings_of({**PLAIN, **more}) == {**PLAIN, **more, **ENGLISH, "SSH_ASKPASS_REQUIRE": "never"}


def test_at_a_terminal_the_user_decides_how_to_be_asked(terminal: tuple[int, int]) -> None:
    for environ in (PLAIN, HANDED_ON):
        assert surroundings_of({**environ, **HELD_BACK}, terminal[1]) == {**environ, **ENGLISH}


def test_the_message_goes_in_and_the_output_comes_back_byte_by_byte() -> None:
    message = bytes(range(256)) * 300  # more than a pipe holds
    assert openssh.run(("cat",), PLAIN, message=message) == Outcome(True, message, "")
    assert openssh.run(("cat",), PLAIN) == Outcome(True, b"", "")


def test_a_complaint_is_text_whatever_its_bytes() -> None:
    script = r"echo half a signature; printf '\n caf\351 \n\n' >&2; exit 3"
    assert openssh.run(("sh", "-c", script), PLAIN) == Outcome(False, b"half a signature\n", "caf\ufffd")


def test_without_a_terminal_the_program_has_none_either() -> None:
    """In a session of its own it cannot open /dev/tty, where ssh-keygen would ask whatever its standard input is."""
    code = "import os; print(os.getsid(0) == os.getpid())"
    assert openssh.run((sys.executable, "-c", code), PLAIN).output == b"True\n"


def test_at_a_terminal_the_program_reads_and_complains_there(terminal: tuple[int, int]) -> None:
    person, program = terminal
    script = "test -t 0 && test -t 2 && ! test -t 1 && read answer && echo $answer && echo touch the key >&2"
    os.write(person, b"secret\n")
    outcome = openssh.run(("sh", "-c", script), PLAIN, terminal=program)
    assert outcome == Outcome(True, b"secret\n", "")
    assert shown(person, "touch the key")
    assert openssh.run(("sh", "-c", "exit 255"), PLAIN, terminal=program) == Outcome(False, b"", "")


def test_at_a_terminal_the_program_stays_in_its_session(terminal: tuple[int, int]) -> None:
    code = "import os; print(os.getsid(0))"
    outcome = openssh.run((sys.executable, "-c", code), PLAIN, terminal=terminal[1])
    assert outcome.output.split() == [str(os.getsid(0)).encode()]


def test_a_program_that_waits_for_nobody_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openssh, "_PATIENCE", 0.2)
    with pytest.raises(subprocess.TimeoutExpired) as caught:
        openssh.run(("sleep", "20"), PLAIN)
    assert caught.value.timeout == 0.2


@pytest.mark.parametrize("at_terminal", [False, True])
def test_a_program_that_is_not_there(at_terminal: bool, terminal: tuple[int, int], tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        openssh.run(("ssh-keygen",), {"PATH": str(tmp_path)}, terminal=terminal[1] if at_terminal else None)


@pytest.mark.parametrize(
    ("complaint", "too_old"),
    [
        ("unknown option -- Y\nusage: ssh-keygen", True),
        ("ssh-keygen: illegal option -- Y", True),
        ('Unsupported operation for -Y: "sign"', True),
        ("agent refused operation", False),
        ("", False),
    ],
)
def test_a_program_that_does_not_know_what_it_was_asked_is_too_old(complaint: str, too_old: bool) -> None:
    assert Outcome(False, b"", complaint).too_old is too_old


# --- the terminal ----------------------------------------------------------------------------------------------------

IN_CI = {"CI": "true"}
ASKS = """
import fcntl, os, sys, termios
fcntl.ioctl(os.open(sys.argv[1], os.O_RDWR), termios.TIOCSCTTY, 0)
from gitgates.trust import openssh
print(openssh.open_terminal({"CI": "true"}))
found = openssh.open_terminal({"CI": "", "ci": "true"})
os.write(found, b"Who is there?")
print(os.read(found, 99).decode().strip())
"""
LOOKS = "from gitgates.trust import openssh; print(openssh.open_terminal({}))"


def in_a_new_session(code: str, *arguments: str) -> tuple[str, str]:
    """Run `code` in a process that starts without a terminal; return what it wrote."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=forge.surroundings(PYTHONPATH=str(CHECKOUT)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
    )
    return done.stdout, done.stderr


def test_a_person_at_the_terminal_can_be_asked_unless_this_is_ci(terminal: tuple[int, int]) -> None:
    person, program = terminal
    os.write(person, b"alice\n")
    assert in_a_new_session(ASKS, os.ttyname(program)) == ("None\nalice\n", "")
    assert shown(person, "Who is there?")
    assert openssh.open_terminal(IN_CI) is None


def test_without_a_terminal_there_is_nobody_to_ask() -> None:
    assert in_a_new_session(LOOKS) == ("None\n", "")
    assert openssh.open_terminal(IN_CI) is None
