"""`gitgates doctor --restore`, `--accept-rewind` and `--clean`."""

import json
import os
from pathlib import Path

import pytest

from gitgates.ledger.locate import VERIFIED_REF
from tests.cli.project import Project
from tests.cli.test_verify import FOLDER, lose_approval, record_of
from tests.git.ledgers import commit_files
from tests.git.test_health import dead_pid
from tests.support import Gitgates, git, set_verified


def test_restore(project: Project) -> None:
    project.approved()
    approval = record_of(project, "decision")
    before = [(project.path / path).read_bytes() for path in approval]
    lose_approval(project)
    assert project.answer() == "cannot decide"
    value = project.json("doctor", "--restore", "--yes")
    assert (value["schema"], value["restored"]) == ("gitgates/doctor-restore/1", approval[:1])
    assert value["commit"] == git(project.path, "rev-parse", "HEAD")
    assert [(project.path / path).read_bytes() for path in approval] == before
    assert project.answer() == "allowed"
    project.ok("verify")
    assert f"Gates-Restored: {approval[0]}" in git(project.path, "log", "-1", "--format=%B")


def test_nothing_to_restore(project: Project) -> None:
    project.approved()
    head = git(project.path, "rev-parse", "HEAD")
    assert "no record that this clone knows of is gone" in project.ok("doctor", "--restore").out
    assert git(project.path, "rev-parse", "HEAD") == head


@pytest.mark.parametrize("option", ["--restore", "--accept-rewind"])
def test_a_script_must_say_yes(project: Project, option: str) -> None:
    project.approved()
    lose_approval(project)
    refs = git(project.path, "for-each-ref")
    done = project("doctor", option)
    assert done.code == 2
    assert "--yes" in done.err
    assert record_of_lost(project) in done.out
    assert git(project.path, "for-each-ref") == refs


def record_of_lost(project: Project) -> str:
    return git(project.path, "log", "-1", "--diff-filter=D", "--name-only", "--format=").split("\n")[0]


@pytest.mark.parametrize(("typed", "code"), [("y", 0), ("n", 1), ("", 1)])
def test_a_person_is_asked(project: Project, typed: str, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    project.approved()
    lose_approval(project)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("gitgates.cli.output.Output.is_terminal", True)
    monkeypatch.setattr("builtins.input", lambda _: typed)
    assert project("doctor", "--restore").code == code
    assert project.answer() == ("cannot decide" if code else "allowed")


def test_a_whole_ledger_folder_that_was_deleted(project: Project) -> None:
    project.approved()
    commit_files(project.path, "tidy", {".quality-gates": None})
    assert project("can-deploy", "--model", "veran:v6.1", "--context", "production").code == 2
    project.ok("doctor", "--restore", "--yes")
    assert project.answer() == "allowed"


def test_what_stands_in_the_way_is_replaced(project: Project) -> None:
    project.approved()
    path = record_of(project, "decision")[0]
    git(project.path, "update-index", "--chmod=+x", path)
    git(project.path, "commit", "-qm", "mode")
    assert project.answer() == "cannot decide"
    project.ok("doctor", "--restore", "--yes")
    assert git(project.path, "ls-tree", "--format=%(objectmode)", "HEAD", path) == "100644"
    assert project.answer() == "allowed"


def test_what_this_clone_may_not_know_is_told(project: Project) -> None:
    head = git(project.path, "rev-parse", "HEAD")
    git(project.path, "update-ref", f"refs/gitgates/refused/origin/main/{head}", head)
    (found,) = [one for one in project.json("doctor", code=1)["diagnoses"] if one["name"] == "knowledge"]
    assert (found["state"], found["text"].partition(":")[0]) == ("problem", "incomplete")
    assert "the last sync refused origin/main" in found["text"]
    assert "gitgates sync --restore" in found["remedy"]


def test_accept_rewind(project: Project) -> None:
    project.approved()
    project.ok("reject", "--model", "veran:v6.1", "--context", "production", "--reason", "x")
    project.ok("verify")
    forgotten = git(project.path, "rev-parse", "HEAD")
    git(project.path, "reset", "-q", "--hard", "HEAD~1")
    assert project.answer() == "cannot decide"
    value = project.json("doctor", "--accept-rewind", "--yes")
    assert (value["forgotten"], value["verified"]) == (forgotten, git(project.path, "rev-parse", "HEAD"))
    (lost,) = value["lost"]
    assert lost.startswith(FOLDER)
    assert project.answer() == "allowed"
    assert git(project.path, "rev-parse", VERIFIED_REF) == value["verified"]


def test_accepting_without_a_verification(project: Project) -> None:
    set_verified(project.path, None)
    assert json.loads(project.ok("doctor", "--accept-rewind", "--yes", "--json").out)["forgotten"] == ""


def test_clean_leaves_gits_locks_alone(project: Project) -> None:
    assert project.json("doctor", "--clean") == {"schema": "gitgates/doctor-clean/1", "removed": [], "left": []}
    lock, scratch = project.path / ".git/index.lock", project.path / f".git/gitgates-{dead_pid()}.tmp"
    for path in (lock, scratch):
        path.write_text("")
        os.utime(path, (0, 0))
    done = project("doctor", "--clean")
    assert (done.code, done.out) == (1, f"removed {scratch}\nleft {lock}: `gitgates doctor` says what it is\n")
    assert (lock.exists(), scratch.exists()) == (True, False)
    told = project("doctor")
    assert f"If no git is running here, delete it: `rm '{lock}'`" in told.out
    lock.unlink()
    assert project.ok("doctor", "--clean").out == "nothing was left behind\n"


def test_clean_needs_no_ledger(bare_project: Project) -> None:
    assert bare_project.ok("doctor", "--clean").out == "nothing was left behind\n"


def hooks_told(project: Project) -> tuple[str, str, str]:
    (told,) = (one for one in project.json("doctor")["diagnoses"] if one["name"] == "hooks")
    return told["state"], told["text"], told["remedy"]


def test_hooks(bare_project: Project) -> None:
    """To have none is fine; to have some, or some that git would not run, is told with what to do."""
    none = "none is installed; `gitgates hooks install` would install pre-push, post-merge, post-rewrite"
    remedy = "Run `gitgates hooks install`"
    assert hooks_told(bare_project) == ("ok", none, "")
    bare_project.ok("hooks", "install", "pre-push")
    some = "pre-push: installed; post-merge: not installed; post-rewrite: not installed"
    assert hooks_told(bare_project) == ("warning", some, remedy)
    bare_project.ok("hooks", "install")
    whole = "pre-push: installed; post-merge: installed; post-rewrite: installed"
    assert hooks_told(bare_project) == ("ok", whole, "")
    (bare_project.path / ".git/hooks/post-merge").chmod(0o644)
    broken = "pre-push: installed; post-merge: not executable; post-rewrite: installed"
    assert hooks_told(bare_project) == ("warning", broken, remedy)
    (bare_project.path / ".git/hooks/post-merge").unlink()
    (bare_project.path / ".git/hooks/post-merge").mkdir()
    state, text, _ = hooks_told(bare_project)
    assert (state, text) == ("warning", f"{bare_project.path}/.git/hooks/post-merge: Is a directory")


def test_outside_a_repository_nothing_is_told_of_hooks(gitgates: Gitgates, tmp_path: Path) -> None:
    done = gitgates("doctor", cwd=tmp_path)
    assert (done.code, "hooks" in done.out) == (1, False)


@pytest.mark.parametrize("options", [["--yes"], ["--restore", "--accept-rewind"], ["--clean", "--yes"]])
def test_options_that_make_no_sense(project: Project, options: list[str]) -> None:
    assert project("doctor", *options).code == 2
