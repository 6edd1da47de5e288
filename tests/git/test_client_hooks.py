"""The hooks of a clone, with real pushes to a real bare repository."""

import io
import json
import os
import pty
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import attrs
import pytest

from gitgates.model.metrics import ModelMetrics
from gitgates.model.provenance import Baseline
from tests.cli.project import Project, environment
from tests.git.ledgers import METRICS, Book, commit_files, notes
from tests.git.pushing import BAD, GOOD, Pusher, make_pusher
from tests.support import Gitgates, Keys, RepositoryFactory, Result, git, run

ZERO = "0" * 40


@pytest.fixture(autouse=True)
def signing_key(home: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITGATES_SIGNING_KEY", str(keys.alice.path))


@pytest.fixture
def pusher(repository: RepositoryFactory, gitgates: Gitgates, keys: Keys, tmp_path: Path) -> Pusher:
    return make_pusher(repository, gitgates, keys.alice, tmp_path)


def told(done: Result, word: str) -> list[str]:
    """Return what the hook said after `rule:`, `why:` or `do:`."""
    return re.findall(rf"^  {word}: +(.*)$", done.err, re.MULTILINE)


class Hook(Protocol):
    """Calls the pre-push hook in this process, as git would, for a push of HEAD to main unless told otherwise."""

    def __call__(self, *lines: str, ref: str = "refs/heads/main", old: str = ZERO) -> Result: ...


@pytest.fixture
def hook(pusher: Pusher, monkeypatch: pytest.MonkeyPatch) -> Hook:
    def call(*lines: str, ref: str = "refs/heads/main", old: str = ZERO) -> Result:
        data = "".join(f"{line}\n" for line in lines or (f"HEAD {pusher.head()} {ref} {old}",)).encode()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
            return pusher.project("hook", "pre-push", "origin", "file:///server")

    return call


# --- the ledger's branch and notes -----------------------------------------------------------------------------------


def test_a_ledger_that_verifies_is_pushed(pusher: Pusher) -> None:
    pusher.shared().report()
    done = pusher.push("origin", "main")
    assert (done.code, told(done, "why")) == (0, [])
    assert pusher.on_server("refs/heads/main") == pusher.head()


def test_the_ledgers_branch_is_not_deleted(pusher: Pusher) -> None:
    done = pusher.shared().push("--force", "origin", ":main")
    assert done.code == 1
    assert "gitgates: refs/heads/main: blocked\n  rule: the ledger is append-only\n" in done.err
    assert told(done, "why") == ["the push would delete the ref, and with it what it holds"]
    assert "no-verify" not in done.err
    assert pusher.on_server("refs/heads/main") == pusher.head()


def test_the_ledgers_branch_is_not_rewound(pusher: Pusher) -> None:
    pusher.report()
    done = pusher.shared().push("--force", "origin", "main~1:main")
    assert done.code == 1
    assert re.match("the push would rewind the ref: it lacks commits", told(done, "why")[0])
    assert "without --force" in told(done, "do")[0]
    assert pusher.on_server("refs/heads/main") == pusher.head()


def test_what_the_remote_has_must_be_known_here(pusher: Pusher, tmp_path: Path) -> None:
    """Another clone has pushed: with --force, git would throw that away without a word."""
    pusher.shared()
    git(tmp_path, "clone", "--quiet", pusher.server, "other")
    commit_files(tmp_path / "other", "code", {"a.txt": "a"})
    git(tmp_path / "other", "push", "--quiet", "origin", "main")
    pusher.report()
    done = pusher.push("--force", "origin", "main")
    assert done.code == 1
    assert "refs/heads/main: blocked (cannot decide)" in done.err
    assert "which this clone lacks" in told(done, "why")[0]
    assert "`git fetch`" in told(done, "do")[0]


def test_notes_are_neither_deleted_nor_rewound(pusher: Pusher) -> None:
    pusher.report()
    pusher.report(context="development")
    ref = "refs/notes/gates/veran"
    assert pusher.push("origin", ref).code == 0
    deleted = pusher.push("origin", f":{ref}")
    rewound = pusher.push("--force", "origin", f"{ref}~1:{ref}")
    assert (deleted.code, rewound.code) == (1, 1)
    assert "delete the ref" in told(deleted, "why")[0]
    assert "rewind the ref" in told(rewound, "why")[0]
    assert pusher.on_server(ref) == git(pusher.path, "rev-parse", ref)


def test_other_refs_are_nobodys_business(pusher: Pusher) -> None:
    git(pusher.path, "branch", "feature")
    assert pusher.shared().push("origin", "feature", "main:refs/notes/commits").code == 0
    done = pusher.push("origin", ":feature", ":refs/notes/commits")
    assert (done.code, told(done, "rule")) == (0, [])
    assert pusher.on_server("refs/heads/feature") is None


def test_a_branch_of_the_ledgers_own(
    repository: RepositoryFactory, gitgates: Gitgates, keys: Keys, tmp_path: Path
) -> None:
    pusher = make_pusher(repository, gitgates, keys.alice, tmp_path, with_ledger=False)
    pusher.project.ok("init", "--ledger-branch", "quality-gates")
    pusher.report()
    assert pusher.push("origin", "main", "quality-gates").code == 0
    assert pusher.push("origin", ":quality-gates").code == 1
    assert pusher.push("origin", ":main").err.count("rule:") == 0  # the server itself may refuse, gitgates does not


def test_without_a_ledger_only_the_usual_branch_is_kept(
    repository: RepositoryFactory, gitgates: Gitgates, keys: Keys, tmp_path: Path
) -> None:
    pusher = make_pusher(repository, gitgates, keys.alice, tmp_path, with_ledger=False)
    assert pusher.push("origin", "main", "main:quality-gates", "main:feature").code == 0
    assert pusher.push("origin", ":feature").code == 0
    done = pusher.push("origin", ":quality-gates")
    assert (done.code, told(done, "rule")) == (1, ["the ledger is append-only"])


# --- what is pushed verifies -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("new_branch", [True, False], ids=["a new branch", "a known branch"])
def test_a_deleted_record(pusher: Pusher, new_branch: bool) -> None:
    record, signature = pusher.report()
    if not new_branch:
        pusher.shared()
    files = {str(file.relative_to(pusher.path)): None for file in (record, signature)}
    commit_files(pusher.path, "tidy up", files)
    done = pusher.push("origin", "main")
    assert done.code == 1
    assert told(done, "rule") == ["every record that is pushed verifies"]
    assert any("gone or changed" in why and record.name in why for why in told(done, "why"))
    assert any("doctor --restore" in remedy for remedy in told(done, "do"))


def test_a_changed_record(pusher: Pusher, hook: Hook) -> None:
    record, _ = pusher.report()
    old = pusher.head()
    pusher.report(model="other:v1")
    text = record.read_text().replace("0.95", "0.99")
    commit_files(pusher.path, "better numbers", {str(record.relative_to(pusher.path)): text})
    done = hook(old=old)
    assert done.code == 1
    assert any(f"{record.name}: this record is gone or changed" in why for why in told(done, "why"))


def test_the_commit_that_is_pushed_counts_and_not_head(pusher: Pusher) -> None:
    record, signature = pusher.report()
    pusher.shared()
    good = pusher.head()
    files = {str(file.relative_to(pusher.path)): None for file in (record, signature)}
    bad = commit_files(pusher.path, "tidy up", files)
    git(pusher.path, "reset", "--quiet", "--hard", good)
    done = pusher.push("origin", f"{bad}:refs/heads/main")
    assert done.code == 1
    assert any("gone or changed" in why for why in told(done, "why"))


def test_deleted_and_brought_back_on_the_way(pusher: Pusher, hook: Hook) -> None:
    record, signature = pusher.report()
    old = pusher.head()
    contents = {str(file.relative_to(pusher.path)): file.read_bytes() for file in (record, signature)}
    commit_files(pusher.path, "tidy up", dict.fromkeys(contents))
    commit_files(pusher.path, "restore", contents)
    assert hook(old=old).code == 0


def test_foreign_files_warn(pusher: Pusher, hook: Hook) -> None:
    pusher.report()
    old = pusher.head()
    folder = ".quality-gates/models/veran/v1"
    commit_files(pusher.path, "notes", {f"{folder}/note-{number}.txt": "x" for number in range(12)})
    done = hook(old=old)
    assert done.code == 0
    assert done.err.count(f"gitgates: warning: {folder}/note-") == 10
    assert "gitgates: 2 more; `gitgates verify` shows all" in done.err


def test_a_foreign_folder_is_passed_over(pusher: Pusher, hook: Hook) -> None:
    old = pusher.head()
    commit_files(pusher.path, "odd", {".quality-gates/models/ve ran/v1/x.txt": "x"})
    assert hook(old=old).code == 0


def test_a_rejection_is_not_kept_back_by_what_the_remote_has_already(pusher: Pusher) -> None:
    report = pusher.report()
    pusher.project.approve("veran:v1", "staging")
    files = {str(file.relative_to(pusher.path)): None for file in report}
    commit_files(pusher.path, "tidy up", files)
    assert pusher.push("--no-verify", "origin", "main").code == 0
    pusher.project.ok("reject", "--model", "veran:v1", "--context", "staging", "--reason", "slow")
    done = pusher.push("origin", "main")
    assert (done.code, told(done, "why")) == (0, [])
    assert re.search(r"gitgates: error: .*is missing: .* names it", done.err)


def test_a_new_policy_has_everything_verified(pusher: Pusher, keys: Keys) -> None:
    record, signature = pusher.report()
    pusher.shared()
    pusher.project.ok("member", "add", "bob@example.com", "--role", "checker", "--public-key", keys.bob.public)
    assert pusher.push("origin", "main").code == 0
    pusher.project.ok("member", "remove", "bob@example.com")
    files = {str(file.relative_to(pusher.path)): None for file in (record, signature)}
    commit_files(pusher.path, "tidy up", files)
    done = pusher.push("origin", "main")
    assert done.code == 1
    assert any("gone or changed" in why for why in told(done, "why"))


def test_a_commit_without_the_ledger(pusher: Pusher) -> None:
    pusher.shared()
    commit_files(pusher.path, "away", {".quality-gates": None})
    done = pusher.push("origin", "main")
    assert done.code == 1
    assert told(done, "rule")[-1] == "every record that is pushed verifies"


def test_baselines_that_are_records(pusher: Pusher, hook: Hook, keys: Keys) -> None:
    old = pusher.head()
    book = Book(pusher.path, keys.alice, os.environ, datetime.now(UTC))
    first = book.report("veran:v1")

    def compared(name: str, score: float) -> None:
        model = attrs.evolve(METRICS.model or ModelMetrics(None), baseline_quality_score=score)
        baseline = Baseline(source="record", record=first.id, metrics=ModelMetrics(score))
        book.report(name, baseline=baseline, metrics=attrs.evolve(METRICS, model=model))

    compared("veran:v2", 0.91)
    assert hook(old=old).code == 0
    compared("veran:v3", 0.5)
    done = hook(old=old)
    assert done.code == 1
    assert any("its baseline says quality_score = 0.5" in why for why in told(done, "why"))


def test_a_ledger_that_cannot_be_opened_blocks(pusher: Pusher, hook: Hook) -> None:
    git(pusher.path, "config", "gitgates.root", "0" * 64)
    done = hook(ref="refs/heads/feature")
    assert done.code == 3
    assert told(done, "rule") == ["the ledger is readable"]
    assert "cannot decide" in done.err


def test_a_shallow_clone_pushes_code(pusher: Pusher, tmp_path: Path) -> None:
    """That it cannot tell what older commits held is so with and without the push."""
    pusher.report()
    pusher.shared()
    git(tmp_path, "clone", "--quiet", "--depth=1", pusher.server.as_uri(), "shallow")
    shallow = Project(tmp_path / "shallow", pusher.project.run, pusher.project.key)
    git(shallow.path, "config", "gitgates.root", git(pusher.path, "config", "gitgates.root"))
    shallow.ok("hooks", "install")
    git(shallow.path, "commit", "--quiet", "--allow-empty", "--message", "code")
    done = pusher.push("origin", "main", cwd=shallow.path)
    assert (done.code, told(done, "why")) == (0, [])
    assert "gitgates: error: this clone is shallow" in done.err


# --- rules -----------------------------------------------------------------------------------------------------------

RULE = """
[[tool.gitgates.pre_push]]
refs = ["refs/heads/main", "refs/tags/veran-*"]
model = "veran:v1"
context = "staging"
require = "{}"
"""


def test_requiring_a_report(pusher: Pusher, hook: Hook) -> None:
    pusher.rules(RULE.format("report"))
    unknown = hook()
    assert unknown.code == 1
    assert told(unknown, "rule") == [
        'pyproject.toml, [[tool.gitgates.pre_push]] number 1: require = "report", veran:v1, staging'
    ]
    assert told(unknown, "why") == ["the ledger knows no model version veran:v1"]
    pusher.report(text=BAD)
    failed = hook()
    assert failed.code == 1
    assert told(failed, "why") == ["the latest report of veran:v1 for staging failed"]
    pusher.report()
    assert hook().code == 0


def test_requiring_an_approval(pusher: Pusher, hook: Hook) -> None:
    pusher.rules(RULE.format("approval"))
    pusher.report()
    done = hook()
    assert done.code == 1
    assert re.search("approv", told(done, "why")[0])
    assert told(done, "do")
    pusher.project.approve("veran:v1", "staging")
    assert hook().code == 0
    pusher.project.ok("reject", "--model", "veran:v1", "--context", "staging", "--reason", "slow")
    assert "reject" in told(hook(), "why")[0]


def test_requiring_can_deploy_of_the_version_that_a_tag_names(pusher: Pusher) -> None:
    pusher.shared()
    pusher.rules(RULE.format("can-deploy").replace("veran:v1", "veran:{match}").replace('"refs/heads/main", ', ""))
    pusher.report()
    pusher.project.approve("veran:v1", "staging")
    for tag in ("veran-v1", "veran-v2", "veran-", "other-v1"):
        git(pusher.path, "tag", tag)
    assert pusher.push("origin", "main", "veran-v1", "other-v1").code == 0
    done = pusher.push("origin", "veran-v2", "veran-")
    assert done.code == 1
    assert sorted(told(done, "why")) == [
        "expected NAME:VERSION, got 'veran:'",
        "the ledger knows no model version veran:v2",
    ]
    assert pusher.push("origin", ":veran-v1").code == 0  # what is deleted is deployed by nobody


def test_a_decision_needs_a_pin(pusher: Pusher, hook: Hook) -> None:
    pusher.rules(RULE.format("can-deploy"))
    pusher.report()
    git(pusher.path, "config", "--unset", "gitgates.root")
    done = hook()
    assert done.code == 3
    assert "refs/heads/main: blocked (cannot decide)" in done.err
    assert "does not say which root it trusts" in told(done, "why")[0]


def test_a_record_that_is_missing_leaves_a_rule_undecided(pusher: Pusher, hook: Hook) -> None:
    report = pusher.report()
    pusher.project.approve("veran:v1", "staging")
    commit_files(pusher.path, "tidy up", {str(file.relative_to(pusher.path)): None for file in report})
    pusher.rules(RULE.format("approval"))
    done = hook(ref="refs/tags/veran-1")
    assert done.code == 3
    assert told(done, "why")[0].startswith("incomplete: ")


def test_a_rule_without_a_ledger(repository: RepositoryFactory, gitgates: Gitgates, keys: Keys, tmp_path: Path) -> None:
    pusher = make_pusher(repository, gitgates, keys.alice, tmp_path, with_ledger=False)
    pusher.rules(RULE.format("report"))
    done = pusher.push("origin", "main")
    assert done.code == 1
    assert told(done, "why") == ["there is no quality-gate ledger here to ask"]


RUN = """
[[pre_push]]
refs = "refs/heads/*"
model = "veran:v1"
context = "{context}"
run = true
metrics = "measured.json"
"""


def test_running_the_gates(pusher: Pusher, hook: Hook) -> None:
    pusher.rules(RUN.format(context="staging"), "gates.toml")
    absent = hook()
    assert absent.code == 2
    assert told(absent, "rule") == ["gates.toml, [[pre_push]] number 1: the gates pass, veran:v1, staging"]
    assert told(absent, "why")[0].startswith("measured.json: ")
    (pusher.path / "measured.json").write_text(BAD)
    failed = hook()
    assert failed.code == 1
    assert told(failed, "why")[0].startswith("model_quality: quality score 0.1")
    (pusher.path / "measured.json").write_text(GOOD)
    assert hook().code == 0
    assert not (pusher.path / ".quality-gates/models").exists()  # judged, not recorded


def test_thresholds_beside_rules(pusher: Pusher, hook: Hook) -> None:
    pusher.rules(RUN.format(context="staging") + "[tool.gitgates.staging]\nmin_quality_score = 0.99\n", "gates.toml")
    (pusher.path / "measured.json").write_text(GOOD)
    assert "0.99" in told(hook(), "why")[0]


def test_numbers_are_mapped_as_check_maps_them(pusher: Pusher, hook: Hook) -> None:
    pusher.rules(RUN.format(context="staging") + '[tool.gitgates.metrics]\nquality_score = "val.f1"\n', "gates.toml")
    (pusher.path / "measured.json").write_text('{"val": {"f1": 0.1}}')
    assert told(hook(), "why")[0].startswith("model_quality: quality score 0.1")
    (pusher.path / "measured.json").write_text('{"val": {"f2": 0.1}}')
    assert told(hook(), "why")[0].startswith("measured.json: has no number val.f1, which is to be quality_score")


def test_an_unknown_context_is_bad_configuration(pusher: Pusher, hook: Hook) -> None:
    pusher.rules(RUN.format(context="moon"), "gates.toml")
    pusher.rules(RULE.format("report").replace("staging", "moon"))
    (pusher.path / "measured.json").write_text(GOOD)
    done = hook()
    assert done.code == 2
    assert told(done, "why") == ["the policy knows no context 'moon'"] * 2


def test_every_ref_is_looked_at_and_every_reason_shown(pusher: Pusher) -> None:
    pusher.shared()
    pusher.rules(RULE.format("report") + RULE.format("approval"))
    git(pusher.path, "tag", "veran-1")
    done = pusher.push("--force", "origin", ":main", "veran-1", "main:feature")
    assert done.code == 1
    assert re.findall(r"^gitgates: (\S+): blocked$", done.err, re.MULTILINE) == [
        "refs/heads/main", "refs/tags/veran-1", "refs/tags/veran-1",
    ]  # fmt: skip
    assert pusher.on_server("refs/heads/feature") is None


def test_bad_configuration_blocks(pusher: Pusher, hook: Hook) -> None:
    pusher.rules(RULE.format("report").replace("require", "requires"))
    done = hook(ref="refs/heads/x")
    assert done.code == 2
    assert "[[tool.gitgates.pre_push]] number 1: unknown key 'requires'. Did you mean require?" in done.err
    assert pusher.push("origin", "main").code == 1


# --- how it is called ------------------------------------------------------------------------------------------------


def test_nothing_to_push(hook: Hook) -> None:
    done = hook("")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_lines_that_git_does_not_write(hook: Hook) -> None:
    done = hook("refs/heads/main")
    assert done.code == 2
    assert "expected git's four words on each line, got 'refs/heads/main'" in done.err


def test_by_hand_at_a_terminal(pusher: Pusher, monkeypatch: pytest.MonkeyPatch) -> None:
    leader, follower = pty.openpty()
    with os.fdopen(follower) as terminal, monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", terminal)
        done = pusher.project("hook", "pre-push")
    os.close(leader)
    assert done.code == 2
    assert "`gitgates hooks install`" in done.err


def test_the_repository_that_git_pushes_from(
    hook: Hook, monkeypatch: pytest.MonkeyPatch, repository: RepositoryFactory
) -> None:
    monkeypatch.setenv("GIT_DIR", ".git")
    assert hook().code == 0
    monkeypatch.setenv("GIT_DIR", str(repository("other") / ".git"))
    done = hook()
    assert done.code == 2
    assert "but this folder belongs to" in done.err


def test_as_pre_commit_calls_it(pusher: Pusher, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads git's lines itself and hands over variables."""
    pusher.report()
    before, new = git(pusher.path, "rev-parse", "main~1"), pusher.head()
    monkeypatch.setenv("PRE_COMMIT", "1")
    for name, value in {"REMOTE_BRANCH": "refs/heads/main", "LOCAL_BRANCH": "refs/heads/main"}.items():
        monkeypatch.setenv(f"PRE_COMMIT_{name}", value)
    assert hook("").code == 0  # a new branch without common history: no commits are named
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", before)
    monkeypatch.setenv("PRE_COMMIT_TO_REF", new)
    assert hook("").code == 0
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", new)
    monkeypatch.setenv("PRE_COMMIT_TO_REF", before)
    assert "rewind the ref" in told(hook(""), "why")[0]
    monkeypatch.setenv("PRE_COMMIT_TO_REF", "nonsense")
    done = hook("")
    assert done.code == 2
    assert "pre-commit names 'nonsense', which is no commit here" in done.err


# --- post-merge and post-rewrite --------------------------------------------------------------------------------------


def test_a_pull_brings_the_index_up_to_date(pusher: Pusher, tmp_path: Path) -> None:
    pusher.shared()
    git(tmp_path, "clone", "--quiet", pusher.server, "other")
    other = Project(tmp_path / "other", pusher.project.run, pusher.project.key)
    other.ok("hooks", "install", "post-merge")
    pusher.report()
    pusher.shared()
    pulled = run("git", "pull", "--quiet", cwd=other.path, env=environment(PATH=pusher.search_path))
    assert (pulled.code, pulled.err) == (0, "")
    assert notes(other.path) == notes(pusher.path) != {}


def test_a_pull_that_rebases_brings_the_index_up_to_date(pusher: Pusher, tmp_path: Path) -> None:
    """git runs no post-merge there, and post-rewrite where this clone has commits of its own."""
    pusher.shared()
    git(tmp_path, "clone", "--quiet", pusher.server, "other")
    other = Project(tmp_path / "other", pusher.project.run, pusher.project.key)
    other.ok("hooks", "install", "post-rewrite")
    commit_files(other.path, "code", {"a.txt": "a"})
    pusher.report()
    pusher.shared()
    env = environment(PATH=pusher.search_path)
    pulled = run("git", "pull", "--quiet", "--rebase", cwd=other.path, env=env)
    assert (pulled.code, pulled.err) == (0, "")
    assert notes(other.path) == notes(pusher.path) != {}


def test_a_merge_is_never_held_up(pusher: Pusher, repository: RepositoryFactory, gitgates: Gitgates) -> None:
    assert gitgates("hook", "post-merge", "0", cwd=repository("plain")).err == ""  # no ledger, nothing to say
    git(pusher.path, "config", "gitgates.root", "nonsense")
    done = pusher.project("hook", "post-merge", "0")
    assert done.code == 0
    assert "gitgates: the index is not refreshed: git config gitgates.root: 'nonsense' is not a root" in done.err


def test_a_current_index_is_left_alone(pusher: Pusher) -> None:
    pusher.report()
    before = git(pusher.path, "for-each-ref", "refs/notes")
    assert pusher.project("hook", "post-merge", "0").code == 0
    assert git(pusher.path, "for-each-ref", "refs/notes") == before
    assert json.loads(pusher.project("reindex", "--json").out)["changed"] == []
