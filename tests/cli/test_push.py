"""`--push`, `deploy` with a remote, and how old what a clone knows is."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from gitgates.errors import UsageError
from gitgates.ledger.migration.telling import push_left
from gitgates.store.places import refuse_other_place
from gitgates.store.repository import Repository
from tests.cli.project import Project
from tests.support import Keys, git

Clone = Callable[..., Project]
PRODUCTION = ("--model", "veran:v6.1", "--context", "production")
DEPLOY = ("deploy", *PRODUCTION, "--target", "prod")
KINDS = pytest.mark.parametrize("branch", ["main", "quality-gates"])


@attrs.frozen
class Pair:
    """Two clones of one bare repository, whose ledger lies on `branch`."""

    hub: Path
    branch: str
    one: Project
    two: Project

    def there(self) -> list[str]:
        """Return the subjects of the commits that the bare repository has, the newest first."""
        return git(self.hub, "log", "--format=%s", self.branch).splitlines()

    def cut_off(self, project: Project) -> None:
        """Have the remote of a clone lead nowhere."""
        git(project.path, "remote", "set-url", "origin", str(self.hub) + "-gone")


@pytest.fixture
def make_pair(bare_project: Project, tmp_path: Path) -> Callable[[str], Pair]:
    """Return a function that makes a pair."""

    def make(branch: str) -> Pair:
        hub = tmp_path / "hub.git"
        git(tmp_path, "init", "--quiet", "--bare", "hub.git")
        git(bare_project.path, "remote", "add", "origin", hub.as_uri())
        git(bare_project.path, "push", "--quiet", "--set-upstream", "origin", "main")
        bare_project.ok("init", "--ledger-branch", branch)
        bare_project.ok("sync")
        git(tmp_path, "clone", "--quiet", hub.as_uri(), "two")
        two = attrs.evolve(bare_project, path=tmp_path / "two")
        git(two.path, "config", "gitgates.root", git(bare_project.path, "config", "gitgates.root"))
        return Pair(hub, branch, bare_project, two)

    return make


# --- records ---------------------------------------------------------------------------------------------------------


@KINDS
def test_what_is_pushed_is_in_the_other_clone_after_a_fetch(make_pair: Callable[[str], Pair], branch: str) -> None:
    pair = make_pair(branch)
    checked = pair.one.check("veran:v6.1", "production", "--push")
    assert f"on {branch}, here and on origin" in checked.out
    pair.two.ok("sync", "--fetch-only")
    value = pair.two.json("approve", *PRODUCTION, "--push")
    assert (value["shared"], value["sharing_problem"]) == ("origin", "")
    assert pair.there()[:2] == [
        "gates: decision veran:v6.1 production approved",
        "gates: report veran:v6.1 production passed",
    ]
    pair.one.ok("sync", "--fetch-only")
    assert pair.one.answer() == pair.two.answer() == "allowed"


def test_a_record_comes_after_what_others_pushed(make_pair: Callable[[str], Pair]) -> None:
    """`--push` fetches first: else a rejection and an approval would stand side by side, and nobody could tell which
    came last.
    """
    pair = make_pair("quality-gates")
    pair.one.check("veran:v6.1", "production", "--push")
    pair.two.ok("reject", *PRODUCTION, "--reason", "it stutters", "--push")
    pair.one.ok("approve", *PRODUCTION, "--push")
    assert pair.one.answer() == "allowed"
    pair.two.ok("sync")
    assert pair.two.answer() == "allowed"


@pytest.mark.parametrize("command", ["approve", "reject", "withdraw", "rollback"])
def test_a_record_that_cannot_be_shared_is_written_and_told(make_pair: Callable[[str], Pair], command: str) -> None:
    pair = make_pair("quality-gates")
    pair.one.approved()
    if command == "rollback":
        pair.one.ok(*DEPLOY, "--offline")
    pair.cut_off(pair.one)
    more = {"approve": [], "rollback": ["--target", "prod"]}.get(command, ["--reason", "x"])
    done = pair.one(command, *PRODUCTION, *more, "--push")
    assert done.code == 3
    assert "written in this clone, and not shared: " in done.err
    assert "in this clone only; share it: gitgates sync" in done.out
    git(pair.one.path, "remote", "set-url", "origin", pair.hub.as_uri())
    pair.one.ok("sync")
    assert pair.there()[0].startswith("gates: ")
    assert len(pair.there()) == 4 + (command == "rollback")


def test_a_failed_check_that_is_not_shared_ends_with_3(make_pair: Callable[[str], Pair]) -> None:
    pair = make_pair("quality-gates")
    pair.cut_off(pair.one)
    (pair.one.path / "bad.json").write_text('{"quality_score": 0.1, "throughput_tokens_per_sec": 50}')
    check = ("check", "--model", "veran:v6.2", "--context", "staging", "--metrics", "bad.json")
    value = pair.one.json(*check, "--push", code=3)
    assert (value["outcome"], value["shared"]) == ("failed", "")
    assert "origin" in value["sharing_problem"]


def test_no_record_and_push_contradict_each_other(project: Project) -> None:
    done = project("check", "--model", "veran:v6.2", "--metrics", "metrics-v6.1.json", "--no-record", "--push")
    assert (done.code, "--no-record writes nothing that --push could share" in done.err) == (2, True)


def test_a_repository_without_a_remote_says_so(project: Project) -> None:
    project.check()
    done = project("approve", *PRODUCTION, "--push")
    assert (done.code, "this repository has no remote" in done.err) == (3, True)


# --- policies --------------------------------------------------------------------------------------------------------


def add(key: Path, principal: str, *more: str) -> list[str]:
    return ["member", "add", principal, "--role", "checker", "--public-key", f"{key}.pub", *more]


@KINDS
def test_a_policy_is_pushed_before_it_counts(make_pair: Callable[[str], Pair], branch: str, keys: Keys) -> None:
    pair = make_pair(branch)
    done = pair.one.ok(*add(keys.bob.path, keys.bob.principal, "--push"))
    assert "it is here and on origin" in done.out
    assert pair.there()[0] == "gates: policy by alice@example.com"
    assert git(pair.one.path, "rev-parse", branch) == git(pair.hub, "rev-parse", branch)
    pair.two.ok("sync", "--fetch-only")
    assert keys.bob.principal in pair.two.ok("member", "list").out


def test_a_policy_that_cannot_be_pushed_is_not_written(make_pair: Callable[[str], Pair], keys: Keys) -> None:
    pair = make_pair("quality-gates")
    before = git(pair.one.path, "for-each-ref")
    pair.cut_off(pair.one)
    done = pair.one(*add(keys.bob.path, keys.bob.principal, "--push"))
    assert done.code == 3
    assert git(pair.one.path, "for-each-ref") == before


@KINDS
def test_two_policies_at_once_follow_each_other(make_pair: Callable[[str], Pair], branch: str, keys: Keys) -> None:
    """The second clone has not heard of the first one's policy: its own is made on top of that."""
    pair = make_pair(branch)
    pair.one.ok(*add(keys.bob.path, keys.bob.principal, "--push"))
    pair.two.ok(*add(keys.carol.path, keys.carol.principal, "--push"))
    pair.one.ok("sync")
    for clone in (pair.one, pair.two):
        members = {one["principal"] for one in clone.json("member", "list")["members"]}
        assert members == {"alice@example.com", keys.bob.principal, keys.carol.principal}


@KINDS
def test_a_policy_that_was_overtaken_is_joined(make_pair: Callable[[str], Pair], branch: str, keys: Keys) -> None:
    pair = make_pair(branch)
    pair.one.ok(*add(keys.bob.path, keys.bob.principal, "--push"))
    pair.two.ok(*add(keys.carol.path, keys.carol.principal))
    before = git(pair.hub, "for-each-ref")
    refused = pair.two("sync")
    assert (refused.code, "would leave no policy in force" in refused.err) == (3, True)
    assert "gitgates policy propose --push" in refused.err
    assert git(pair.hub, "for-each-ref") == before
    texts = [pair.one.ok("policy", "show", "--text", text).out for text in ("policy", "signers")]
    (pair.two.path / "p").write_text(texts[0])
    (pair.two.path / "s").write_text(texts[1])
    value = pair.two.json("policy", "propose", "--policy", "p", "--signers", "s", "--push")
    assert (value["accepted"], value["joins"], value["shared"]) == (True, 2, "origin")
    pair.one.ok("sync")
    assert pair.one.json("policy", "show")["id"] == value["id"]
    assert pair.two.ok("verify").code == 0


# --- making a ledger, and moving it ----------------------------------------------------------------------------------


@pytest.fixture
def with_hub(bare_project: Project, tmp_path: Path) -> Project:
    """Give a repository without a ledger, whose main is on its remote."""
    git(tmp_path, "init", "--quiet", "--bare", "hub.git")
    git(bare_project.path, "remote", "add", "origin", (tmp_path / "hub.git").as_uri())
    git(bare_project.path, "push", "--quiet", "--set-upstream", "origin", "main")
    return bare_project


@KINDS
def test_init_shares_the_ledger(with_hub: Project, tmp_path: Path, branch: str) -> None:
    done = with_hub.ok("init", "--ledger-branch", branch, "--push")
    assert "shared     it is here and on origin\n" in done.out
    assert "gitgates sync" not in done.out
    there = git(tmp_path / "hub.git", "log", "-1", "--format=%s", branch)
    assert there == "gates: policy root by alice@example.com"


def test_init_without_anywhere_to_push_writes_nothing(bare_project: Project, tmp_path: Path) -> None:
    before = git(bare_project.path, "for-each-ref")
    done = bare_project("init", "--push")
    assert (done.code, "this repository has no remote to push to" in done.err) == (2, True), done
    git(bare_project.path, "remote", "add", "origin", (tmp_path / "gone").as_uri())
    done = bare_project("init", "--push")
    assert (done.code, "origin cannot be reached" in done.err) == (3, True), done
    assert git(bare_project.path, "for-each-ref") == before


def test_init_makes_no_second_ledger_beside_one_that_is_not_here(with_hub: Project, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", (tmp_path / "hub.git").as_uri(), "two")
    two = attrs.evolve(with_hub, path=tmp_path / "two")
    with_hub.ok("init", "--ledger-branch", "quality-gates", "--push")
    done = two("init", "--ledger-branch", "quality-gates", "--push")
    assert done.code == 2
    assert "origin has commits on quality-gates that are not here: a ledger may be among them" in done.err
    git(two.path, "fetch", "--quiet")  # the remedy
    assert "there is a ledger already" in two("init", "--ledger-branch", "quality-gates", "--push").err
    assert two.ok("list").out == "no model version has records\n"


def test_init_that_cannot_be_shared_is_told(with_hub: Project, tmp_path: Path) -> None:
    git(tmp_path / "hub.git", "config", "receive.denyCurrentBranch", "refuse")
    hook = tmp_path / "hub.git/hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho frozen until Monday >&2\nexit 1\n")
    hook.chmod(0o755)
    value = with_hub.json("init", "--ledger-branch", "quality-gates", "--push", code=3)
    assert (value["shared"], value["branch"]) == ("", "refs/heads/quality-gates")
    assert "origin refuses refs/heads/quality-gates" in value["sharing_problem"]
    hook.unlink()
    with_hub.ok("sync")


def test_migrate_shares_both_branches(make_pair: Callable[[str], Pair]) -> None:
    pair = make_pair("main")
    pair.one.approved()
    pair.two.ok("sync", "--fetch-only")
    done = pair.one.ok("migrate", "--to", "quality-gates", "--push")
    assert "it is here and on origin, and who reads main there is told" in done.out
    assert "gitgates sync" not in done.out
    for branch in ("main", "quality-gates"):
        assert git(pair.one.path, "rev-parse", branch) == git(pair.hub, "rev-parse", branch)
    pair.two.ok("sync")
    assert pair.two.answer() == "allowed"


def test_migrate_comes_after_what_others_pushed(make_pair: Callable[[str], Pair]) -> None:
    pair = make_pair("main")
    pair.one.check("veran:v6.1", "production", "--push")
    assert pair.two.json("migrate", "--to", "quality-gates", "--push")["sharing_problem"] == ""
    assert "veran:v6.1" in pair.two.ok("list").out
    pair.one.ok("sync")
    value = pair.one.json("migrate", "--to", "quality-gates", "--push")
    assert (value["changed"], value["shared"], value["sharing_problem"]) == (False, "origin", "")


def test_migrate_pushes_nobodys_code(make_pair: Callable[[str], Pair]) -> None:
    pair = make_pair("main")
    before = git(pair.hub, "rev-parse", "main")
    (pair.one.path / "model.py").write_text("x = 1\n")
    git(pair.one.path, "add", "model.py")
    git(pair.one.path, "commit", "--quiet", "--message", "Code")
    done = pair.one("migrate", "--to", "quality-gates", "--push")
    assert done.code == 3
    assert "shared in part: the new branch is shared, but who reads main is not told" in done.err
    assert "main has commits of code that origin lacks, and code is not pushed" in done.err
    assert "git push origin main" in done.err
    assert git(pair.hub, "rev-parse", "main") == before
    git(pair.one.path, "push", "--quiet", "origin", "main")  # the remedy
    assert pair.one.json("migrate", "--to", "quality-gates", "--push")["sharing_problem"] == ""


def test_migrate_with_a_remote_that_has_gone_on(make_pair: Callable[[str], Pair]) -> None:
    pair = make_pair("main")
    (pair.one.path / "model.py").write_text("x = 1\n")
    git(pair.one.path, "add", "model.py")
    git(pair.one.path, "commit", "--quiet", "--message", "Code")
    git(pair.two.path, "commit", "--quiet", "--allow-empty", "--message", "More")
    git(pair.two.path, "push", "--quiet", "origin", "main")
    value = pair.one.json("migrate", "--to", "quality-gates", "--push", code=3)
    assert value["shared"] == "origin"
    assert "main on origin has commits that this clone lacks" in value["sharing_problem"]
    git(pair.one.path, "pull", "--quiet", "--rebase", "origin", "main")  # the remedy
    git(pair.one.path, "push", "--quiet", "origin", "main")
    assert pair.one.json("migrate", "--to", "quality-gates", "--push")["sharing_problem"] == ""


def test_a_branch_that_the_remote_lacks_is_the_users_to_push(with_hub: Project, tmp_path: Path) -> None:
    git(tmp_path / "hub.git", "update-ref", "-d", "refs/heads/main")
    repository = Repository.open(str(with_hub.path))
    with pytest.raises(UsageError, match="origin has no branch main") as caught:
        push_left(repository, "origin", "refs/heads/main")
    assert "git push origin main" in caught.value.remedy
    assert git(tmp_path / "hub.git", "for-each-ref") == ""


def test_migrate_that_cannot_be_shared_moves_nothing(make_pair: Callable[[str], Pair]) -> None:
    pair = make_pair("main")
    before = git(pair.one.path, "for-each-ref")
    pair.cut_off(pair.one)
    done = pair.one("migrate", "--to", "quality-gates", "--push")
    assert (done.code, "origin cannot be reached" in done.err) == (3, True), done
    assert git(pair.one.path, "for-each-ref") == before


def test_migrate_that_waits_is_shared(make_pair: Callable[[str], Pair], keys: Keys) -> None:
    pair = make_pair("main")
    pair.one.ok("member", "add", keys.bob.principal, "--role", "admin", "--public-key", f"{keys.bob.path}.pub")
    policy = pair.one.path / ".quality-gates/policy.toml"
    policy.write_text(policy.read_text().replace("admin_quorum = 1", "admin_quorum = 2"))
    proposed = pair.one.json("policy", "propose", code=1)["id"]
    pair.one.ok("policy", "endorse", proposed, "--key", keys.bob.path)
    done = pair.one("migrate", "--to", "quality-gates", "--push")
    assert (done.code, "  it is here and on origin\n" in done.out) == (1, True), done
    pair.two.ok("sync")
    (waiting,) = pair.two.json("status", "--pending")["policies"]
    assert f"gitgates policy endorse {waiting['id'][:12]}" in done.out


# --- deploy ----------------------------------------------------------------------------------------------------------


def test_deploy_fetches_first(make_pair: Callable[[str], Pair]) -> None:
    pair = make_pair("quality-gates")
    pair.one.approved()
    pair.one.ok("sync")
    pair.two.ok("sync")
    pair.one.ok("reject", *PRODUCTION, "--reason", "it stutters", "--push")
    done = pair.two(*DEPLOY, "--", "touch", "ran")
    assert (done.code, "it stutters" in done.out) == (1, True)
    assert not (pair.two.path / "ran").exists()


def test_deploy_offline_decides_on_what_the_clone_knows(make_pair: Callable[[str], Pair]) -> None:
    pair = make_pair("quality-gates")
    pair.one.approved()
    pair.cut_off(pair.one)
    refused = pair.one(*DEPLOY, "--", "touch", "ran")
    assert (refused.code, "with --offline" in refused.err) == (3, True)
    assert not (pair.one.path / "ran").exists()
    assert pair.one.ok(*DEPLOY, "--offline", "--", "touch", "ran").out.count("share it: gitgates sync") == 2
    assert (pair.one.path / "ran").exists()


def test_the_started_record_is_there_before_the_command_runs(make_pair: Callable[[str], Pair]) -> None:
    pair = make_pair("quality-gates")
    pair.one.approved()
    look = ("git", "--git-dir", str(pair.hub), "log", "-1", "--format=%s", pair.branch)
    value = json.loads(pair.one.ok(*DEPLOY, "--json", "--", "sh", "-c", f"{' '.join(look)} > seen").out)
    assert (pair.one.path / "seen").read_text() == "gates: deployment veran:v6.1 production started\n"
    assert value["shared"] == "origin"
    assert pair.there()[0] == "gates: deployment veran:v6.1 production succeeded"


def test_a_command_does_not_run_where_its_start_cannot_be_shared(make_pair: Callable[[str], Pair]) -> None:
    pair = make_pair("quality-gates")
    pair.one.approved()
    pair.one.ok("sync")
    hook = pair.hub / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho frozen until Monday >&2\nexit 1\n")
    hook.chmod(0o755)
    done = pair.one(*DEPLOY, "--", "touch", "ran")
    assert (done.code, "frozen until Monday" in done.err) == (3, True), done
    assert not (pair.one.path / "ran").exists()
    assert "veran:v6.1 is not deployed to prod: the command did not run\n" in done.out
    assert done.out.count("  recorded deployment ") == 2
    assert "Or deploy on what this clone knows, with --offline" in done.err
    assert pair.one.deployments() == ["deployment started", "deployment failed"]
    value = json.loads(pair.one(*DEPLOY, "--json", "--", "touch", "ran").out)
    assert (value["deployed"], value["command_exit_code"], value["shared"]) == (False, -1, "")
    assert [record["outcome"] for record in value["records"]] == ["started", "failed"]
    assert value["problem"].startswith("origin refuses refs/heads/quality-gates")


def test_deploy_to_a_remote_without_the_branch_records_nothing(bare_project: Project, tmp_path: Path) -> None:
    """The branch holds code as well, so that nobody but the user may push it first: this is known beforehand."""
    git(tmp_path, "init", "--quiet", "--bare", "hub.git")
    git(bare_project.path, "remote", "add", "origin", (tmp_path / "hub.git").as_uri())
    bare_project.ok("init")
    before = bare_project.approved().records()
    done = bare_project(*DEPLOY, "--", "touch", "ran")
    assert (done.code, done.out) == (2, "")
    assert "origin has no branch main, which holds your code as well as the ledger. Push it yourself first" in done.err
    assert "Or deploy on what this clone knows, with --offline" in done.err
    assert (bare_project.records(), (bare_project.path / "ran").exists()) == (before, False)
    bare_project.ok(*DEPLOY, "--offline", "--", "touch", "ran")
    git(bare_project.path, "push", "--quiet", "--set-upstream", "origin", "main")
    assert "here and on origin" in bare_project.ok(*DEPLOY, "--", "true").out


def test_what_comes_with_the_start_stops_the_command(make_pair: Callable[[str], Pair]) -> None:
    """Its end is shared as its start was, so that nobody takes it for under way."""
    pair = make_pair("quality-gates")
    pair.one.approved()
    pair.one.ok("sync")
    pair.two.ok("sync")
    pair.two.ok("reject", *PRODUCTION, "--reason", "it stutters")
    hook = pair.hub / "hooks/pre-receive"  # somebody else is faster, just before the start arrives
    mine = "-u GIT_DIR -u GIT_QUARANTINE_PATH -u GIT_OBJECT_DIRECTORY -u GIT_ALTERNATE_OBJECT_DIRECTORIES"
    push = f"git -C '{pair.two.path}' push --quiet origin quality-gates"
    hook.write_text(f"#!/bin/sh\nrm hooks/pre-receive\nexec env {mine} {push}\n")
    hook.chmod(0o755)
    done = pair.one(*DEPLOY, "--", "touch", "ran")
    assert (done.code, "the ledger changed meanwhile: " in done.err, "it stutters" in done.err) == (1, True, True), done
    assert done.out.count("here and on origin") == 2
    assert pair.there()[0] == "gates: deployment veran:v6.1 production failed"
    assert not (pair.one.path / "ran").exists()


def test_an_end_that_cannot_be_shared_is_told(make_pair: Callable[[str], Pair]) -> None:
    pair = make_pair("quality-gates")
    pair.one.approved()
    program = "import os, sys; os.rename(sys.argv[1], sys.argv[1] + '-gone')"
    done = pair.one(*DEPLOY, "--json", "--", sys.executable, "-c", program, str(pair.hub))
    value = json.loads(done.out)
    assert done.code == 3
    assert (value["deployed"], value["shared"]) == (True, "")
    assert value["sharing_problem"]


# --- how old it is ---------------------------------------------------------------------------------------------------


def test_readers_say_how_old_their_knowledge_is(make_pair: Callable[[str], Pair]) -> None:
    pair = make_pair("quality-gates")
    pair.one.approved()
    pair.one.ok("sync")
    for args in (("status", "--model", "veran:v6.1"), ("history", "--model", "veran"), ("can-deploy", *PRODUCTION)):
        assert "ago, when origin was fetched last" in pair.one.ok(*args).out
        value = pair.one.json(*args)
        assert (value["remote"], value["fetched"][:2]) == ("origin", "20")


def test_a_repository_without_a_remote_has_no_age(project: Project) -> None:
    project.approved()
    assert "fetched last" not in project.ok("status", "--model", "veran:v6.1").out
    assert project.json("can-deploy", *PRODUCTION)["remote"] == ""
    project.ok("can-deploy", *PRODUCTION, "--fresh", "1m")


def test_fresh_refuses_old_knowledge(make_pair: Callable[[str], Pair]) -> None:
    pair = make_pair("quality-gates")
    pair.one.approved()
    pair.one.ok("sync")
    ask = ("can-deploy", *PRODUCTION, "--fresh", "10m")
    pair.one.ok(*ask)
    note = pair.one.path / ".git/gitgates-fetched.json"
    key = "origin refs/heads/quality-gates"
    note.write_text(json.dumps({key: "2020-01-01T00:00:00.000000Z"}))
    old = pair.one(*ask)
    assert (old.code, "d ago, longer than 10 min" in old.err) == (3, True)
    assert "gitgates sync --fetch-only" in old.err
    note.write_text(json.dumps({key: "2999-01-01T00:00:00.000000Z"}))
    assert "nobody knows when" in pair.one(*ask).err  # the clock was put back
    pair.one.ok("sync", "--fetch-only")
    pair.one.ok(*ask)


@pytest.mark.parametrize("junk", [b"", b"[]", b"\xff", b'{"origin refs/heads/quality-gates": 7}', b'{"x": "y"}'])
def test_a_note_that_cannot_be_read_is_none(make_pair: Callable[[str], Pair], junk: bytes) -> None:
    """Then git's own reflog tells: the clone was just made."""
    pair = make_pair("quality-gates")
    pair.one.approved()
    pair.one.ok("sync")
    (pair.one.path / ".git/gitgates-fetched.json").write_bytes(junk)
    pair.one.ok("can-deploy", *PRODUCTION, "--fresh", "10m")


def test_a_clone_that_git_made_is_as_old_as_itself(make_pair: Callable[[str], Pair]) -> None:
    pair = make_pair("quality-gates")
    pair.one.approved()
    pair.one.ok("sync")
    git(pair.two.path, "fetch", "--quiet")
    pair.two.ok("can-deploy", *PRODUCTION, "--fresh", "10m")
    for log in (pair.two.path / ".git/logs/refs/remotes/origin").iterdir():
        log.unlink()
    done = pair.two("can-deploy", *PRODUCTION, "--fresh", "10m")
    assert (done.code, "nobody knows when" in done.err) == (3, True)
    assert "as of an unknown time" in pair.two.ok("can-deploy", *PRODUCTION).out


@pytest.mark.parametrize("branch", ["main", "quality-gates"])
def test_refs_that_move_without_a_fetch_tell_nothing(make_pair: Callable[[str], Pair], branch: str) -> None:
    """`git remote set-head` and `git remote rename` leave entries of this moment in the logs of a stale clone."""
    pair = make_pair(branch)
    pair.one.approved()
    pair.one.ok("sync")
    two = pair.two.path
    git(two, "fetch", "--quiet")
    ask = ("can-deploy", *PRODUCTION, "--fresh", "10m")
    pair.two.ok(*ask)
    for log in (two / ".git/logs/refs/remotes/origin").iterdir():
        log.unlink()
    git(two, "symbolic-ref", "--delete", "refs/remotes/origin/HEAD")
    git(two, "remote", "set-head", "origin", "--auto")
    git(two, "remote", "rename", "origin", "upstream")
    assert (two / ".git/logs/refs/remotes/upstream/HEAD").exists()
    assert "remote: renamed" in git(two, "reflog", "show", f"refs/remotes/upstream/{branch}")
    done = pair.two(*ask)
    assert (done.code, "last fetched from upstream nobody knows when" in done.err) == (3, True), done


@pytest.mark.parametrize("text", ["soon", "10", "-1m"])
def test_a_length_of_time_that_is_none(project: Project, text: str) -> None:
    done = project("can-deploy", *PRODUCTION, f"--fresh={text}")
    assert (done.code, "--fresh: expected a duration" in done.err) == (2, True)


# --- pushing elsewhere -----------------------------------------------------------------------------------------------


def test_nothing_is_pushed_where_nobody_fetches(make_pair: Callable[[str], Pair]) -> None:
    pair = make_pair("quality-gates")
    pair.one.approved()
    pair.one.ok("sync")
    fork = pair.hub.parent / "fork.git"
    git(pair.hub.parent, "clone", "--quiet", "--bare", "hub.git", "fork.git")
    git(pair.one.path, "remote", "set-url", "--push", "origin", "https://me:hidden@example.com/fork.git")
    git(pair.one.path, "config", f"url.{fork.as_uri()}.insteadOf", "https://me:hidden@example.com/fork.git")
    done = pair.one("reject", *PRODUCTION, "--reason", "it stutters", "--push")
    assert (done.code, f"origin is fetched from {pair.hub.as_uri()} and pushed to" in done.err) == (3, True), done
    assert "in this clone only" in done.out
    done = pair.one("sync")
    assert (done.code, f"and pushed to {fork.as_uri()}: what is pushed there would not be on origin" in done.err) == (
        2,
        True,
    )
    assert "`git remote set-url --push`" in done.err
    assert git(fork, "rev-parse", "quality-gates") == git(pair.hub, "rev-parse", "quality-gates")
    pair.one.ok("sync", "--fetch-only")
    git(pair.one.path, "remote", "set-url", "--add", "--push", "origin", pair.hub.as_uri())
    pair.one.ok("sync")
    assert pair.there()[0] == "gates: decision veran:v6.1 production rejected"
    assert git(fork, "rev-parse", "quality-gates") == git(pair.hub, "rev-parse", "quality-gates")


@pytest.mark.parametrize(
    ("fetched", "pushed"),
    [
        ("https://example.com/team/models.git", "git@example.com:team/models.git"),
        ("https://me:pw@Example.com/team/models/", "ssh://git@example.com:2222/team/models.git"),
        ("git://[::1]/team/models", "[::1]:team/models.git"),
        ("file:///srv/models.git", "/srv/../srv/models"),
        ("../models", "models/../../models.git"),
    ],
)
def test_the_same_place_by_another_way(project: Project, fetched: str, pushed: str) -> None:
    git(project.path, "remote", "add", "origin", fetched)
    git(project.path, "remote", "set-url", "--push", "origin", pushed)
    assert git(project.path, "remote", "get-url", "--push", "origin") == pushed != fetched
    refuse_other_place(Repository.open(str(project.path)), "origin")


@pytest.mark.parametrize(
    ("fetched", "pushed"),
    [
        ("https://me:pw@example.com/team/models.git", "git@example.com:me/models.git"),
        ("https://example.com/team/models.git", "https://me:pw@example.org/team/models.git"),
        ("/srv/models.git", "example.com:srv/models.git"),
        ("https://example.com/team/models.git", "https://example.com"),
    ],
)
def test_another_place(project: Project, fetched: str, pushed: str) -> None:
    git(project.path, "remote", "add", "origin", fetched)
    git(project.path, "remote", "set-url", "--push", "origin", pushed)
    with pytest.raises(UsageError, match="would not be on origin for anybody who fetches") as caught:
        refuse_other_place(Repository.open(str(project.path)), "origin")
    assert "pw" not in caught.value.message


def test_push_instead_of(project: Project) -> None:
    git(project.path, "remote", "add", "origin", "https://example.com/team/models.git")
    git(project.path, "config", "url.git@example.com:.pushInsteadOf", "https://example.com/")
    refuse_other_place(Repository.open(str(project.path)), "origin")
    git(project.path, "config", "url.git@elsewhere.org:.pushInsteadOf", "https://example.com/team/")
    with pytest.raises(UsageError, match=r"pushed to git@elsewhere\.org:models\.git"):
        refuse_other_place(Repository.open(str(project.path)), "origin")
