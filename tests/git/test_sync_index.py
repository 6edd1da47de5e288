"""The index on the remote: whatever is wrong with it, records travel."""

from pathlib import Path

import pytest

from tests.git.ledgers import notes
from tests.git.team import Team
from tests.support import git, run

REF = "refs/notes/gates/veran"


def hook(team: Team, name: str, text: str) -> None:
    path = team.hub / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def note_tree(path: Path, data: str) -> str:
    """Return a notes commit with one note that holds `data`, on the first commit."""
    first = git(path, "rev-list", "--max-parents=0", "--max-count=1", "--all")
    blob = run("git", "hash-object", "-w", "--stdin", cwd=path, stdin=data).out.strip()
    tree = run("git", "mktree", cwd=path, stdin=f"100644 blob {blob}\t{first}\n").out.strip()
    return git(path, "commit-tree", tree, "-m", "x")


@pytest.mark.parametrize("what", ["blob", "tree of files"])
def test_garbage_is_left_alone(own: Team, what: str) -> None:
    alice, hub = own.alice, own.hub
    if what == "blob":
        found = run("git", "hash-object", "-w", "--stdin", cwd=hub, stdin="x").out.strip()
    else:
        found = git(hub, "commit-tree", git(hub, "rev-parse", "main^{tree}"), "-m", "x")
    git(hub, "update-ref", REF, found)
    written = alice.report("veran:v1")
    before = notes(alice.path)
    done = alice.sync()
    assert done.sent == (written.id,)
    assert written.path in own.on_hub()
    assert notes(alice.path) == before or what == "tree of files"
    assert alice.allowed("veran:v1") == "denied"


def test_forged_lines_decide_nothing_and_go_with_reindex(own: Team) -> None:
    alice = own.alice
    forged = f"{'0' * 64} decision staging approved 2026-01-01T00:00:00Z mallory@example.com x"
    git(own.hub, "update-ref", REF, note_tree(own.hub, f"{forged}\n"))
    alice.report("veran:v1")
    alice.sync()
    assert alice.allowed("veran:v1") == "denied"
    assert forged in str(notes(alice.path))
    assert own.cli(alice, "reindex").code == 0
    assert forged not in str(notes(alice.path))


def test_a_huge_index_is_left_alone(own: Team) -> None:
    alice = own.alice
    git(own.hub, "update-ref", REF, note_tree(own.hub, "x" * 63 + "\n" * (1 << 20) + "y" * (64 << 20)))
    written = alice.report("veran:v1")
    before = notes(alice.path)
    assert alice.sync().sent == (written.id,)
    assert notes(alice.path) == before


def test_refs_in_the_way_of_an_index(own: Team) -> None:
    alice = own.alice
    git(own.hub, "update-ref", f"{REF}/x", note_tree(own.hub, "x\n"))
    written = alice.report("veran:v1")
    done = alice.sync()
    assert (done.sent, done.index_refused) == ((written.id,), (REF,))
    assert notes(alice.path).keys() == {REF}


@pytest.mark.parametrize("team", ["own"], indirect=True)
def test_a_remote_that_takes_no_notes(team: Team) -> None:
    hook(team, "update", 'case "$1" in refs/notes/*) echo "no notes here"; exit 1;; esac')
    written = team.alice.report("veran:v1")
    done = team.cli(team.alice, "sync")
    assert done.code == 0, done
    assert f"the remote does not take the index {REF}; it can be made anew with gitgates reindex" in done.out
    assert written.path in team.on_hub()
    assert notes(team.hub) == {}
    bob = team.bob
    bob.sync()
    assert notes(bob.path) == notes(team.alice.path)


@pytest.mark.parametrize(("team", "name"), [("own", "update"), ("code", "pre-receive")], indirect=["team"])
def test_a_remote_that_refuses(team: Team, name: str) -> None:
    hook(team, name, "echo 'the freeze lasts until Monday' >&2; exit 1")
    written = team.alice.report("veran:v1")
    before = git(team.hub, "for-each-ref"), team.alice.git("rev-parse", team.branch)
    done = team.cli(team.alice, "sync")
    assert done.code == 3, done
    assert "the freeze lasts until Monday" in done.err
    assert (git(team.hub, "for-each-ref"), team.alice.git("rev-parse", team.branch)) == before
    (team.hub / "hooks" / name).unlink()
    assert team.alice.sync().sent == (written.id,)
