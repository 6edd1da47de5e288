"""A ledger moves to a branch of its own and back: every record stays, and so does every answer."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.git.ledgers import commit_files, new_book
from tests.git.team import LEDGER, Clone, Team, files_of
from tests.support import Gitgates, Keys, RepositoryFactory, Result, git, set_verified

OWN = "quality-gates"
CONTEXTS = ("development", "staging", "production")


def migrate(team: Team, clone: Clone, to: str = OWN, code: int = 0) -> Result:
    done = team.cli(clone, "migrate", "--to", to, "--key", str(clone.key.path))
    assert done.code == code, done
    return done


def decisions(team: Team, clone: Clone, *names: str) -> list[dict[str, Any]]:
    """Return every answer with all that it rests on, but for the policy in force (condition 1)."""
    found = []
    for name in names:
        for context in CONTEXTS:
            value = json.loads(team.cli(clone, "can-deploy", "--model", name, "--context", context, "--json").out)
            value["conditions"] = value["conditions"][1:]
            found.append(
                {key: value[key] for key in ("answer", "cause", "reason", "reports", "approvals", "conditions")}
            )
    return found


def moved(team: Team) -> Clone:
    """Fill alice's clone, move its ledger to a branch of its own, and share both branches."""
    alice = team.alice
    alice.approve("veran:v1", alice.report("veran:v1"))
    alice.sync()
    team.bob.sync()
    migrate(team, alice)
    alice.sync()
    alice.git("push", "--quiet", "origin", "main")
    team.branch = OWN
    return alice


def branch_of(clone: Clone) -> str:
    with clone.open() as ledger:
        return ledger.location.branch


def policies(clone: Clone) -> int:
    with clone.open() as ledger:
        assert ledger.chain.effective()
        return len(ledger.chain.accepted)


def has_branch(clone: Clone, branch: str) -> bool:
    return bool(clone.git("for-each-ref", f"refs/heads/{branch}"))


# --- one clone -------------------------------------------------------------------------------------------------------


def test_there_and_back(code: Team) -> None:
    alice = code.alice
    alice.filled()
    names = ("veran:v1", "veran:v2", "other:1.0")
    before, records = decisions(code, alice, *names), alice.records()
    assert {value["answer"] for value in before} == {"allowed", "denied"}
    done = migrate(code, alice)
    assert done.out.startswith(f"the ledger moved from main to {OWN} with the policy ")
    assert decisions(code, alice, *names) == before
    assert alice.records().items() > records.items()
    assert alice.git("rev-parse", f"{OWN}:{LEDGER}") == alice.git("rev-parse", f"main:{LEDGER}")
    assert alice.git("ls-tree", "--name-only", OWN) == LEDGER
    assert alice.git("rev-list", OWN) == alice.git("rev-parse", "refs/gitgates/verified")  # one commit, no parents
    assert "All records so far come along, from main (" in alice.git("log", "--format=%B", OWN)
    assert alice.git("config", "gitgates.ledger") == f"refs/heads/{OWN}"
    assert alice.git("status", "--porcelain") == ""
    assert code.cli(alice, "verify", "--jobs", "1").code == 0
    commit = alice.git("rev-parse", OWN)
    assert f"the ledger is on {OWN} already; nothing is left to do" in migrate(code, alice).out
    assert alice.git("rev-parse", OWN) == commit

    main = alice.git("rev-parse", "main")
    alice.reject("veran:v1")
    assert alice.git("rev-parse", "main") == main
    before, records = decisions(code, alice, *names), alice.records()
    assert "the ledger moved from quality-gates to main" in migrate(code, alice, "main").out
    assert decisions(code, alice, *names) == before
    assert alice.records().items() > records.items()
    assert alice.git("show", "main:train.py") == "x = 1"
    assert alice.git("status", "--porcelain") == ""
    assert files_of(alice.path, "main") == files_of(alice.path, OWN)
    assert code.cli(alice, "verify", "--jobs", "1").code == 0
    assert policies(alice) == 5  # the root, two members, and two moves
    assert branch_of(alice) == "refs/heads/main"


def test_a_seal_holds(code: Team) -> None:
    """What the policy that moves the ledger seals is missed on the new branch, too."""
    alice = code.alice
    report = alice.report("veran:v1")
    migrate(code, alice)
    alice.git("checkout", "--quiet", OWN)
    set_verified(alice.path, None)
    commit_files(alice.path, "x", {report.path: None, f"{report.path}.sig": None})
    alice.git("branch", "--quiet", "-D", "main")
    for remote in ("main", "HEAD"):
        alice.git("update-ref", "-d", f"refs/remotes/origin/{remote}")
    done = code.cli(alice, "can-deploy", "--model", "veran:v1", "--context", "staging")
    assert (done.code, report.id in done.out + done.err) == (3, True), done


def test_json(code: Team) -> None:
    done = code.cli(code.alice, "migrate", "--to", OWN, "--json", "--key", str(code.keys.alice.path))
    value = json.loads(done.out)
    assert (value["schema"], value["from"], value["branch"]) == (
        "gitgates/migrate/1",
        ["refs/heads/main"],
        f"refs/heads/{OWN}",
    )
    assert (value["accepted"], value["lacking"], value["changed"]) == (True, "", True)
    assert code.alice.git("log", "--format=%(trailers:key=Gates-Record,valueonly)", OWN).strip() == value["policy"]


# --- refused ---------------------------------------------------------------------------------------------------------


def test_another_ledger_is_there(code: Team, tmp_path: Path) -> None:
    alice = code.alice
    git(tmp_path, "init", "--quiet", "other")
    commit_files(tmp_path / "other", "First", {"a": "a"})
    new_book(tmp_path / "other", code.keys.bob, alice.environ)
    alice.git("fetch", "--quiet", tmp_path / "other", "main:elsewhere")
    done = migrate(code, alice, "elsewhere", code=2)
    assert "another ledger is on elsewhere: its root is " in done.err
    assert branch_of(alice) == "refs/heads/main"


@pytest.mark.parametrize("name", ["-x", "a..b", "refs/tags/../x", "x.lock", ""])
def test_no_branch_can_be_called_that(code: Team, name: str) -> None:
    done = code.cli(code.alice, "migrate", f"--to={name}")
    assert (done.code, "cannot be a branch of the ledger" in done.err) == (2, True), done


def test_only_an_admin_moves_it(code: Team, keys: Keys) -> None:
    alice = code.alice
    alice.propose('"carol@example.com" = ["admin", "approver"', '"carol@example.com" = ["approver"')
    carol = code.at("alice", keys.carol)
    done = migrate(code, carol, code=1)
    assert "carol@example.com is no admin under the policy in force" in done.err
    assert not has_branch(alice, OWN)


def test_something_is_in_the_way(own: Team) -> None:
    """A file on the code branch where the ledger's folder belongs: nothing moves."""
    alice = own.alice
    commit_files(alice.path, "x", {LEDGER: "mine\n"})
    done = migrate(own, alice, "main", code=2)
    assert f"{LEDGER} is not a folder in the branch" in done.err
    assert branch_of(alice) == f"refs/heads/{OWN}"
    assert policies(alice) == 3


# --- several clones --------------------------------------------------------------------------------------------------


def test_a_clone_of_the_remote_answers(code: Team) -> None:
    alice = moved(code)
    carol = code.clone("carol")
    assert decisions(code, carol, "veran:v1")[1]["answer"] == "allowed"
    assert branch_of(carol) == f"refs/heads/{OWN}"
    code.check(alice, carol)


def test_a_clone_of_main_alone_says_what_to_fetch(code: Team) -> None:
    alice = moved(code)
    alice.reject("veran:v1")
    alice.sync()
    single = code.clone("single", "--single-branch", "--branch", "main")
    done = code.cli(single, "can-deploy", "--model", "veran:v1", "--context", "staging")
    assert done.code == 3
    assert "the ledger lives on the branch quality-gates, which this clone does not have" in done.err
    (command,) = re.findall(r"`git (fetch [^`]+)`", done.err)
    single.git("fetch", "--quiet", *command.split()[1:])
    assert single.allowed("veran:v1") == "denied"


def test_migrate_in_a_clone_of_main_alone_makes_no_second_branch(code: Team) -> None:
    """The branch that is missing here is on the remote: made anew, it would lack what was written there since."""
    alice = moved(code)
    alice.reject("veran:v1")
    alice.sync()
    single = code.clone("single", "--single-branch", "--branch", "main")
    migrate(code, single)
    assert single.allowed("veran:v1") == "denied"
    code.hub.rename(code.hub.with_name("away"))
    other = code.at("other", code.keys.carol)
    git(code.top, "clone", "--quiet", "--single-branch", "--branch", "main", "away", "other")
    other.git("config", "gitgates.root", alice.git("config", "gitgates.root"))
    other.git("remote", "set-url", "origin", str(code.hub))
    migrate(code, other, code=3)
    assert not has_branch(other, OWN)


def test_a_clone_of_the_new_branch_alone_has_nothing_to_finish(code: Team) -> None:
    moved(code)
    single = code.clone("single", "--single-branch", "--branch", OWN)
    assert "nothing is left to do" in migrate(code, single).out
    assert single.git("for-each-ref", "--format=%(refname)", "refs/heads") == f"refs/heads/{OWN}"


def test_a_clone_of_another_branch_alone(code: Team) -> None:
    """It knows the policy that moved the ledger, and has neither branch: nothing is made up from what it has."""
    alice = moved(code)
    alice.git("push", "--quiet", "origin", "main:feature")
    single = code.clone("single", "--single-branch", "--branch", "feature")
    done = migrate(code, single, code=3)
    assert "the ledger lives on the branch quality-gates, which this clone does not have" in done.err
    assert not has_branch(single, OWN)


def test_a_root_that_is_not_here(code: Team) -> None:
    done = code.cli(code.alice, "migrate", "--to", OWN, "--root", "0" * 64)
    assert (done.code, f"the root policy {'0' * 64} is not in this ledger" in done.err) == (3, True), done
    assert not has_branch(code.alice, OWN)


def test_policies_that_fork(code: Team) -> None:
    alice, bob = code.alice, code.bob
    alice.propose("allow_force = false", "allow_force = true")
    bob.propose('"30 days"', '"9 days"')
    alice.git("fetch", "--quiet", bob.path, "main:refs/remotes/origin/main")
    done = migrate(code, alice, code=3)
    assert "2 policies are in force at once" in done.err
    assert not has_branch(alice, OWN)


def test_a_clone_that_has_not_heard_syncs(code: Team) -> None:
    """Bob rejects on main, where his clone believes the ledger to be: `sync` takes him and his record along."""
    alice, bob = code.alice, code.bob
    moved(code)
    rejection = bob.reject("veran:v1")
    assert branch_of(bob) == "refs/heads/main"
    done = bob.sync()
    assert (done.branch, done.sent) == (f"refs/heads/{OWN}", (rejection.id,))
    assert alice.sync().received == (rejection.id,)
    code.check(alice, bob)
    assert alice.allowed("veran:v1") == "denied"


def test_what_was_pushed_to_the_branch_that_was_left(code: Team) -> None:
    """Bob pushes main with plain git: whoever fetches that reads his rejection, and shares it."""
    alice, bob = code.alice, code.bob
    moved(code)
    rejection = bob.reject("veran:v1")
    bob.git("fetch", "--quiet", "origin", "main")
    bob.git("merge", "--quiet", "--no-edit", "FETCH_HEAD")
    bob.git("push", "--quiet", "origin", "main")
    assert alice.allowed("veran:v1") == "allowed"
    alice.git("fetch", "--quiet", "origin")
    assert alice.allowed("veran:v1") == "denied"
    with alice.open() as ledger:
        assert [ref for ref, _ in ledger.location.others] == ["refs/remotes/origin/main"]
    assert alice.sync().sent == (rejection.id,)
    with alice.open() as ledger:
        assert ledger.location.others == ()
    code.check(alice)


def test_what_was_fetched_and_not_merged_comes_along(code: Team) -> None:
    alice, bob = code.alice, code.bob
    alice.approve("veran:v1", alice.report("veran:v1"))
    alice.sync()
    bob.sync()
    rejection = bob.reject("veran:v1")
    bob.sync()
    alice.git("fetch", "--quiet", "origin")
    assert rejection.path not in dict(files_of(alice.path, "main"))
    migrate(code, alice)
    assert rejection.path in dict(files_of(alice.path, OWN))
    assert alice.allowed("veran:v1") == "denied"


def test_main_is_protected(code: Team) -> None:
    """A server that takes nothing on main: CI pushes the ledger's branch, whatever becomes of its own branches."""
    alice = code.alice
    report = alice.report("veran:v1")
    alice.sync()
    migrate(code, alice)
    main = git(code.hub, "rev-parse", "main")
    hook = code.hub / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\nwhile read -r _ _ ref; do [ "$ref" != refs/heads/main ] || exit 1; done\n')
    hook.chmod(0o755)
    code.branch = OWN
    alice.sync()
    ci = code.clone("ci")
    ci.git("checkout", "--quiet", "-b", "feature")
    commit_files(ci.path, "work", {"train.py": "x = 2\n"})
    other = ci.report("veran:v2")
    assert ci.sync().sent == (other.id,)
    ci.git("checkout", "--quiet", "main")
    ci.git("branch", "--quiet", "-D", "feature")
    ci.git("reflog", "expire", "--expire=now", "--all")
    ci.git("gc", "--quiet", "--prune=now")
    assert git(code.hub, "rev-parse", "main") == main
    alice.approve("veran:v1", report)
    alice.sync()
    ci.sync()
    code.check(alice, ci, names=("veran:v1", "veran:v2"))
    assert ci.allowed("veran:v1") == "allowed"


def test_back_to_a_code_branch_that_others_push_to(own: Team) -> None:
    alice, bob = own.alice, own.bob
    commit_files(bob.path, "work", {"train.py": "x = 2\n"})
    bob.git("push", "--quiet", "origin", "main")
    migrate(own, alice, "main")
    alice.report("veran:v1")
    alice.sync()
    alice.git("push", "--quiet", "origin", OWN)
    own.branch = "main"
    assert git(own.hub, "show", "main:train.py") == "x = 2"
    bob.sync()
    own.check(alice, bob)


# --- quorum ----------------------------------------------------------------------------------------------------------


def with_quorum(team: Team, number: int) -> None:
    """Raise the admin quorum, with everybody's endorsement, and share that."""
    policy = team.alice.propose("admin_quorum = 1", f"admin_quorum = {number}").id
    for key in (team.keys.bob, team.keys.carol)[: number - 1]:
        endorse(team, team.at("alice", key), policy, code=1 if key is team.keys.bob and number == 3 else 0)
    team.alice.sync()
    team.bob.sync()


def endorse(team: Team, clone: Clone, policy: str, *more: str, code: int = 0) -> Result:
    done = team.cli(clone, "policy", "endorse", policy, "--key", str(clone.key.path), *more)
    assert done.code == code, done
    return done


def waiting_policy(done: Result) -> str:
    (policy,) = re.findall(r"the policy ([0-9a-f]{64}) moves the ledger from main to quality-gates", done.out)
    assert "it is not in force: it lacks 1 more" in done.out or "it lacks 2 more" in done.out
    return str(policy)


def test_two_admins(code: Team) -> None:
    alice, bob = code.alice, code.bob
    alice.approve("veran:v1", alice.report("veran:v1"))
    with_quorum(code, 2)
    policy = waiting_policy(migrate(code, alice, code=1))
    assert waiting_policy(migrate(code, alice, code=1)) == policy
    assert branch_of(alice) == "refs/heads/main"
    assert not has_branch(alice, OWN)
    late = alice.reject("veran:v1")
    alice.sync()
    bob.sync()
    refused = endorse(code, bob, policy, "--push", code=2)
    assert "moves the ledger to the branch quality-gates, which cannot be pushed in one step" in refused.err
    assert branch_of(bob) == "refs/heads/main"
    done = endorse(code, bob, policy)
    assert "tell who reads main: git push origin main" in done.out
    assert branch_of(bob) == f"refs/heads/{OWN}"
    bob.sync()
    bob.git("push", "--quiet", "origin", "main")
    code.branch = OWN
    assert late.path in code.on_hub()
    alice.sync()
    code.check(alice, bob, code.clone("carol"))
    assert alice.allowed("veran:v1") == "denied"


def test_endorsed_in_two_clones_at_once(code: Team) -> None:
    """Neither endorser could tell that the policy was in force: nobody made the branch, and `migrate` finishes."""
    alice, bob = code.alice, code.bob
    alice.approve("veran:v1", alice.report("veran:v1"))
    with_quorum(code, 3)
    policy = waiting_policy(migrate(code, alice, code=1))
    alice.sync()
    bob.sync()
    carol = code.clone("carol")
    for clone in (bob, carol):
        endorse(code, clone, policy, code=1)
    bob.sync()
    stuck = code.cli(carol, "sync")
    assert stuck.code == 3
    assert "`gitgates migrate --to quality-gates` finishes the move" in stuck.err
    assert code.cli(carol, "can-deploy", "--model", "veran:v1", "--context", "staging").code == 3
    assert "the ledger moved from main to quality-gates" in migrate(code, carol).out
    assert carol.allowed("veran:v1") == "allowed"
    carol.sync()
    alice.git("fetch", "--quiet", "origin")
    code.branch = OWN
    alice.sync()
    code.check(alice, carol)


def test_an_edit_of_the_policy_does_not_move_it(code: Team) -> None:
    alice = code.alice
    text = (alice.path / LEDGER / "policy.toml").read_text()
    (alice.path / LEDGER / "policy.toml").write_text(text.replace('"main"', '"elsewhere"'))
    done = code.cli(alice, "policy", "propose", "--key", str(alice.key.path))
    assert (done.code, "`gitgates migrate --to elsewhere`" in done.err) == (2, True), done


def test_sha256_and_a_linked_worktree(repository: RepositoryFactory, keys: Keys, gitgates: Gitgates) -> None:
    """The branch that it comes back to is checked out in another worktree: its files follow."""
    path = repository(sha256=True)
    book = new_book(path, keys.alice, os.environ, OWN)
    report = book.report("veran:v1")
    git(path, "worktree", "add", "--quiet", path.parent / "linked", "-b", "trunk")
    done = gitgates("migrate", "--to", "trunk", "--key", keys.alice.path, cwd=path)
    assert (done.code, done.out.startswith("the ledger moved from quality-gates to trunk")) == (0, True), done
    assert (path.parent / "linked" / report.path).is_file()
    assert git(path.parent / "linked", "status", "--porcelain") == ""
    assert not (path / LEDGER).exists()
    assert book.approve("veran:v1", report).ref == "refs/heads/trunk"
    assert book.allowed("veran:v1") == "allowed"
