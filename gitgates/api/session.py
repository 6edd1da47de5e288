"""What one call needs to reach the ledger: where it is, which root to trust, which key to sign with, the time."""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attrs import field

from gitgates.ledger.reading import Ledger
from gitgates.model.frozen import frozen

if TYPE_CHECKING:
    from gitgates.ledger.writing import Writer
    from gitgates.store.repository import Repository
    from gitgates.trust.signing import SigningKey

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the machine's time in UTC."""
    return datetime.now(UTC)


@frozen(kw_only=True)
class Session:
    """The surroundings of a command or of an API object.

    Attributes:
        path: a folder in the repository; None for the current one.
        root: a pin that beats the environment's and git's.
        key: what to sign with, as `--key` takes it.
    """

    path: str | None = None
    root: str | None = None
    key: str | None = None
    environ: Mapping[str, str] = field(factory=lambda: os.environ)
    clock: Clock = utc_now

    def open(self) -> Ledger:
        """Return the ledger, opened for reading; the caller closes it."""
        return Ledger.open(self.path, root=self.root, environ=self.environ)

    def writer(self, ledger: Ledger, now: datetime) -> "Writer":
        """Return a writer for `ledger` that signs with the session's key."""
        from gitgates.ledger.writing import Writer

        return Writer(ledger, self.signing_key(ledger.repository), now)

    def signing_key(self, repository: "Repository") -> "SigningKey":
        """Return the key to sign with.

        Raises:
            SigningError: there is none, or it is of no use.
        """
        from gitgates.trust.signing import find_key

        return find_key(self.key, self.environ, repository.config, os.path.expanduser("~"))


def policy_contexts(folder: str) -> tuple[str, ...]:
    """Return the contexts that the policy of the ledger around `folder` has; none where no policy can be read."""
    from gitgates.errors import GitgatesError

    try:
        with Session(path=folder).open() as ledger:
            return tuple(context.name for context in ledger.chain.current().contexts)
    except GitgatesError:  # whoever asks has an error of its own to tell
        return ()
