"""`doctor --restore`, `doctor --accept-rewind` and `doctor --clean`."""

import sys
from typing import TYPE_CHECKING

from gitgates.cli.output import BAD, GOOD, Output
from gitgates.errors import UsageError

if TYPE_CHECKING:
    from gitgates.api.session import Session
    from gitgates.ledger.continuity import Lost


def restore_lost(session: "Session", output: Output, *, sure: bool) -> int:
    """Bring back the records that are gone, once somebody is sure: 0 done, or nothing to do; 1 not confirmed."""
    from gitgates.ledger.restoring import find_lost, open_for_repair, restore

    with open_for_repair(session.path, root=session.root, environ=session.environ) as ledger:
        lost = find_lost(ledger)
        _show(output, lost)
        commit = ""
        if lost:
            if not _confirmed(f"bring back {len(lost)} record(s) with a commit on {ledger.location.ref}", sure, output):
                return 1
            commit = restore(ledger, lost, session.clock()).commit or ""
    output.json("doctor-restore/1", {"restored": [one.path for one in lost], "commit": commit})
    if lost:
        output.line(f"brought back {len(lost)} record(s) with the commit {commit}; run `gitgates verify`", GOOD)
    else:
        output.line("no record that this clone knows of is gone", GOOD)
    return 0


def accept_rewind(session: "Session", output: Output, *, sure: bool) -> int:
    """Accept the ledger as it is, once somebody is sure: 0 done, 1 not confirmed."""
    from gitgates.ledger.restoring import accept_rewind as accept
    from gitgates.ledger.restoring import find_lost

    with session.open() as ledger:
        lost = find_lost(ledger)
        _show(output, lost)
        task = f"forget what this clone verified, {len(lost)} lost record(s) included, and accept the ledger as it is"
        if not _confirmed(task, sure, output):
            return 1
        forgotten = ", ".join(accept(ledger))
    output.json(
        "doctor-accept-rewind/1",
        {"lost": [one.path for one in lost], "forgotten": forgotten, "verified": ledger.location.commit},
    )
    output.line(f"accepted {ledger.location.commit}; the last verified commit was {forgotten or 'none'}", BAD)
    return 0


def clean(session: "Session", output: Output) -> int:
    """Remove what is ours and in nobody's use: 0 nothing is left, 1 something is that only people can judge."""
    from gitgates.ledger.health.remains import leftovers
    from gitgates.store.diagnostics import remove_leftovers
    from gitgates.store.repository import Repository

    repository, now = Repository.open(session.path), session.clock()
    removed = remove_leftovers(repository, leftovers(repository, now))
    left = [one.name for one in leftovers(repository, now)]
    output.json("doctor-clean/1", {"removed": list(removed), "left": left})
    for name in removed:
        output.line(f"removed {name}", GOOD)
    for name in left:
        output.line(f"left {name}: `gitgates doctor` says what it is", BAD)
    if not removed and not left:
        output.line("nothing was left behind", GOOD)
    return 1 if left else 0


def _show(output: Output, lost: tuple["Lost", ...]) -> None:
    for one in lost:
        by = f" (commit {one.commit})" if one.commit else ""
        output.line(f"gone or changed: {one.path}{by}", BAD)


def _confirmed(task: str, sure: bool, output: Output) -> bool:
    """Ask the person at the terminal; a script says --yes."""
    if sure:
        return True
    if not (sys.stdin.isatty() and output.is_terminal):
        raise UsageError(f"this would {task}", remedy="Pass --yes if that is what you want")
    try:
        return input(f"This will {task}. Go on? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
