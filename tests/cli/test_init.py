"""`gitgates init`: where the ledger goes, who is its first member, with which key."""

import re
from pathlib import Path

import pytest

from tests.cli.project import Project
from tests.support import Gitgates, Keys, RepositoryFactory, git


def test_a_ledger_on_the_branch_that_is_checked_out(bare_project: Project) -> None:
    done = bare_project.ok("init")
    root = git(bare_project.path, "config", "gitgates.root")
    assert done.out.splitlines()[0] == "made a ledger on main"
    assert f"root       {root} (pinned in this clone)" in done.out
    assert "alice@example.com, in all roles" in done.out
    assert "remote" not in done.out
    assert git(bare_project.path, "status", "--porcelain") == ""
    assert (bare_project.path / ".quality-gates/policy.toml").exists()


def test_json(bare_project: Project, keys: Keys) -> None:
    value = bare_project.json("init")
    assert list(value) == [
        "schema", "root", "branch", "commit", "principal", "key_fingerprint", "proposal", "shared", "sharing_problem",
    ]  # fmt: skip
    assert value["proposal"] == ""
    assert value["schema"] == "gitgates/init/1"
    assert value["root"] == git(bare_project.path, "config", "gitgates.root")
    assert value["branch"] == "refs/heads/main"
    assert value["commit"] == git(bare_project.path, "rev-parse", "HEAD")
    assert value["principal"] == keys.alice.principal
    assert value["key_fingerprint"].startswith("SHA256:")


def test_only_one_ledger(project: Project) -> None:
    done = project("init")
    assert done.code == 2
    assert "there is a ledger already, on refs/heads/main" in done.err
    assert project("init", "--ledger-branch", "other").code == 2


def test_a_branch_of_its_own(bare_project: Project) -> None:
    before = git(bare_project.path, "rev-parse", "HEAD")
    done = bare_project.ok("init", "--ledger-branch", "quality-gates")
    assert done.out.splitlines()[0] == "made a ledger on quality-gates"
    assert git(bare_project.path, "rev-parse", "HEAD") == before
    assert not (bare_project.path / ".quality-gates").exists()
    assert git(bare_project.path, "status", "--porcelain") == ""
    assert bare_project.approved().answer() == "allowed"
    assert git(bare_project.path, "rev-parse", "HEAD") == before
    assert git(bare_project.path, "rev-list", "--count", "quality-gates") == "3"


def test_a_remote_is_a_reason_for_a_branch_of_its_own(bare_project: Project) -> None:
    git(bare_project.path, "remote", "add", "origin", "https://example.com/veran.git")
    done = bare_project.ok("init")
    assert "shared     no, it is in this clone only: gitgates sync" in done.out
    assert "gitgates migrate --to quality-gates" in done.out


@pytest.mark.parametrize(
    "name", ["a..b", "-x", "a/-x/", "quality gates", "", "a.lock", "/a", "a//b", "refs/heads/", "a/.b", "a~1"]
)
def test_a_branch_that_cannot_be(name: str, bare_project: Project) -> None:
    done = bare_project("init", f"--ledger-branch={name}")
    assert done.code == 2, done
    assert "--ledger-branch" in done.err
    assert git(bare_project.path, "for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_principal(bare_project: Project) -> None:
    bare_project.ok("init", "--principal", "release@example.com")
    bare_project.approved()
    assert "by release@example.com" in bare_project.ok("history", "--model", "veran:v6.1").out


@pytest.mark.parametrize("name", ["Alice Example", "*", "alice,bob", "", "Älice@example.com", "ALICE@example.com"])
def test_a_principal_that_cannot_be(name: str, bare_project: Project) -> None:
    done = bare_project("init", f"--principal={name}")
    if name == "":  # as if it were not given
        assert done.code == 0
        return
    assert done.code == 2
    assert "--principal" in done.err


def test_no_email_names_the_flag(bare_project: Project) -> None:
    git(bare_project.path, "config", "user.email", "not an address")
    done = bare_project("init")
    assert done.code == 2
    assert "user.email" in done.err
    assert "--principal" in done.err


def test_generate_key(bare_project: Project, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.delenv("GITGATES_SIGNING_KEY")
    done = bare_project.ok("init", "--generate-key")
    key = home / ".ssh/id_ed25519"
    assert key.stat().st_mode & 0o777 == 0o600
    assert f"made the key {key} (SHA256:" in done.err
    assert bare_project.approved().answer() == "allowed"


def test_generate_key_elsewhere(bare_project: Project, tmp_path: Path) -> None:
    key = tmp_path / "keys/mine"
    bare_project.ok("init", "--generate-key", "--key", key)
    assert key.exists()
    refused = bare_project("check", "--model", "veran:v1", "--metrics", "metrics-v6.1.json")
    assert refused.code == 1  # the environment's key is another one
    assert "belongs to no member of this ledger" in refused.err
    bare_project.ok("check", "--model", "veran:v1", "--metrics", "metrics-v6.1.json", "--key", key)


def test_a_key_is_never_overwritten(bare_project: Project, keys: Keys) -> None:
    before = keys.alice.path.read_bytes()
    done = bare_project("init", "--generate-key", "--key", keys.alice.path)
    assert done.code == 2
    assert "is there already" in done.err
    assert keys.alice.path.read_bytes() == before
    assert bare_project("list").code == 2


def test_no_key(bare_project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITGATES_SIGNING_KEY")
    done = bare_project("init")
    assert done.code == 2
    assert "there is no signing key" in done.err
    assert "ssh-keygen -t ed25519" in done.err
    assert git(bare_project.path, "for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_no_repository(gitgates: Gitgates, tmp_path: Path) -> None:
    done = gitgates("init", cwd=tmp_path)
    assert done.code == 2
    assert "git init" in done.err


def test_detached_head_asks_for_a_branch(bare_project: Project) -> None:
    git(bare_project.path, "checkout", "--quiet", "--detach")
    done = bare_project("init")
    assert done.code == 2
    assert "no branch is checked out" in done.err
    assert "--ledger-branch" in done.err
    bare_project.ok("init", "--ledger-branch", "quality-gates")


def test_before_the_first_commit(repository: RepositoryFactory, gitgates: Gitgates) -> None:
    path = repository(commits=False)
    assert gitgates("init", cwd=path).code == 0
    assert re.fullmatch(r"gates: policy root by alice@example\.com", git(path, "log", "--format=%s"))
    assert git(path, "status", "--porcelain") == ""


def test_what_is_staged_stays_staged(bare_project: Project) -> None:
    (bare_project.path / "scan.json").write_text("{}\n")
    git(bare_project.path, "add", "scan.json")
    bare_project.ok("init")
    assert git(bare_project.path, "status", "--porcelain") == "M  scan.json"


@pytest.mark.parametrize("branch", [(), ("--ledger-branch", "quality-gates")])
def test_a_policy_for_a_team(branch: tuple[str, ...], bare_project: Project, keys: Keys) -> None:
    done = bare_project.ok("init", "--policy", "team", *branch)
    proposal = bare_project.path / "quality-gates-team.toml"
    assert f"proposal   {proposal}, without effect so far" in done.out
    assert git(bare_project.path, "status", "--porcelain") == "?? quality-gates-team.toml"
    assert proposal.read_text() == bare_project.ok("policy", "template", "team").out
    bare_project.ok("policy", "show")  # the ledger's own files say what is in force
    alone = bare_project("policy", "propose", "--policy", "quality-gates-team.toml")
    assert alone.code == 2
    assert "admin_quorum: is 2, but 1 admins have a key" in alone.err
    for one in (keys.bob, keys.carol):
        roles = ("--role", "admin", "--role", "approver")
        bare_project.ok("member", "add", one.principal, *roles, "--public-key", f"{one.path}.pub")
    value = bare_project.json("policy", "propose", "--policy", "quality-gates-team.toml", code=1)
    assert "production needs 2 approval(s) instead of 1" in value["changes"]
    assert "production: separation_of_duties is on instead of off" in value["changes"]
    assert not any("member" in change for change in value["changes"])
    bare_project.ok("policy", "endorse", value["id"], "--key", keys.bob.path)
    assert len(bare_project.json("member", "list")["members"]) == 3


def test_a_file_in_the_way_of_the_teams_policy(bare_project: Project) -> None:
    proposal = bare_project.path / "quality-gates-team.toml"
    proposal.write_text("mine")
    done = bare_project("init", "--policy", "team")
    assert done.code == 2
    assert f"{proposal} is there already" in done.err
    assert proposal.read_text() == "mine"
    assert bare_project("list").code == 2  # no ledger was made
