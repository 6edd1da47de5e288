"""`gitgates migrate`."""

import argparse

from gitgates.cli.options import add_common, add_key, session_of
from gitgates.cli.output import Output
from gitgates.cli.sharing import add_push, share_if_asked


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--to", required=True, metavar="BRANCH", help="where the ledger shall live, e.g. quality-gates, or main"
    )
    add_common(parser)
    add_key(parser)
    add_push(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Move the ledger to another branch: 0 done, 1 waits for endorsements. Run again, it goes on where it was."""
    from gitgates.cli.migrating import share_left, show_migrated, sync_first
    from gitgates.cli.progress import progress
    from gitgates.ledger.migration.migrate import migrate, open_to_migrate

    session = session_of(args)
    sync_first(args, session)
    with (
        open_to_migrate(session.path, root=session.root, environ=session.environ) as ledger,
        progress("sealing") as told,
    ):
        repository = ledger.repository
        done = migrate(ledger, lambda: session.signing_key(repository), args.to, session.clock(), told)
        remote = next(iter(repository.config.subsections("remote")), "")
    shared = share_if_asked(args, session)
    if shared.remote and not done.lacking:
        shared = share_left(repository, shared, done.left)
    output.json(
        "migrate/1",
        {
            "policy": done.policy,
            "accepted": not done.lacking,
            "lacking": done.lacking,
            "from": list(done.left),
            "branch": done.branch,
            "changed": done.wrote,
            **shared.value(),
        },
    )
    show_migrated(output, done, remote, shared)
    return shared.code(1 if done.lacking else 0)
