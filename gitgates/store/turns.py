"""Taking turns: writers of one repository on one machine go one after the other.

Without it every one of many writers starts anew each time another was faster, and the last ones give up. It is a
courtesy and no protection: that is what the compare-and-swap of refs is for. So whoever cannot get a turn goes on.
"""

import contextlib
import os
import time
from collections.abc import Iterator

from gitgates.store.refs import pause

_LONGEST_WAIT = 10.0
"""Seconds to wait for a turn. The one before us may be asking its user for a passphrase."""


@contextlib.contextmanager
def turn(folder: str) -> Iterator[None]:
    """Hold the turn of the git folder `folder`; the system ends it when the process ends, however that comes."""
    try:
        descriptor = os.open(os.path.join(folder, "gitgates.lock"), os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:  # a folder that cannot be written to: the write itself will say so
        yield
        return
    try:
        _wait(descriptor)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: there the retries have to do
        return
    end = time.monotonic() + _LONGEST_WAIT
    while time.monotonic() < end:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pause(1)
        except OSError:  # a file system without locks
            return
        else:
            return
