"""Several processes that write and sync at once: what was reported as written is everywhere afterwards."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from gitgates.ledger.proposing import Draft, propose
from gitgates.ledger.reading import Ledger
from gitgates.ledger.sync.outcome import Options
from gitgates.ledger.sync.sync import sync
from gitgates.ledger.writing import Written
from tests.cli.project import environment
from tests.git.ledgers import commit_files, notes
from tests.git.team import Clone, Team
from tests.support import run

RACER = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from gitgates.ledger.sync.outcome import Options
from gitgates.ledger.sync.sync import sync
from tests.git.ledgers import Book
from tests.support import Key

path, key, principal, public, name, count = sys.argv[1:]
book = Book(Path(path), Key(principal, Path(key), public), os.environ)
for number in range(int(count)):
    book.now = datetime.now(UTC)
    print(book.report(f"{name}:{number}").path, flush=True)
    book.now = datetime.now(UTC)
    print(book.reject("shared:1").path, flush=True)
    if number % 2:
        sync(book.open, lambda: datetime.now(UTC), Options())
sync(book.open, lambda: datetime.now(UTC), Options())
"""


def race(clones: list[Clone], count: int) -> set[str]:
    """Have one process for each of `clones` write and sync at once; return the paths of what they wrote."""

    def one(number: int) -> list[str]:
        clone = clones[number]
        args = (str(clone.path), str(clone.key.path), clone.key.principal, clone.key.public, f"m{number}", str(count))
        done = run(sys.executable, "-c", RACER, *args, env=environment())
        assert done.code == 0, done
        return done.out.split()

    with ThreadPoolExecutor(len(clones)) as pool:
        return {path for paths in pool.map(one, range(len(clones))) for path in paths}


@pytest.mark.parametrize("team", ["own", "code"], indirect=True)
def test_two_clones_and_two_processes_in_one_of_them(team: Team) -> None:
    alice, bob = team.alice, team.bob
    written = race([alice, alice, bob], 2)
    assert len(written) == 12
    team.settle(alice, bob)
    assert written <= team.on_hub().keys()
    team.check(alice, bob, names=("m0:1", "m2:1", "shared:1"))
    assert notes(alice.path) == notes(bob.path) == notes(team.hub)
    for of_model in notes(team.hub).values():
        for note in of_model.values():
            assert len(set(note.splitlines())) == len(note.splitlines())


@pytest.mark.parametrize("fetch_only", [True, False])
def test_what_another_command_fetches_meanwhile(code: Team, fetch_only: bool) -> None:
    """An answer of the remote is on its way while another command of this clone gets a newer one."""
    alice, bob = code.alice, code.bob
    commit_files(alice.path, "Code", {"x": "y"})  # her branch does not follow, so the private ref alone has what came
    first = bob.report("veran:v1")
    bob.sync()
    later: list[Written] = []

    def meanwhile(_: str) -> None:
        if not later:
            later.append(bob.reject("veran:v1"))
            bob.sync()
            assert alice.sync(fetch_only=True).received == (first.id, later[0].id)

    sync(alice.open, alice.later, Options(fetch_only=fetch_only, on_progress=meanwhile))
    assert later
    assert alice.git("rev-parse", "refs/gitgates/remotes/origin/main") == code.tip()
    assert {first.path, later[0].path} <= alice.records().keys()
    assert alice.allowed("veran:v1") == "denied"


@pytest.mark.parametrize("team", ["own"], indirect=True)
def test_a_policy_is_written_once_though_others_are_faster(team: Team) -> None:
    """What `--push` of a policy does: on top of what the remote has, and made anew where somebody moved it."""
    alice, bob = team.alice, team.bob
    written = []

    def write(ledger: Ledger) -> None:
        record = ledger.chain.accepted[ledger.chain.effective()].record
        text = record.policy_toml.replace("allow_force = false", "allow_force = true")
        draft = Draft(policy_toml=text, allowed_signers=record.allowed_signers)
        written.append(propose(ledger, alice.signer(), draft, alice.later(), lambda *_: None).id)
        if len(written) == 1:
            bob.propose("separation_of_duties = false", "separation_of_duties = true")
            bob.sync()

    sync(alice.open, alice.later, Options(), write)
    assert len(written) == 2
    assert written[0] not in "".join(team.on_hub())
    team.settle(alice, bob)
    with bob.open() as ledger:
        assert ledger.chain.effective() == written[1]
    team.check(alice, bob)
