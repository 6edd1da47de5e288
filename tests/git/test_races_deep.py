"""The full round: 8 processes on one clone, and 20 clones of one bare repository, 50 appends each, of every kind."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cli.project import environment
from tests.git.ledgers import notes
from tests.git.team import Clone, Team
from tests.support import git

APPENDS, PROCESSES, CLONES = 50, 8, 20

RACER = """
import os, re, sys
from datetime import UTC, datetime
from pathlib import Path
from gitgates.ledger.proposing import Draft, propose
from gitgates.ledger.sync.outcome import Options
from gitgates.ledger.sync.sync import sync
from tests.git.ledgers import Book
from tests.support import Key

path, key, principal, public, name, count, policies = sys.argv[1:]


def clock():
    return datetime.now(UTC)


class Racer(Book):
    def later(self):
        self.now = clock()
        return self.now


book = Racer(Path(path), Key(principal, Path(key), public), os.environ)


def told(written):
    print(written.path, flush=True)
    return written


def change_policy(ledger):
    record = ledger.chain.accepted[ledger.chain.effective()].record
    days = int(re.search(r'max_report_age = "(\\d+) days"', record.policy_toml)[1])
    text = record.policy_toml.replace(f'max_report_age = "{days} days"', f'max_report_age = "{days + 1} days"', 1)
    draft = Draft(policy_toml=text, allowed_signers=record.allowed_signers)
    propose(ledger, book.signer(), draft, clock(), lambda *_: None)


for number in range(int(count) // 2):
    report = told(book.report(f"{name}:{number % 3}"))
    if number % 3 == 0:
        told(book.reject("shared:1"))
    elif number % 3 == 1:
        told(book.approve(f"{name}:{number % 3}", report))
    else:
        told(book.reject(f"{name}:{number % 3}"))
    if number % 5 == 4:
        sync(book.open, clock, Options())
    if policies == "yes" and number % 10 == 9:
        sync(book.open, clock, Options(), change_policy)
sync(book.open, clock, Options())
"""


def race(clones: list[Clone], policies: bool) -> set[str]:
    """Have one process for each of `clones` write and sync at once; return the paths of what they wrote."""

    def one(number: int) -> list[str]:
        clone = clones[number]
        who = (str(clone.key.path), clone.key.principal, clone.key.public)
        may_change = "yes" if policies and number % 5 == 0 else "no"
        args = (str(clone.path), *who, f"m{number}", str(APPENDS), may_change)
        argv = [sys.executable, "-c", RACER, *args]
        done = subprocess.run(argv, env=environment(), capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done
        return done.stdout.split()

    with ThreadPoolExecutor(len(clones)) as pool:
        return {path for paths in pool.map(one, range(len(clones))) for path in paths}


def insist(team: Team, clones: list[Clone], written: set[str]) -> None:
    """Insist that all that was written is everywhere, once, and that every clone gives the same answers."""
    team.settle(*clones)
    assert written <= team.on_hub().keys()
    names = tuple(f"m{number}:{version}" for number in range(len(clones)) for version in range(3))
    team.check(*clones, names=("shared:1", *names[:12]))
    first = notes(team.hub)
    for clone in clones:
        assert notes(clone.path) == first
    lines = [note.splitlines() for of_model in first.values() for note in of_model.values()]
    assert all(len(set(note)) == len(note) for note in lines)
    assert git(team.hub, "for-each-ref", "refs/gitgates") == ""


@pytest.mark.deep
def test_eight_processes_on_one_clone(team: Team) -> None:
    written = race([team.alice] * PROCESSES, policies=False)
    assert len(written) == PROCESSES * (APPENDS // 2) * 2
    insist(team, [team.alice, team.bob], written)


@pytest.mark.deep
def test_twenty_clones(team: Team) -> None:
    keys = (team.keys.alice, team.keys.bob, team.keys.carol)
    clones = [team.clone(f"clone{number}", key=keys[number % 3]) for number in range(CLONES)]
    written = race(clones, policies=True)
    assert len(written) == CLONES * (APPENDS // 2) * 2
    insist(team, clones, written)
