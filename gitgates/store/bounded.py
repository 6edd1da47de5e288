"""Git commands whose answer a push can make endless: a few small trees describe more files than any memory can hold.

Git collects what one commit changes before it prints any of it, so the length of the answer is no limit by itself:
the process has one on its memory too, where the system knows how, and one on its time.
"""

import subprocess
import sys
from threading import Thread, Timer

from gitgates.errors import StoreError
from gitgates.store.process import Finished, launch
from gitgates.store.repository import LEDGER_FOLDER, Repository

MOST_BYTES = 1 << 27
"""Of an answer: about 600,000 files that differ, several times what a large ledger has in all."""
MOST_MEMORY = 1 << 29
"""Of the git process, which keeps up to 96 MiB of trees, and little beside; files that are mapped do not count."""
PATIENCE = 120.0
"""Seconds that git may take for the whole answer."""
_CHUNK = 1 << 16
_NO_MEMORY = (b"out of memory", b"Out of memory", b"malloc failed", b"mmap failed")


def bounded(
    repo: Repository, *args: str, most: int = MOST_BYTES, memory: int = MOST_MEMORY, patience: float = PATIENCE
) -> bytes:
    """Run a git command and return its standard output, as `Repository.git` does.

    Args:
        most: bytes of the answer.
        memory: bytes that git may take; no limit elsewhere than on Linux.
        patience: seconds.

    Raises:
        GitError: git says that something cannot be read.
        StoreError: the answer is beyond all measure; git was ended.
    """
    process = launch(args, git_dir=repo.git_dir)
    _limit_memory(process.pid, memory)
    told: list[bytes] = []
    late: list[bool] = []

    def end() -> None:
        late.append(True)
        process.kill()

    listener, timer = Thread(target=_listen, args=(process, told), daemon=True), Timer(patience, end)
    timer.daemon = True
    listener.start()
    timer.start()
    try:
        answer = _read(process, most)
    finally:
        timer.cancel()
        process.kill()  # no more than a formality where git has ended by itself
        code = process.wait()
        listener.join()
        timer.join()  # nothing may run beside us when a worker is forked
    stderr = b"".join(told)
    if answer is None or late or (code and any(words in stderr for words in _NO_MEMORY)):
        raise beyond_measure()
    if code:
        raise Finished(args, code, answer, stderr).error()
    return answer


def beyond_measure() -> StoreError:
    """Return the error for a history that no ledger can have."""
    return StoreError(
        "the history describes more files than a ledger can have",
        remedy=f"Find the commits with `git log --all --full-history -- {LEDGER_FOLDER}`, and push their branch anew "
        "without them",
    )


def _listen(process: "subprocess.Popen[bytes]", told: list[bytes]) -> None:
    """Keep what a process complains of; unread, it could fill the pipe and stop."""
    if process.stderr is None:
        raise AssertionError("unreachable: it was asked for as a pipe")
    with process.stderr as pipe:
        told.append(pipe.read())


def _read(process: "subprocess.Popen[bytes]", most: int) -> bytes | None:
    """Return all that a process prints, None where that is more than `most` bytes; then wait for its end."""
    if process.stdout is None:
        raise AssertionError("unreachable: it was asked for as a pipe")
    chunks, size = [], 0
    with process.stdout as pipe:
        while chunk := pipe.read(_CHUNK):
            size += len(chunk)
            if size > most:
                return None
            chunks.append(chunk)
    process.wait()
    return b"".join(chunks)


def _limit_memory(process_id: int, most: int) -> None:
    """Limit the memory of a process that has just started; elsewhere than on Linux its time alone is limited."""
    if sys.platform == "linux":
        import resource  # there is none on Windows

        try:
            resource.prlimit(process_id, resource.RLIMIT_DATA, (most, most))
        except (OSError, ValueError):  # it has ended already, or a lower limit is in force
            return
