"""Whether an opened ledger is still what a new look would find, asked of the git process that is at hand."""

import os
from collections.abc import Mapping

from gitgates.ledger.freshness import notes_file
from gitgates.ledger.locate import FETCHED, REFUSED, VERIFIED_REF
from gitgates.ledger.marks import marks_file
from gitgates.ledger.opening import named_branches
from gitgates.ledger.pin import VARIABLE
from gitgates.ledger.reading import Ledger

Marks = tuple[object, ...]

_ABOVE = ("refs/remotes", FETCHED)


class Watch:
    """What an opened ledger was found by: its branch in every copy, what `sync` noted, the settings, the environment.

    git reads a ref anew for each question, so a record that was written or fetched since shows at once. A new remote,
    or another branch that the ledger moves to, does not: whoever keeps a ledger open looks anew every few seconds.
    """

    def __init__(self, ledger: Ledger, environ: Mapping[str, str]) -> None:
        """Take the names; what they stand for is asked later, but for what was refused since the ledger was opened."""
        self._ledger = ledger
        self._environ = environ
        repository = ledger.repository
        names = {VERIFIED_REF, ledger.location.ref, *(ref for ref, _ in ledger.location.others)}
        for branch in named_branches(ledger.chain):
            head = branch.removeprefix("refs/heads/")
            remotes = repository.config.subsections("remote")
            names |= {branch, *(f"{above}/{remote}/{head}" for remote in remotes for above in _ABOVE)}
        self._names = sorted(names)
        self._config = os.path.join(repository.common_dir, "config")
        self._notes = (notes_file(repository), marks_file(repository))
        self._noted = tuple(map(_status, self._notes))
        self._is_current = repository.refs(REFUSED).keys() == set(ledger.location.refused)  # after the notes

    def marks(self) -> Marks | None:
        """Return what differs once any of it has changed; None where it has changed since the ledger was opened.

        Raises:
            StoreError: the git process is gone.
            OSError: so is the repository.
        """
        if not self._is_current or tuple(map(_status, self._notes)) != self._noted:
            return None
        found = self._ledger.reader.get_many(self._names)
        tips = dict(zip(self._names, ("" if one is None else one.id for one in found), strict=True))
        here = self._ledger.location
        if any(tips[ref] != commit for ref, commit in ((here.ref, here.commit), *here.others)):
            return None
        return (tips, _status(self._config), self._environ.get(VARIABLE), os.getcwd())


def _status(path: str) -> tuple[int, int, int] | None:
    """Return what differs once a file is another; None where there is none."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
