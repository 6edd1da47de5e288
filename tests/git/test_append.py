"""The one way to write, on every kind of repository."""

import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from gitgates.errors import RefMoved, StoreError
from gitgates.store import refs
from gitgates.store.append import Appended, Change, NoteLines, Tip, append
from gitgates.store.repository import Identity, Repository
from tests.support import RepositoryFactory, git, run

WHO = Identity("Gate Keeper", "gates@example.com")
REF = "refs/heads/main"
NOTES = "refs/notes/gates/veran"
FILE = ".quality-gates/models/veran/v6.2/record.json"


def add(
    path: Path,
    files: dict[str, bytes] | None = None,
    *,
    ref: str = REF,
    notes: tuple[NoteLines, ...] = (),
    replace: frozenset[str] = frozenset(),
    on_step: Callable[[str], None] = lambda _: None,
) -> Appended:
    change = Change(
        {FILE: b"record\n"} if files is None else files, "gates: report\n\nGates-Kind: report", notes, replace
    )
    repo = Repository.open(str(path))
    return append(repo, ref, lambda _: change, identity=WHO, seconds=1_700_000_000, on_step=on_step)


def files_of(path: Path, ref: str = REF) -> set[str]:
    return set(git(path, "ls-tree", "-r", "--name-only", ref).splitlines())


def status(path: Path) -> str:
    return git(path, "status", "--porcelain", "--untracked-files=all")


def check_tree(path: Path, ref: str = REF) -> None:
    """The tree is what `git add` makes of the same files, and fsck is content."""
    git(path, "fsck", "--strict", "--no-dangling")
    listing = git(path, "ls-tree", "-r", "--full-tree", ref)
    index = {"GIT_INDEX_FILE": str(path / "scratch-index")}
    run("git", "update-index", "--add", "--index-info", cwd=path, env=index, stdin=listing + "\n")
    made = run("git", "write-tree", cwd=path, env=index).out.strip()
    (path / "scratch-index").unlink()
    assert made == git(path, "rev-parse", f"{ref}^{{tree}}")


# --- kinds of repositories -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sha256", [False, True])
def test_on_the_branch_that_is_checked_out(repository: RepositoryFactory, sha256: bool) -> None:
    path = repository(sha256=sha256)
    first = git(path, "rev-parse", "HEAD")
    done = add(path)
    assert done == Appended(git(path, "rev-parse", "HEAD"), REF, first)
    assert git(path, "rev-parse", "HEAD~1") == first
    assert status(path) == ""
    assert (path / FILE).read_bytes() == b"record\n"
    assert git(path, "log", "-1", "--format=%an %ae %at %cn %s | %b").strip() == (
        "Gate Keeper gates@example.com 1700000000 Gate Keeper gates: report | Gates-Kind: report"
    )
    assert "gitgates: gates: report" in git(path, "reflog", "-1")
    check_tree(path)


def test_what_is_staged_and_edited_stays(repository: RepositoryFactory) -> None:
    path = repository()
    (path / "staged").write_text("staged")
    git(path, "add", "staged")
    (path / "staged").write_text("and edited")
    (path / "README.md").write_text("edited")
    (path / "untracked").write_text("x")
    before = status(path)
    add(path)
    assert status(path) == before
    assert git(path, "show", ":staged") == "staged"
    assert files_of(path) == {"README.md", FILE}
    git(path, "commit", "-qm", "mine")
    assert files_of(path) == {"README.md", FILE, "staged"}


@pytest.mark.parametrize("sha256", [False, True])
def test_repository_without_a_commit(repository: RepositoryFactory, sha256: bool) -> None:
    path = repository(commits=False, sha256=sha256)
    (path / "mine").write_text("x")
    git(path, "add", "mine")
    done = add(path)
    assert done.previous is None
    assert status(path) == "A  mine"
    assert files_of(path) == {FILE}
    assert git(path, "rev-list", "--count", "HEAD") == "1"
    check_tree(path)


def test_detached_head_and_another_branch(repository: RepositoryFactory) -> None:
    path = repository()
    for command in (["checkout", "-q", "--detach"], ["checkout", "-q", "-b", "other"]):
        git(path, *command)
        head = git(path, "rev-parse", "HEAD")
        add(path, {f"{FILE}-{command[2]}": b"x"})
        assert status(path) == ""
        assert git(path, "rev-parse", "HEAD") == head
        assert not (path / ".quality-gates").exists()
    assert len(files_of(path)) == 3


def test_dedicated_branch(repository: RepositoryFactory) -> None:
    path = repository()
    ref = "refs/heads/quality-gates"
    assert add(path, ref=ref).previous is None
    add(path, {f"{FILE}2": b"two"}, ref=ref)
    assert files_of(path, ref) == {FILE, f"{FILE}2"}
    assert run("git", "merge-base", "main", "quality-gates", cwd=path).code == 1
    assert status(path) == ""
    check_tree(path, ref)


def test_linked_worktree_has_the_branch(repository: RepositoryFactory, tmp_path: Path) -> None:
    path = repository()
    linked = tmp_path / "linked"
    git(path, "worktree", "add", "-q", "-b", "gates", linked)
    for number, at in enumerate((path, linked, linked)):
        add(at, {f"{FILE}{number}": b"x"}, ref="refs/heads/gates")
        add(at, {f"{FILE}{number}m": b"x"})
    assert status(path) == status(linked) == ""
    assert (linked / f"{FILE}2").exists()
    assert (path / f"{FILE}2m").exists()
    assert not (path / f"{FILE}2").exists()
    (linked).rename(tmp_path / "away")
    add(path, {f"{FILE}9": b"x"}, ref="refs/heads/gates")
    (tmp_path / "away").rename(linked)
    assert status(linked) == f" D {FILE}9"
    git(linked, "commit", "-q", "--allow-empty", "-m", "keeps it")
    assert f"{FILE}9" in files_of(path, "gates")


@pytest.mark.parametrize("sha256", [False, True])
def test_bare(repository: RepositoryFactory, sha256: bool) -> None:
    path = repository(bare=True, sha256=sha256)
    add(path)
    add(path, {f"{FILE}2": b"x"})
    assert len(files_of(path)) == 2
    git(path, "fsck", "--strict")


@pytest.mark.parametrize("options", [["--cone"], ["--cone", "--sparse-index"], ["--no-cone"]])
def test_sparse_checkout(repository: RepositoryFactory, options: list[str]) -> None:
    path = repository()
    add(path, {".quality-gates/policy.toml": b"old\n", "src/a": b"a"})
    assert status(path) == ""  # which also lets git remember that the new files are unchanged
    git(path, "sparse-checkout", "set", *options, "src")
    assert not (path / ".quality-gates").exists()
    policy = ".quality-gates/policy.toml"
    add(path, {FILE: b"record\n", policy: b"new\n"}, replace=frozenset([policy]))
    assert status(path) == ""
    git(path, "commit", "-q", "--allow-empty", "-am", "all")
    assert git(path, "show", f"HEAD:{policy}") == "new"
    assert files_of(path) == {"README.md", "src/a", policy, FILE}
    git(path, "sparse-checkout", "reapply")
    assert not (path / ".quality-gates").exists()
    assert status(path) == ""


# --- what is refused, what is left alone -----------------------------------------------------------------------------


def test_nothing_new_writes_nothing(repository: RepositoryFactory) -> None:
    path = repository()
    done = add(path)
    steps: list[str] = []
    assert add(path, on_step=steps.append) == Appended(done.commit, REF, done.commit)
    assert add(path, {}, on_step=steps.append).commit == done.commit
    assert add(path, {}, ref="refs/heads/none", on_step=steps.append) == Appended(None, "refs/heads/none", None)
    assert steps == []


def test_other_bytes_need_leave(repository: RepositoryFactory) -> None:
    path = repository()
    add(path)
    with pytest.raises(StoreError, match=r"record\.json exists with other content"):
        add(path, {FILE: b"other"})
    add(path, {FILE: b"other"}, replace=frozenset([FILE]))
    assert (path / FILE).read_bytes() == b"other"
    assert status(path) == ""
    check_tree(path)


@pytest.mark.parametrize(
    ("staged", "expected"),
    [(False, " M .quality-gates/policy.toml"), (True, "M  .quality-gates/policy.toml")],
)
def test_a_replaced_file_that_the_user_edited_stays(repository: RepositoryFactory, staged: bool, expected: str) -> None:
    path = repository()
    policy = ".quality-gates/policy.toml"
    add(path, {policy: b"old\n"})
    (path / policy).write_text("mine\n")
    if staged:
        git(path, "add", policy)
    add(path, {policy: b"new\n"}, replace=frozenset([policy]))
    assert (path / policy).read_text() == "mine\n"
    assert git(path, "show", f"HEAD:{policy}") == "new"
    assert git(path, "status", "--porcelain") == expected.strip("\n")


def test_a_replaced_file_that_the_user_deleted_stays_away(repository: RepositoryFactory) -> None:
    path = repository()
    policy = ".quality-gates/policy.toml"
    add(path, {policy: b"old\n"})
    (path / policy).unlink()
    add(path, {policy: b"new\n"}, replace=frozenset([policy]))
    assert not (path / policy).exists()
    assert status(path) == f" D {policy}"


def test_an_untracked_file_in_the_way_stays(repository: RepositoryFactory) -> None:
    path = repository()
    (path / FILE).parent.mkdir(parents=True)
    (path / FILE).write_text("mine")
    add(path)
    assert (path / FILE).read_text() == "mine"
    assert status(path) == f" M {FILE}"


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("link", [False, True])
def test_a_link_or_file_in_place_of_a_folder(
    repository: RepositoryFactory, tmp_path: Path, link: bool, deep: bool
) -> None:
    path = repository()
    target = tmp_path / "elsewhere"
    target.mkdir()
    place = path / ".quality-gates" / "models" if deep else path / ".quality-gates"
    place.parent.mkdir(exist_ok=True)
    if link:
        place.symlink_to(target)
    else:
        place.write_text("x")
    head, before = git(path, "rev-parse", "HEAD"), status(path)
    with pytest.raises(StoreError, match="is a symbolic link or a file"):
        add(path)
    assert (git(path, "rev-parse", "HEAD"), status(path)) == (head, before)
    assert list(target.iterdir()) == []


def test_a_file_in_the_branch_in_place_of_a_folder(repository: RepositoryFactory) -> None:
    path = repository(bare=True)
    add(path, {".quality-gates/models": b"x"})
    with pytest.raises(StoreError, match=r"quality-gates/models is not a folder"):
        add(path)
    with pytest.raises(StoreError, match="exists with other content"):
        add(path, {".quality-gates": b"x"})


def test_what_may_be_replaced_may_be_of_another_kind(repository: RepositoryFactory) -> None:
    path = repository(bare=True)
    add(path, {"models": b"a file", "policy/in/a": b"folder"})
    add(path, {"models/a": b"now a folder", "policy": b"now a file"}, replace=frozenset(["models", "policy"]))
    listed = git(path, "ls-tree", "-r", "--format=%(objectmode) %(path)", REF)
    assert "100644 models/a\n100644 policy" in listed
    assert "policy/in" not in listed


def test_names_that_differ_by_case_alone(repository: RepositoryFactory) -> None:
    path = repository(bare=True)
    add(path, {"models/Veran/a": b"x"})
    for name in ("models/veran/b", "Models/x", "models/Veran/A"):
        with pytest.raises(StoreError, match="by case alone"):
            add(path, {name: b"x"})
    with pytest.raises(StoreError, match="by case alone"):
        add(path, {"new/a": b"x", "new/A": b"y"})


@pytest.mark.parametrize("name", ["", "/a", "a//b", "../a", "a/./b", ".git/hooks/x", "a/.GIT/x", "a\\b", "a\0b", "a/"])
def test_paths_that_are_none(repository: RepositoryFactory, name: str) -> None:
    with pytest.raises(StoreError, match="not a path"):
        add(repository(bare=True), {name: b"x"})


@pytest.mark.parametrize("kind", ["rebase", "apply", "bisect", "update-refs"])
def test_a_branch_that_is_being_rebased_or_bisected(repository: RepositoryFactory, kind: str, tmp_path: Path) -> None:
    path = repository()
    for number in range(3):
        (path / "README.md").write_text(f"{number}")
        git(path, "commit", "-qam", f"{number}")
    linked = tmp_path / "linked"
    git(path, "worktree", "add", "-q", "-b", "side", linked)
    if kind == "bisect":
        git(linked, "bisect", "start", "HEAD", "HEAD~3")
    else:
        git(linked, "checkout", "-q", "-b", "topic", "HEAD~2")
        (linked / "README.md").write_text("conflict")
        git(linked, "commit", "-qam", "conflict")
        git(linked, "branch", "-f", "side")
        if kind != "update-refs":
            git(linked, "checkout", "-q", "side")
        options = {"rebase": [], "apply": ["--apply"], "update-refs": ["--update-refs"]}[kind]
        assert run("git", "rebase", *options, "main", cwd=linked).code != 0
    with pytest.raises(StoreError, match=r"refs/heads/side is in use.*--abort|refs/heads/side is in use.*bisect reset"):
        add(path, ref="refs/heads/side")
    add(path)


# --- notes -----------------------------------------------------------------------------------------------------------


def test_notes_move_with_the_branch(repository: RepositoryFactory) -> None:
    path = repository()
    head = git(path, "rev-parse", "HEAD")
    lines = (NoteLines(NOTES, head, ("b two", "a one")), NoteLines(NOTES, head, ("c three",)))
    other = NoteLines("refs/notes/gates/other", head, ("z",))
    add(path, notes=(*lines, other))
    assert git(path, "notes", "--ref", NOTES, "show", head) == "a one\nb two\nc three"
    assert git(path, "log", "--notes=gates/*", "-1", "--format=%N", head).split() == [
        "z",
        "a",
        "one",
        "b",
        "two",
        "c",
        "three",
    ]
    add(path, {}, notes=(NoteLines(NOTES, head, ("0 first", "a one")),))
    assert git(path, "notes", "--ref", NOTES, "show", head) == "0 first\na one\nb two\nc three"
    at = git(path, "rev-parse", NOTES)
    add(path, {}, notes=lines)
    assert git(path, "rev-parse", NOTES) == at
    git(path, "fsck", "--strict")


@pytest.mark.parametrize("forged", ["blob", "tree", "malformed"])
def test_a_forged_index_keeps_no_record_out(repository: RepositoryFactory, forged: str) -> None:
    path = repository()
    head = git(path, "rev-parse", "HEAD")
    if forged == "malformed":
        junk = run(
            "git", "hash-object", "-t", "tree", "-w", "--literally", "--stdin", cwd=path, stdin="junk"
        ).out.strip()
        forged_id = run("git", "commit-tree", junk, "-m", "x", cwd=path).out.strip()
        if not forged_id:
            text = f"tree {junk}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\nx\n"
            command = ("hash-object", "-t", "commit", "-w", "--literally", "--stdin")
            forged_id = run("git", *command, cwd=path, stdin=text).out.strip()
    else:
        forged_id = git(path, "rev-parse", "HEAD:README.md" if forged == "blob" else "HEAD^{tree}")
    (path / ".git" / NOTES).parent.mkdir(parents=True)
    (path / ".git" / NOTES).write_text(forged_id + "\n")
    add(path, notes=(NoteLines(NOTES, head, ("line",)),))
    assert git(path, "notes", "--ref", NOTES, "show", head) == "line"


# --- races -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mover", ["branch", "notes"])
def test_a_rival_makes_the_plan_be_asked_again(repository: RepositoryFactory, mover: str) -> None:
    path = repository()
    first = git(path, "rev-parse", "HEAD")
    tips: list[str | None] = []
    lines = (NoteLines(NOTES, first, ("mine",)),)

    def plan(tip: Tip) -> Change:
        tips.append(tip.commit)
        return Change({f".quality-gates/a/{len(tips)}": b"x"}, "gates: mine", lines)

    def rival(step: str) -> None:
        if step == "index" and len(tips) == 1:
            if mover == "branch":
                other = git(path, "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "rival")
                git(path, "update-ref", REF, other)
            else:
                git(path, "notes", "--ref", NOTES, "add", "-m", "rival", first)

    (path / "staged").write_text("x")
    git(path, "add", "staged")
    done = append(Repository.open(str(path)), REF, plan, identity=WHO, seconds=0, on_step=rival)
    assert len(tips) == 2
    assert done.previous == tips[1]
    assert (tips[0] == tips[1]) is (mover == "notes")
    assert files_of(path) == {"README.md", ".quality-gates/a/2"}
    assert status(path) == "A  staged"
    assert "mine" in git(path, "notes", "--ref", NOTES, "show", first)


def test_giving_up_leaves_no_trace(repository: RepositoryFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refs, "_LONGEST_PAUSE", 0.001)
    path = repository()
    policy = ".quality-gates/policy.toml"
    add(path, {policy: b"old\n"})

    def rival(step: str) -> None:
        if step == "index":
            other = git(path, "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "rival")
            git(path, "update-ref", REF, other)

    with pytest.raises(RefMoved, match="refs/heads/main moved meanwhile"):
        add(path, {FILE: b"x", policy: b"new\n"}, replace=frozenset([policy]), on_step=rival)
    assert status(path) == ""
    assert (path / policy).read_bytes() == b"old\n"
    assert not (path / ".quality-gates/models").exists()


def test_a_locked_index(repository: RepositoryFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    path = repository()
    lock = path / ".git/index.lock"
    lock.touch()
    opener = threading.Timer(0.3, lock.unlink)
    opener.start()
    add(path)
    opener.join()
    assert status(path) == ""
    monkeypatch.setattr(refs, "_LONGEST_PAUSE", 0.001)
    lock.touch()
    with pytest.raises(StoreError, match=r"index\.lock is held by another git process"):
        add(path, {f"{FILE}2": b"x"})
    lock.unlink()
    assert status(path) == ""
    assert files_of(path) == {"README.md", FILE}


def test_an_interrupt_after_the_refs_moved_undoes_nothing(
    repository: RepositoryFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = repository()
    from gitgates.store import append as module

    def moved_then_interrupted(*args: object) -> None:
        refs.update_refs(*args)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "update_refs", moved_then_interrupted)
    with pytest.raises(KeyboardInterrupt):
        add(path)
    assert status(path) == ""
    assert FILE in files_of(path)


def test_a_full_disk_leaves_the_worktree_as_it_was(
    repository: RepositoryFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = repository()
    real, calls = os.fsync, []

    def fails_the_second_time(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fails_the_second_time)
    with pytest.raises(StoreError, match="No space left on device"):
        add(path, {FILE: b"1", f"{FILE}2": b"2"})
    assert status(path) == ""
    assert not (path / ".quality-gates").exists()
    assert list((path / ".git").glob("*.tmp")) == []


def test_the_git_folder_on_another_disk(repository: RepositoryFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    path = repository()
    real = os.replace

    def replace(source: str, target: str) -> None:
        if Path(source).parent == path / ".git":
            raise OSError(18, "Invalid cross-device link")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    add(path)
    assert status(path) == ""


def test_many_files_at_once(repository: RepositoryFactory) -> None:
    path = repository()
    names = [hashlib.sha256(b"%d" % number).hexdigest() for number in range(300)]
    add(path, {f".quality-gates/models/m{int(name[0], 16) % 3}/{name}": name.encode() for name in names})
    assert status(path) == ""
    check_tree(path)
