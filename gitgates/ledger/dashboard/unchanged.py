"""Whether an opened ledger is still what a new look would find, asked of the git process that is at hand."""

import os
from collections.abc import Mapping

from gitgates.ledger.locate import FETCHED
from gitgates.ledger.opening import named_branches
from gitgates.ledger.pin import VARIABLE
from gitgates.ledger.reading import Ledger

Marks = tuple[object, ...]

_ABOVE = ("refs/remotes", FETCHED)


class Watch:
    """What an opened ledger was found by: its branch in every copy, the settings, the environment.

    git reads a ref anew for each question, so a record that was written or fetched since shows at once. A new remote,
    or another branch that the ledger moves to, does not: whoever keeps a ledger open looks anew every few seconds.
    """

    def __init__(self, ledger: Ledger, environ: Mapping[str, str]) -> None:
        """Take the names; what they stand for is asked later."""
        self._ledger = ledger
        self._environ = environ
        repository = ledger.repository
        names = {ledger.location.ref, *(ref for ref, _ in ledger.location.others)}
        for branch in named_branches(ledger.chain):
            head = branch.removeprefix("refs/heads/")
            remotes = repository.config.subsections("remote")
            names |= {branch, *(f"{above}/{remote}/{head}" for remote in remotes for above in _ABOVE)}
        self._names = sorted(names)
        self._config = os.path.join(repository.common_dir, "config")

    def marks(self) -> Marks | None:
        """Return what differs once any of it has changed; None where it has changed since the ledger was opened.

        Raises:
            StoreError: the git process is gone.
            OSError: so is the repository.
        """
        found = self._ledger.reader.get_many(self._names)
        tips = dict(zip(self._names, ("" if one is None else one.id for one in found), strict=True))
        here = self._ledger.location
        if any(tips[ref] != commit for ref, commit in ((here.ref, here.commit), *here.others)):
            return None
        status = os.stat(self._config)
        settings = (status.st_mtime_ns, status.st_size, status.st_ino)
        return (tips, settings, self._environ.get(VARIABLE), os.getcwd())
