"""An index of many models: what differs is asked for first, and the same comes of it as with few."""

from pathlib import Path

import pytest

from gitgates.errors import RemoteUnreachable, StoreError
from gitgates.ledger.index import NOTES_PREFIX
from gitgates.ledger.sync.incoming import MANY_MODELS, fetched
from gitgates.store.repository import Repository
from tests.git.ledgers import notes
from tests.git.team import Team
from tests.support import git, run

VERAN = f"{NOTES_PREFIX}veran"
FILLER = tuple(f"{NOTES_PREFIX}filler-{number:03}" for number in range(MANY_MODELS))


def put(path: Path, refs: tuple[str, ...], commit: str) -> None:
    lines = "".join(f"update {ref} {commit}\n" for ref in refs)
    assert run("git", "update-ref", "--stdin", cwd=path, stdin=lines).code == 0


def fill(team: Team) -> str:
    """Give both clones and the hub an index of many models that is the same everywhere; return its commit."""
    tree = run("git", "mktree", cwd=team.alice.path).out.strip()
    commit = team.alice.git("commit-tree", tree, "-m", "x")
    put(team.alice.path, FILLER, commit)
    team.alice.git("push", "-q", "origin", f"{NOTES_PREFIX}*:{NOTES_PREFIX}*")
    team.bob.git("fetch", "-q", "origin", f"{NOTES_PREFIX}*:{NOTES_PREFIX}*")
    return commit


def index_of(path: Path) -> dict[str, str]:
    rows = git(path, "for-each-ref", "--format=%(refname) %(objectname)", NOTES_PREFIX.rstrip("/")).splitlines()
    return {ref: commit for ref, _, commit in (row.partition(" ") for row in rows)}


def test_both_sides_get_all_lines(own: Team) -> None:
    alice, bob = own.alice, own.bob
    fill(own)
    alice.report("veran:v1")
    alice.sync()
    bob.report("veran:v2")
    alice.report("veran:v1")
    own.settle(bob, alice)
    assert alice.records() == bob.records() == own.on_hub()
    assert sum("-report-" in path for path in own.on_hub()) == 2 * 3  # with their signatures
    assert notes(alice.path) == notes(bob.path) == notes(own.hub)
    assert len("\n".join(notes(own.hub)[VERAN].values()).splitlines()) == 2 * 3  # at the anchor, and at the code


@pytest.mark.parametrize("new", [1, MANY_MODELS])
def test_only_what_differs_is_fetched(own: Team, new: int) -> None:
    commit = fill(own)
    own.alice.report("veran:v1")
    own.alice.sync()
    other = git(own.hub, "commit-tree", f"{commit}^{{tree}}", "-p", commit, "-m", "y")
    put(own.hub, FILLER[:new], other)
    repository = Repository.open(str(own.bob.path))
    with fetched(repository, "origin", "refs/heads/quality-gates") as incoming:
        scratch = repository.refs(incoming.scratch)
        tip = incoming.tip
        there = dict(incoming.notes)
    assert tip == own.tip()
    assert there == index_of(own.hub)
    # Where about everything differs, names of all would be too long a command.
    assert len(scratch) == (1 + 2 if new == 1 else 1 + 1 + len(FILLER))
    assert repository.refs(incoming.scratch) == {}


def test_refs_in_the_way_are_seen_as_well(own: Team) -> None:
    put(own.hub, (f"{VERAN}/x",), fill(own))
    written = own.alice.report("veran:v1")
    done = own.alice.sync()
    assert (done.sent, done.index_refused) == ((written.id,), (VERAN,))


def test_a_remote_that_is_gone(own: Team) -> None:
    fill(own)
    own.hub.rename(own.hub.with_name("gone.git"))
    with pytest.raises(RemoteUnreachable, match="origin"):
        own.alice.sync()


def test_a_program_that_the_repository_names_is_not_run(own: Team, tmp_path: Path) -> None:
    fill(own)
    own.alice.git("config", "remote.origin.uploadpack", f"touch {tmp_path / 'trace'}; git-upload-pack")
    with pytest.raises(StoreError, match=r"names a program that git would run: remote\.origin\.uploadpack"):
        own.alice.sync()
    assert not (tmp_path / "trace").exists()


def test_a_ref_of_the_same_end_is_another(own: Team) -> None:
    put(own.hub, (f"refs/x/{VERAN}",), fill(own))
    repository = Repository.open(str(own.bob.path))
    with fetched(repository, "origin", "refs/heads/quality-gates") as incoming:
        assert incoming.notes.keys() == set(FILLER)
