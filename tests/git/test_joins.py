"""Appending what others wrote: stored blobs, merges, moves to another commit, notes of others, many commits at once."""

import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from gitgates.errors import StoreError
from gitgates.store.append import Appended, Change, NoteLines, NoteTip, StoredBlob, Tip, append, append_all
from gitgates.store.repository import Identity, Repository
from tests.support import CHECKOUT, RepositoryFactory, git, run

WHO = Identity("Gate Keeper", "gates@example.com")
REF = "refs/heads/main"
NOTES = "refs/notes/gates/veran"
BASE = ".quality-gates/base"
OURS, THEIRS = ".quality-gates/a/ours", ".quality-gates/b/deep/theirs"
GONE, CHANGED = ".quality-gates/gone/old", ".quality-gates/changed"


def add(path: Path, *changes: Change, ref: str = REF, on_step: Callable[[str], None] = lambda _: None) -> Appended:
    repo = Repository.open(str(path))
    return append_all(repo, ref, lambda _: changes, identity=WHO, seconds=0, on_step=on_step)


def files_of(path: Path, rev: str = REF) -> set[str]:
    return set(git(path, "ls-tree", "-r", "--name-only", rev).splitlines())


def status(path: Path) -> str:
    return git(path, "status", "--porcelain", "--untracked-files=all")


def head(path: Path, rev: str = REF) -> str:
    return git(path, "rev-parse", rev)


@pytest.fixture
def forked(repository: RepositoryFactory) -> tuple[Path, str]:
    """`main` with a few files, and a commit that follows it with one added, one changed and one deleted."""
    path = repository()
    add(path, Change({BASE: b"base", GONE: b"old\n", CHANGED: b"before\n"}, "base"))
    return path, following(path, f"{GONE}:", f"{CHANGED}:after\n", f"{THEIRS}:theirs\n")


def following(path: Path, *edits: str, mode: str = "100644") -> str:
    """Make a commit on top of `main`, with files changed (`path:bytes`) or deleted (`path:`), that no ref names."""
    index = {"GIT_INDEX_FILE": str(path / ".git/scratch")}
    lines = []
    for edit in edits:
        name, _, text = edit.partition(":")
        blob = run("git", "hash-object", "-w", "--stdin", cwd=path, stdin=text).out.strip()
        lines.append(f"{mode} {blob}\t{name}" if text else f"0 {'0' * 40}\t{name}")
    run("git", "read-tree", "main", cwd=path, env=index)
    run("git", "update-index", "--index-info", cwd=path, env=index, stdin="\n".join(lines) + "\n")
    tree = run("git", "write-tree", cwd=path, env=index).out.strip()
    (path / ".git/scratch").unlink()
    return git(path, "commit-tree", tree, "-p", "main", "-m", "theirs")


# --- merges and stored blobs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("bare", [False, True])
def test_a_merge_with_stored_blobs(repository: RepositoryFactory, bare: bool) -> None:
    path = repository(bare=bare)
    add(path, Change({BASE: b"base"}, "base"))
    theirs = add(path, Change({THEIRS: b"theirs"}, "theirs"), ref="refs/heads/other")
    blob = StoredBlob(head(path, f"other:{THEIRS}"))
    assert theirs.commit is not None
    done = add(path, Change({THEIRS: blob, OURS: b"ours"}, "gates: join", parents=(theirs.commit,)))
    assert git(path, "log", "-1", "--format=%P", REF).split() == [done.previous, theirs.commit]
    assert {BASE, THEIRS, OURS} <= files_of(path)
    if not bare:
        assert status(path) == ""
        assert (path / THEIRS).read_bytes() == b"theirs"
    # Nothing new but the parent: a merge all the same. Nothing new at all: none.
    other = add(path, Change({}, "x"), Change({OURS: b"ours"}, "y"), ref="refs/heads/third").commit
    assert other is not None
    again = add(path, Change({}, "gates: join", parents=(other, other)))
    assert git(path, "log", "-1", "--format=%P", REF).split() == [done.commit, other]
    assert add(path, Change({}, "none", parents=(again.commit or "",))).commit == again.commit
    git(path, "fsck", "--strict", "--no-dangling")


def test_a_merge_into_a_branch_without_a_commit(repository: RepositoryFactory) -> None:
    path = repository(bare=True)
    first = add(path, Change({OURS: b"x"}, "x"), ref="refs/heads/other").commit
    assert first is not None
    add(path, Change({}, "gates: join", parents=(first,)))
    assert git(path, "log", "-1", "--format=%P %T", REF) == f"{first} 4b825dc642cb6eb9a060e54bf8d69288fbee4904"


# --- onto ------------------------------------------------------------------------------------------------------------


def test_the_branch_moves_on_and_the_worktrees_follow(forked: tuple[Path, str], tmp_path: Path) -> None:
    path, theirs = forked
    git(path, "worktree", "add", "-q", "--detach", tmp_path / "linked")
    git(tmp_path / "linked", "symbolic-ref", "HEAD", REF)
    (path / "README.md").write_text("edited")
    (path / "staged").write_text("x")
    git(path, "add", "staged")
    done = add(path, Change({}, "gates: sync", onto=theirs))
    assert (done.commit, head(path)) == (theirs, theirs)
    assert status(path) == " M README.md\nA  staged".strip("\n")
    assert status(tmp_path / "linked") == ""
    for top in (path, tmp_path / "linked"):
        assert (top / THEIRS).read_text() == "theirs\n"
        assert (top / CHANGED).read_text() == "after\n"
        assert not (top / GONE).parent.exists()


def test_more_files_on_top_of_where_it_moves(forked: tuple[Path, str]) -> None:
    path, theirs = forked
    done = add(path, Change({OURS: b"ours"}, "one", onto=theirs), Change({f"{OURS}2": b"2"}, "two"))
    assert git(path, "log", "-3", "--format=%H %s").splitlines()[2] == f"{theirs} theirs"
    assert done.commit == head(path)
    assert files_of(path) == {"README.md", BASE, CHANGED, THEIRS, OURS, f"{OURS}2"}
    assert status(path) == ""


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("edited", f" M {CHANGED}\n?? {GONE}"),
        ("staged", f"M  {CHANGED}\nA  {GONE}"),
        ("deleted", f" D {CHANGED}"),
    ],
)
def test_what_the_user_did_to_these_files_stays(forked: tuple[Path, str], kind: str, expected: str) -> None:
    path, theirs = forked
    for name in (CHANGED, GONE):
        if kind == "deleted":
            (path / name).unlink()
        else:
            (path / name).write_text("mine\n")
        if kind == "staged":
            git(path, "add", name)
    add(path, Change({}, "gates: sync", onto=theirs))
    assert status(path) == expected.strip("\n").removeprefix(" ") or status(path) == expected
    if kind != "deleted":
        assert [(path / name).read_text() for name in (CHANGED, GONE)] == ["mine\n", "mine\n"]


@pytest.mark.parametrize("how", ["code", "new code", "lost", "later"])
def test_where_the_branch_must_not_move(forked: tuple[Path, str], how: str) -> None:
    path, theirs = forked
    before = head(path)
    changes: Sequence[Change] = [Change({}, "sync", onto=theirs)]
    if how == "lost":
        add(path, Change({OURS: b"x"}, "ours"))
        before, reason = head(path), "lacks commits that the branch has"
    elif how == "later":
        changes, reason = [Change({OURS: b"x"}, "x"), *changes], "only the first"
    else:
        name = "README.md" if how == "code" else "new.py"
        changes, reason = (
            [Change({}, "x", onto=following(path, f"{name}:code"))],
            "change files outside .quality-gates/",
        )
    with pytest.raises(StoreError, match=reason):
        add(path, *changes)
    assert (head(path), status(path)) == (before, "")


def test_a_branch_that_is_new_here(forked: tuple[Path, str], repository: RepositoryFactory) -> None:
    path, theirs = forked
    add(path, Change({}, "sync", onto=theirs), ref="refs/heads/new")
    assert head(path, "refs/heads/new") == theirs
    empty = repository("empty", commits=False)
    git(empty, "fetch", "-q", path, "refs/heads/new:refs/heads/new")
    with pytest.raises(StoreError, match="change files outside"):
        add(empty, Change({}, "sync", onto=theirs))
    add(empty, Change({}, "sync", onto=theirs, anywhere=True))
    assert status(empty) == ""
    assert (empty / "README.md").exists()


def test_odd_entries_are_staged_and_not_written(forked: tuple[Path, str]) -> None:
    """Whoever pushes to the ledger's own branch can put anything there; it must lead us nowhere."""
    path, _ = forked
    link = following(path, ".quality-gates/link:/etc/passwd", mode="120000")
    add(path, Change({}, "sync", onto=link))
    assert status(path) == " D .quality-gates/link".strip("\n")
    git(path, "checkout", "--", ".")
    git(path, "reset", "-q", "--hard")
    back = following(path, ".quality-gates/link:a file now\n")
    (path / ".quality-gates/link").unlink()
    (path / ".quality-gates/link").symlink_to("nowhere")
    git(path, "add", "-A")
    add(path, Change({}, "sync", onto=back))
    assert (path / ".quality-gates/link").is_symlink()
    assert not (path / ".quality-gates/link").exists()


@pytest.mark.parametrize("name", [".git", ".GIT", "..", ".g\u200cit", "git~1", "a\\b", ".git."])
def test_names_that_lead_elsewhere_are_passed_over(forked: tuple[Path, str], name: str, tmp_path: Path) -> None:
    path, _ = forked
    blob = run("git", "hash-object", "-w", "--stdin", cwd=path, stdin="evil").out.strip()
    inner = run("git", "mktree", cwd=path, stdin=f"100644 blob {blob}\tevil\n").out.strip()
    gates = git(path, "ls-tree", "main:.quality-gates") + f"\n040000 tree {inner}\t{name}\n"
    folder = run("git", "mktree", cwd=path, stdin=gates).out.strip()
    assert folder
    top = git(path, "ls-tree", "main").replace(head(path, "main:.quality-gates"), folder)
    tree = run("git", "mktree", cwd=path, stdin=top + "\n").out.strip()
    theirs = git(path, "commit-tree", tree, "-p", "main", "-m", "evil")
    add(path, Change({OURS: b"ours"}, "sync", onto=theirs))
    assert git(path, "log", "-2", "--format=%s") == "sync\nevil"
    assert (path / OURS).exists()
    assert not list(tmp_path.rglob("evil"))


def test_a_folder_in_place_of_a_file_and_the_other_way_round(forked: tuple[Path, str]) -> None:
    path, _ = forked
    theirs = following(path, f"{CHANGED}:", f"{CHANGED}/inner:x", f"{GONE}:", ".quality-gates/gone:now a file\n")
    add(path, Change({}, "sync", onto=theirs))
    assert status(path) == ""
    assert (path / CHANGED / "inner").read_text() == "x"
    assert (path / ".quality-gates/gone").read_text() == "now a file\n"


# --- many at once ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [40, 300])
def test_many_changes_one_transaction(repository: RepositoryFactory, count: int) -> None:
    path = repository()
    previous = head(path)
    changes = [
        Change(
            {f".quality-gates/models/m{n % 3}/r{n}": b"%d" % n}, f"gates: {n}", (NoteLines(NOTES, previous, (str(n),)),)
        )
        for n in range(count)
    ]  # fmt: skip
    done = add(path, *changes)
    assert done.previous == previous
    subjects = git(path, "log", "--reverse", "--format=%s", f"{previous}..main").splitlines()
    assert subjects == [f"gates: {n}" for n in range(count)]
    assert (
        git(path, "log", "-1", "--name-only", "--format=").strip()
        == f".quality-gates/models/m{(count - 1) % 3}/r{count - 1}"
    )
    assert len(git(path, "notes", "--ref", NOTES, "show", previous).splitlines()) == count
    assert git(path, "rev-list", "--count", NOTES) == "1"
    assert len(git(path, "reflog", REF).splitlines()) == 2
    assert f"gates: 0 (and {count - 1} more)" in git(path, "reflog", "-1")
    assert status(path) == ""
    git(path, "fsck", "--strict", "--no-dangling")


def test_none_is_nothing(repository: RepositoryFactory) -> None:
    path = repository()
    assert append_all(Repository.open(str(path)), REF, lambda _: (), identity=WHO, seconds=0).commit == head(path)


# --- the notes of others ---------------------------------------------------------------------------------------------


def note(path: Path, ref: str, *lines: str, on: str = "main") -> str:
    git(path, "notes", "--ref", ref, "add", "-f", "-m", "\n".join(lines), on)
    return head(path, ref)


def shown(path: Path, on: str = "main") -> list[str]:
    return git(path, "notes", "--ref", NOTES, "show", on).splitlines()


def test_notes_are_merged_line_by_line(repository: RepositoryFactory) -> None:
    path = repository()
    other_object = head(path, "main:README.md")
    note(path, NOTES, "a", "c")
    git(path, "update-ref", "refs/notes/other", NOTES)
    ours = note(path, NOTES, "a", "c", "ours")
    note(path, "refs/notes/other", "b", "c")
    theirs = note(path, "refs/notes/other", "theirs", on=other_object)
    lines = (NoteLines(NOTES, head(path), ("new",)),)
    done = add(path, Change({}, "sync", lines, note_tips=(NoteTip(NOTES, theirs),)))
    assert done.skipped == ()
    assert shown(path) == ["a", "b", "c", "new", "ours"]
    assert shown(path, other_object) == ["theirs"]
    assert git(path, "log", "-1", "--format=%P", NOTES).split() == [ours, theirs]
    merged = head(path, NOTES)
    add(path, Change({}, "sync", lines, note_tips=(NoteTip(NOTES, theirs), NoteTip(NOTES, ours))))
    assert head(path, NOTES) == merged
    git(path, "fsck", "--strict", "--no-dangling")


def test_notes_go_forward_where_they_can(repository: RepositoryFactory) -> None:
    path = repository()
    first = note(path, "refs/notes/other", "a")
    second = note(path, "refs/notes/other", "a", "b")
    add(path, Change({}, "sync", note_tips=(NoteTip(NOTES, first),)))
    assert head(path, NOTES) == first
    add(path, Change({}, "sync", note_tips=(NoteTip(NOTES, second), NoteTip(NOTES, first))))
    assert head(path, NOTES) == second
    add(path, Change({}, "sync", note_tips=(NoteTip(NOTES, first), NoteTip(NOTES, second))))
    assert head(path, NOTES) == second
    third = note(path, "refs/notes/other", "c")
    add(path, Change({}, "sync", (NoteLines(NOTES, head(path), ("d",)),), note_tips=(NoteTip(NOTES, third),)))
    assert git(path, "log", "-1", "--format=%P", NOTES) == third
    assert shown(path) == ["c", "d"]


def test_the_same_notes_of_two_histories_become_one(repository: RepositoryFactory) -> None:
    """Else a push would not be a step forward for the others."""
    path = repository()
    ours, theirs = note(path, NOTES, "a"), note(path, "refs/notes/other", "a")
    if ours == theirs:
        theirs = git(path, "commit-tree", f"{theirs}^{{tree}}", "-m", "other")
    add(path, Change({}, "sync", note_tips=(NoteTip(NOTES, theirs),)))
    assert git(path, "log", "-1", "--format=%P", NOTES).split() == [ours, theirs]
    assert head(path, f"{NOTES}^{{tree}}") == head(path, f"{theirs}^{{tree}}")


def test_each_fan_out_meets_each(repository: RepositoryFactory) -> None:
    path = repository()
    anchor = head(path)
    blobs = [run("git", "hash-object", "-w", "--stdin", cwd=path, stdin=text).out.strip() for text in ("a\n", "b\n")]

    def commit(levels: int, blob: str) -> str:
        names = [anchor[2 * level : 2 * level + 2] for level in range(levels)]
        line = f"100644 blob {blob}\t{anchor[2 * levels :]}\n100644 blob {blob}\tjunk\n"
        for name in reversed(names):
            tree = run("git", "mktree", cwd=path, stdin=line).out.strip()
            line = f"040000 tree {tree}\t{name}\n"
        tree = run("git", "mktree", cwd=path, stdin=line).out.strip()
        return git(path, "commit-tree", tree, "-m", "index")

    for ours in range(4):
        for theirs in range(4):
            git(path, "update-ref", NOTES, commit(ours, blobs[0]))
            add(path, Change({}, "sync", note_tips=(NoteTip(NOTES, commit(theirs, blobs[1])),)))
            assert shown(path) == ["a", "b"], (ours, theirs)


@pytest.mark.parametrize("kind", ["blob", "tree", "missing", "no tree", "bomb"])
def test_a_tip_that_cannot_be_read_is_skipped(repository: RepositoryFactory, kind: str) -> None:
    path = repository()
    mine = note(path, NOTES, "mine")
    tip = {"blob": "main:README.md", "tree": "main^{tree}"}.get(kind)
    found = "f" * 40 if tip is None else head(path, tip)
    if kind == "no tree":
        text = f"tree {'e' * 40}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\nx\n"
        command = ("git", "hash-object", "-t", "commit", "-w", "--literally", "--stdin")
        found = run(*command, cwd=path, stdin=text).out.strip()
    if kind == "bomb":
        blob = head(path, "main:README.md")
        rows = "".join(f"100644 blob {blob}\t{n:02x}\n" for n in range(256))
        tree = ""
        for _ in range(19):
            tree = run("git", "mktree", cwd=path, stdin=rows).out.strip()
            rows = "".join(f"040000 tree {tree}\t{n:02x}\n" for n in range(8))
        found = git(path, "commit-tree", tree, "-m", "bomb")
    done = add(path, Change({OURS: b"x"}, "sync", note_tips=(NoteTip(NOTES, found),)))
    assert done.skipped == (NOTES,)
    assert head(path, NOTES) == mine
    assert OURS in files_of(path)


# --- killed ----------------------------------------------------------------------------------------------------------

CHILD = """
import os, signal, sys
from gitgates.store.append import Change, NoteTip, append
from gitgates.store.repository import Identity, Repository

path, onto, tip, stop = sys.argv[1:]

def step(name):
    if name == stop:
        os.kill(os.getpid(), signal.SIGKILL)

change = Change({".quality-gates/more": b"more"}, "sync", onto=onto, note_tips=(NoteTip("refs/notes/gates/a", tip),))
repo = Repository.open(path)
append(repo, "refs/heads/main", lambda _: change, identity=Identity("a", "b"), seconds=0, on_step=step)
"""


@pytest.mark.parametrize("stop", ["objects", "files", "index", "refs"])
def test_killed_after(forked: tuple[Path, str], stop: str) -> None:
    path, theirs = forked
    tip = note(path, "refs/notes/other", "theirs")
    (path / "staged").write_text("x")
    git(path, "add", "staged")
    (path / "README.md").write_text("edited")
    killed = subprocess.run([sys.executable, "-c", CHILD, str(path), theirs, tip, stop], cwd=CHECKOUT)
    assert killed.returncode == -signal.SIGKILL
    change = Change({".quality-gates/more": b"more"}, "sync", onto=theirs, note_tips=(NoteTip(NOTES, tip),))

    def plan(found: Tip) -> Change:
        return Change({}, "done") if found.commit not in (None, head(path, f"{theirs}^")) else change

    append(Repository.open(str(path)), REF, plan, identity=WHO, seconds=0)
    assert status(path) in (" M README.md\nA  staged", "M README.md\nA  staged")
    assert files_of(path) == {"README.md", BASE, CHANGED, THEIRS, ".quality-gates/more"}
    assert (path / CHANGED).read_text() == "after\n"
    assert not (path / GONE).exists()
    git(path, "fsck", "--strict", "--no-dangling")
