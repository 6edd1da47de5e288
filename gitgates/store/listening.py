"""Listening to a git that talks to a remote, for as long as something comes.

git itself waits without end for a remote that accepts a connection and then says nothing. With `--progress` something
comes all the time while anything moves, so silence tells.
"""

import os
import re
import subprocess
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO

from gitgates.errors import RemoteUnreachable, UsageError

VARIABLE = "GITGATES_NETWORK_TIMEOUT"
DEFAULT_LIMIT = 300
"""Seconds; a hook of the remote's may be at work all the while, and somebody here may be typing a password."""
_GRACE = 10
"""Seconds that git has to take its half-written packs and locks away."""
_CHUNK = 1 << 12
_PROGRESS = re.compile(
    rb"(remote: )?(Total \d+ \(delta|Delta compression using"
    rb"|(Enumerating|Counting|Compressing|Receiving|Resolving|Writing|Unpacking|Updating|Checking|Finding)"
    rb"( \w+){1,2}: +\d)"
)


def silence_limit(environ: Mapping[str, str]) -> int:
    """Return the seconds of silence after which a remote is given up, 0 for none.

    Raises:
        UsageError: the variable does not hold a number of seconds.
    """
    text = environ.get(VARIABLE, "").strip()
    if not text:
        return DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit() or len(text) > len("86400"):
        raise UsageError(f"{VARIABLE}: {text!r} is no number of seconds", remedy="Give seconds, or 0 for no limit")
    return int(text)


def listen(
    process: "subprocess.Popen[bytes]", remote: str, limit: int, tell: Callable[[str], None] | None
) -> tuple[bytes, bytes]:
    """Return what a process writes to both streams, the second one without progress; it is ended with any error.

    Args:
        limit: seconds of silence after which it is ended; 0 for none.
        tell: takes each line of the second stream as it comes.

    Raises:
        RemoteUnreachable: it was silent for so long.
    """
    arrived: SimpleQueue[tuple[int, bytes]] = SimpleQueue()
    for number, pipe in enumerate((process.stdout, process.stderr)):
        if pipe is None:
            raise AssertionError("unreachable: both were asked for as pipes")
        Thread(target=_read, args=(number, pipe, arrived), daemon=True).start()
    process.stdout = process.stderr = None  # the threads close them: a helper of git's may hold them open for longer
    try:
        stdout, stderr = _collect(arrived, limit, tell)
    except BaseException as error:
        _end(process)
        if not isinstance(error, Empty):
            raise
        raise RemoteUnreachable(
            f"{remote} has not said anything for {limit} s, so git was ended",
            remedy=f"Check the network and the server with `git ls-remote {remote}`; where it is only slow, allow more "
            f"seconds with {VARIABLE} (0: no limit)",
        ) from None
    return stdout, b"\n".join(line for line in re.split(rb"\r\n|[\r\n]", stderr) if not _PROGRESS.match(line))


def _read(number: int, pipe: IO[bytes], arrived: "SimpleQueue[tuple[int, bytes]]") -> None:
    with pipe:
        while chunk := os.read(pipe.fileno(), _CHUNK):
            arrived.put((number, chunk))
    arrived.put((number, b""))


def _collect(
    arrived: "SimpleQueue[tuple[int, bytes]]", limit: int, tell: Callable[[str], None] | None
) -> tuple[bytes, bytes]:
    """Raise Empty where nothing comes for too long."""
    collected, line = (bytearray(), bytearray()), b""
    left = len(collected)
    while left:
        number, chunk = arrived.get(timeout=limit or None)
        collected[number].extend(chunk)
        left -= not chunk
        if number == 1 and tell is not None:
            *lines, line = re.split(rb"[\r\n]", line + chunk)
            for one in lines:
                tell(one.decode("utf-8", "replace"))
    return bytes(collected[0]), bytes(collected[1])


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End git, which ends its helpers and takes away what is half written; one that does not is killed.

    It is in our own process group, so that ssh can ask for a password at the terminal. So an ssh that waits for the
    network may stay, until its own settings end it.
    """
    process.terminate()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
