"""`--push`: sharing what a command has just written, in the same go."""

import argparse
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from gitgates.errors import GitgatesError, PushRefused
from gitgates.model.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitgates.api.session import Session
    from gitgates.cli.output import Output
    from gitgates.ledger.reading import Ledger
    from gitgates.ledger.sync.outcome import Synced

T = TypeVar("T")

NOT_SHARED = 3
"""Exit code where the record is written and could not be shared."""


@frozen
class Shared:
    """Whether what was written is on the remote.

    Attributes:
        remote: where it is, "" where it was not shared.
        problem: why sharing failed, or a part of it, "" where it did not or nobody asked.
        remedy: what to do about it.
        told: what the remote's hooks said.
    """

    remote: str = ""
    problem: str = ""
    remedy: str = ""
    told: tuple[str, ...] = ()

    def code(self, code: int) -> int:
        """Return the exit code of a command that ended with `code`: that a push failed must not go unheard."""
        return NOT_SHARED if self.problem and code in (0, 1) else code

    def value(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {"shared": self.remote, "sharing_problem": self.problem}

    def tell(self, output: "Output") -> None:
        """Say why it is not shared."""
        if self.problem:
            where = "shared in part" if self.remote else "written in this clone, and not shared"
            output.error(f"{where}: {self.problem}. {self.remedy}")
        for line in self.told:
            output.note(f"remote: {line}")


def add_push(parser: argparse.ArgumentParser) -> None:
    """Add what every command takes that writes."""
    parser.add_argument("--push", action="store_true", help="share the record at once: append and sync in one go")
    parser.add_argument("--remote", metavar="NAME", help="with --push: share it there (default: the branch's remote)")


def share_if_asked(args: argparse.Namespace, session: "Session") -> Shared:
    """Sync where `--push` was given. A failure is told and not raised: the record is written."""
    return share(session, args.remote) if args.push else Shared()


def share(session: "Session", remote: str | None = None) -> Shared:
    """Sync, and say what came of it."""
    from gitgates.cli.progress import telling
    from gitgates.ledger.sync.outcome import Options
    from gitgates.ledger.sync.sync import sync

    try:
        with telling() as on_progress:
            done = sync(session.open, session.clock, Options(remote=remote, on_progress=on_progress))
    except GitgatesError as error:
        told = error.told if isinstance(error, PushRefused) else ()
        return Shared(problem=error.message, remedy=error.remedy or "Run `gitgates sync` later", told=told)
    return Shared(done.remote)


def write_and_share(args: argparse.Namespace, session: "Session", write: "Callable[[Ledger], T]") -> "tuple[T, Shared]":
    """Have `write` append a policy or an endorsement; with `--push`, on top of what the remote has, and push it first.

    Where the push fails nothing is written: a policy that others overtake must not stay here.
    """
    if not args.push:
        with session.open() as ledger:
            return write(ledger), Shared()
    from gitgates.cli.progress import telling
    from gitgates.ledger.sync.outcome import Options
    from gitgates.ledger.sync.sync import sync

    results: list[T] = []
    with telling() as on_progress:
        options = Options(remote=args.remote, on_progress=on_progress)
        done = sync(session.open, session.clock, options, lambda ledger: results.append(write(ledger)))
    return results[-1], Shared(done.remote)


def fetch_if_asked(args: argparse.Namespace, session: "Session") -> None:
    """Fetch before writing where `--push` was given, so that the record comes after what others have written.

    What goes wrong is told after the record is written: sharing it meets the same.
    """
    if args.push:
        from gitgates.ledger.sync.outcome import Options
        from gitgates.ledger.sync.sync import sync

        with suppress(GitgatesError):
            sync(session.open, session.clock, Options(remote=args.remote, fetch_only=True))


def where(shared: Shared) -> str:
    """Return who has a policy or an endorsement that was just written."""
    return f"it is here and on {shared.remote}" if shared.remote else "it is in this clone only until `gitgates sync`"


def synced_value(done: "Synced") -> dict[str, Any]:
    """Return what a sync did, for JSON."""
    return {
        "remote": done.remote,
        "branch": done.branch,
        "received": list(done.received),
        "sent": list(done.sent),
        "unshared": done.unshared,
        "restored": list(done.restored),
        "foreign": list(done.foreign),
        "index_refused": list(done.index_refused),
        "stayed": done.stayed,
    }
