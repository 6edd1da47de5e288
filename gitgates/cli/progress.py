"""A bar for a person who waits."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def _is_wanted() -> bool:
    """Tell whether stderr is a terminal on which more than plain text may stand."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextmanager
def progress(doing: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function to tell how much is done, and of how much: shown on a terminal in colour, else ignored."""
    if not _is_wanted():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def telling() -> Iterator[Callable[[str], None] | None]:
    """Give a function to tell in words what is going on: shown on a terminal in colour, else there is none."""
    if not _is_wanted():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("syncing") as status:
        yield status.update
