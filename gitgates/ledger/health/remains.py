"""What interrupted commands left behind."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from gitgates.ledger.freshness import age_text
from gitgates.ledger.health.diagnosis import Diagnosis, State
from gitgates.ledger.sync.incoming import SCRATCH
from gitgates.model.paths import LEDGER_FOLDER
from gitgates.store.diagnostics import Leftover, find_leftovers
from gitgates.store.repository import Repository

STALE_SECONDS = 600.0
"""Age from which a lock or scratch file counts as left behind: no command of ours or of git's writes for so long."""


def leftovers_diagnoses(repository: Repository, now: datetime) -> Iterator[Diagnosis]:
    """Yield what interrupted commands left behind, each with what to do about it."""
    found = leftovers(repository, now)
    for leftover in found:
        age = age_text(timedelta(seconds=leftover.age))
        if leftover.is_lock:
            text = f"{leftover.name} has been there for {age}, and keeps git from writing"
            remedy = f"If no git is running here, delete it: `rm '{leftover.name}'`"
            yield Diagnosis("leftovers", State.PROBLEM, text, remedy)
        elif leftover.may_go:
            text = f"{leftover.name} was left by an interrupted command {age} ago"
            yield Diagnosis("leftovers", State.WARNING, text, "Remove it: `gitgates doctor --clean`")
        else:
            text = f"{leftover.name} is {age} old, and there is a process {leftover.pid} that may be using it"
            yield Diagnosis("leftovers", State.WARNING, text, f"If that is not gitgates: {_by_hand(leftover)}")
    if not found:
        yield Diagnosis("leftovers", State.OK, "no stale lock, scratch file or scratch ref")


def leftovers(repository: Repository, now: datetime) -> tuple[Leftover, ...]:
    """Return what interrupted commands left behind; what is younger than ten minutes may be in use."""
    return find_leftovers(repository, now.timestamp(), STALE_SECONDS, LEDGER_FOLDER, SCRATCH)


def _by_hand(leftover: Leftover) -> str:
    commands = [f"git update-ref -d {ref}" for ref, _ in leftover.refs] or [f"rm '{leftover.name}'"]
    return f"`{'; '.join(commands)}`"
