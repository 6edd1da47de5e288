"""The only door to ssh-keygen and ssh-add."""

import os
import subprocess
from collections.abc import Mapping, Sequence

from gitgates.model.frozen import frozen

OLDEST = "8.2"
"""The first OpenSSH that signs and checks as needed here."""

_PASSED_ON = (
    "PATH",
    "HOME",
    "TERM",
    "TMPDIR",
    # where the agent is, and how to ask for a passphrase or a touch
    "SSH_AUTH_SOCK",
    "SSH_ASKPASS",
    "SSH_ASKPASS_REQUIRE",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    # without these, no program starts on Windows
    "SYSTEMROOT",
    "USERPROFILE",
    "TEMP",
    "TMP",
)
_PATIENCE = 120  # seconds that an agent or a passphrase dialog gets where nobody sits at a terminal


@frozen
class Outcome:
    """What a program did: whether it succeeded, its output, and its complaint as text."""

    ok: bool
    output: bytes
    complaint: str

    @property
    def too_old(self) -> bool:
        """Whether the program does not know what it was asked for."""
        return any(words in self.complaint for words in ("unknown option", "illegal option", "Unsupported operation"))


def run(
    arguments: Sequence[str], environ: Mapping[str, str], *, message: bytes = b"", terminal: int | None = None
) -> Outcome:
    """Run ssh-keygen or ssh-add and return what it did.

    Args:
        arguments: the program and its arguments.
        environ: the environment to choose from; SSH_SK_PROVIDER and the like, which name programs, are left out.
        message: goes to standard input where there is no `terminal`.
        terminal: a descriptor of the terminal at which the user can be asked; without one, the program fails
            where it would have to ask, unless the user set SSH_ASKPASS.

    Raises:
        OSError: the program cannot be run.
        subprocess.TimeoutExpired: nobody answered for two minutes.
    """
    chosen = {name: environ[name] for name in _PASSED_ON if name in environ} | {"LANG": "C", "LC_ALL": "C"}
    if terminal is not None:
        # A security key asks for its touch on stderr, and only where that is a terminal.
        done = subprocess.run(
            arguments, env=chosen, stdin=terminal, stdout=subprocess.PIPE, stderr=terminal, check=False
        )
        return Outcome(done.returncode == 0, done.stdout, "")
    if not environ.get("SSH_ASKPASS"):
        chosen["SSH_ASKPASS_REQUIRE"] = "never"
    done = subprocess.run(
        arguments,
        env=chosen,
        input=message,
        capture_output=True,
        check=False,
        timeout=_PATIENCE,
        start_new_session=True,  # leaves the terminal, or ssh-keygen would ask there in spite of all this
    )
    return Outcome(done.returncode == 0, done.stdout, done.stderr.decode("utf-8", "replace").strip())


def open_terminal(environ: Mapping[str, str]) -> int | None:
    """Return a descriptor of the terminal that a person sits at, or None; the caller closes it."""
    if environ.get("CI"):
        return None  # many CI systems give their jobs a terminal that nobody watches
    try:
        return os.open("/dev/tty", os.O_RDWR | getattr(os, "O_NOCTTY", 0))
    except OSError:
        return None
