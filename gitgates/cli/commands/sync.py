"""`gitgates sync`."""

import argparse
from typing import TYPE_CHECKING

from gitgates.cli.options import add_common, session_of
from gitgates.cli.output import BAD, DIM, GOOD, UNSURE, Output

if TYPE_CHECKING:
    from gitgates.ledger.sync.outcome import Synced


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--remote", metavar="NAME", help="sync with this remote (default: that of the ledger's branch)")
    parser.add_argument("--fetch-only", action="store_true", help="bring what the remote has, and send nothing")
    text = "give a remote that has lost records the ones back that this clone has seen there"
    parser.add_argument("--restore", action="store_true", help=text)
    add_common(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Bring this clone and a remote together: 0 done, 3 the remote has lost records or cannot be reached."""
    from gitgates.cli.notifying import telling_of_losses
    from gitgates.cli.progress import telling
    from gitgates.cli.sharing import synced_value
    from gitgates.ledger.sync.outcome import Options
    from gitgates.ledger.sync.sync import sync

    if args.fetch_only and args.restore:
        from gitgates.errors import UsageError

        raise UsageError("--fetch-only sends nothing, and --restore does", remedy="Give one of them")
    session = session_of(args)
    with telling_of_losses(args, output), telling() as on_progress:
        options = Options(remote=args.remote, fetch_only=args.fetch_only, restore=args.restore, on_progress=on_progress)
        done = sync(session.open, session.clock, options)
    output.json("sync/1", synced_value(done))
    _show(output, done)
    return 0


def _show(output: Output, done: "Synced") -> None:
    branch = done.branch.removeprefix("refs/heads/")
    output.line(f"{done.remote} {branch}: {len(done.received)} record(s) received, {len(done.sent)} sent", GOOD)
    if done.unshared:
        output.line(f"  {done.unshared} record(s) of this clone are not shared yet: gitgates sync", DIM)
    for path in done.restored:
        output.line(f"  restored: {path}", BAD)
    for path in done.foreign:
        output.line(f"  foreign, stays in this clone: {path}", UNSURE)
    if done.stayed:
        output.line(f"  the records are shared; this clone's branch stays where it is: {done.stayed}", UNSURE)
    for ref in done.index_refused:
        output.line(f"  the remote does not take the index {ref}; it can be made anew with gitgates reindex", DIM)
