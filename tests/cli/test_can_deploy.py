"""`gitgates can-deploy`: the answer, its explanation, and whose word it rests on."""

from collections.abc import Callable

import pytest

from tests.cli.project import Project
from tests.support import git

PRODUCTION = ("--model", "veran:v6.1", "--context", "production")
ASK = ("can-deploy", *PRODUCTION)
Clone = Callable[..., Project]


def test_allowed(project: Project) -> None:
    done = project.approved()(*ASK)
    assert done.code == 0
    assert done.out.startswith("veran:v6.1 to production: allowed\n")
    assert done.err == ""


def test_denied_with_the_reason_and_the_remedy(project: Project) -> None:
    project.check()
    done = project(*ASK)
    assert done.code == 1
    assert done.out.startswith("veran:v6.1 to production: denied\n")
    assert "has 0 of 1 approvals" in done.out
    assert "Ask an approver to run `gitgates approve`" in done.out


def test_a_failed_report_is_not_to_be_approved(project: Project) -> None:
    """The remedy must be one that works: nobody can approve a failed report where force is not allowed."""
    project.fail("veran:v6.1", "production")
    done = project(*ASK)
    assert done.code == 1
    assert "Run `gitgates check` again on a model version that meets the policy" in done.out
    assert "gitgates approve" not in done.out


def test_explain(project: Project) -> None:
    lines = project.approved().ok(*ASK, "--explain").out.splitlines()
    numbered = [line for line in lines if line[2:4] in {f"{n}." for n in range(1, 8)}]
    assert [line.split()[:2] for line in numbered] == [[f"{n}.", "met"] for n in range(1, 8)]
    assert any(line.startswith("     record ") for line in lines)
    project.ok("reject", *PRODUCTION, "--reason", "no")
    denied = project(*ASK, "--explain")
    assert denied.code == 1
    assert "  6. not met       " in denied.out
    assert "     rejected by alice@example.com: no" in denied.out
    assert "     Approve again after it" in denied.out


def test_json(project: Project) -> None:
    value = project.approved().json(*ASK)
    assert list(value) == [
        "schema", "model", "version", "context", "answer", "cause", "reason", "forced", "policy", "reports",
        "approvals", "waivers", "waived", "conditions", "remote", "fetched",
    ]  # fmt: skip
    assert value["policy"] == git(project.path, "config", "gitgates.root")
    assert set(value["conditions"][0]) == {"number", "title", "state", "reason", "remedy", "records"}


def test_unknown_things(project: Project) -> None:
    project.approved()
    assert project("can-deploy", "--model", "veran:v9", "--context", "production").code == 1
    assert project("can-deploy", "--model", "veran", "--context", "production").code == 2
    assert project("can-deploy", "--model", "veran:v6.1").code == 2
    done = project("can-deploy", "--model", "veran:v6.1", "--context", "prod")
    assert done.code == 2
    assert "the policy knows no context 'prod'. Use one of" in done.err


# --- artifacts -------------------------------------------------------------------------------------------------------


def test_artifacts(project: Project) -> None:
    (project.path / "weights").mkdir()
    (project.path / "weights/a.bin").write_bytes(b"abc")
    project.check("veran:v6.1", "production", "--artifact", "weights")
    project.approve()
    project.ok(*ASK)  # none given, none required
    project.ok(*ASK, "--artifact", "weights")
    (project.path / "weights").rename(project.path / "elsewhere")
    project.ok(*ASK, "--artifact", "elsewhere")  # the digest counts, not the name
    (project.path / "elsewhere/a.bin").write_bytes(b"abd")
    done = project(*ASK, "--artifact", "elsewhere")
    assert done.code == 1
    assert "elsewhere (sha256 " in done.out
    assert "is not what report" in done.out
    done = project(*ASK, "--artifact", "elsewhere/a.bin")  # a file is no folder of one file
    assert done.code == 1
    done = project(*ASK, "--artifact", "weights")
    assert done.code == 2
    assert "weights: " in done.err
    refused = project("deploy", *PRODUCTION, "--target", "t", "--artifact", "elsewhere", "--", "touch", "ran")
    assert refused.code == 1
    assert not (project.path / "ran").exists()


# --- pins ------------------------------------------------------------------------------------------------------------


def test_a_clone_without_a_pin(project: Project, clone_of: Clone) -> None:
    clone = clone_of(project.approved())
    root = git(project.path, "config", "gitgates.root")
    done = clone(*ASK)
    assert done.code == 3
    assert done.out == ""
    assert "cannot decide (no pin)" in done.err
    for way in (f"git config gitgates.root {root}", "--root", "GITGATES_ROOT", "--trust-first-use"):
        assert way in done.err
    assert clone.json(*ASK, code=3)["cause"] == "no pin"
    assert clone("deploy", *PRODUCTION, "--target", "t").code == 3


def test_ways_to_pin(project: Project, clone_of: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    clone = clone_of(project.approved())
    root = git(project.path, "config", "gitgates.root")
    first = clone.ok(*ASK, "--trust-first-use")
    assert f"note: this clone pins no root; the only one in the ledger's history is taken: {root}" in first.err
    pinned = clone.ok(*ASK, "--root", root)
    assert "pins no root" not in pinned.err
    clone.ok(*ASK, "--root", f"{root}@{root}")
    monkeypatch.setenv("GITGATES_ROOT", root)
    clone.ok(*ASK)
    monkeypatch.delenv("GITGATES_ROOT")
    git(clone.path, "config", "gitgates.root", root)
    clone.ok(*ASK)


@pytest.mark.parametrize("root", ["0" * 64, "xyz", "0" * 63])
def test_a_wrong_pin_never_allows(root: str, project: Project) -> None:
    done = project.approved()(*ASK, "--root", root)
    assert done.code == (3 if len(root) == 64 else 2)
    assert done.out == "" or "allowed" not in done.out
    assert project(*ASK, "--root", root, "--trust-first-use").code == done.code


@pytest.mark.parametrize("args", [("status", "--model", "veran"), ("history", "--model", "veran"), ("list",)])
def test_readers_without_a_pin_are_told(args: tuple[str, ...], project: Project, clone_of: Clone) -> None:
    done = clone_of(project.approved()).ok(*args)
    assert "note: this clone pins no root" in done.err
    assert "note: compare it with a colleague's, then pin it: git config gitgates.root " in done.err


# --- clones that lack something --------------------------------------------------------------------------------------


def test_a_clone_behind_its_remote(project: Project, clone_of: Clone) -> None:
    clone = clone_of(project.approved())
    root = git(project.path, "config", "gitgates.root")
    project.ok("reject", *PRODUCTION, "--reason", "found later")
    git(clone.path, "fetch", "--quiet")
    done = clone(*ASK, "--root", root)  # both are read, before any merge
    assert (done.code, "found later" in done.out) == (1, True)
    git(clone.path, "pull", "--quiet")
    assert clone(*ASK, "--root", root).out == done.out


def test_a_shallow_clone(project: Project, clone_of: Clone) -> None:
    clone = clone_of(project.approved(), "shallow", "--depth=1")
    root = git(project.path, "config", "gitgates.root")
    done = clone(*ASK, "--root", root)
    assert done.code == 3
    assert "shallow" in done.out + done.err
    assert "git fetch --unshallow" in done.out + done.err
    refused = clone("approve", *PRODUCTION, "--root", root)
    assert refused.code == 3
    git(clone.path, "fetch", "--quiet", "--unshallow")
    clone.ok(*ASK, "--root", root)


def test_a_clone_without_the_ledgers_branch(bare_project: Project, clone_of: Clone) -> None:
    project = bare_project
    project.ok("init", "--ledger-branch", "quality-gates")
    project.approved()
    root = git(project.path, "config", "gitgates.root")
    full = clone_of(project, "full")
    full.ok(*ASK, "--root", root)  # from the remote-tracking branch
    lacking = clone_of(project, "lacking", "--single-branch")
    done = lacking(*ASK, "--root", root)
    assert done.code == 3
    assert "git fetch origin +refs/heads/quality-gates:refs/remotes/origin/quality-gates" in done.err
    git(lacking.path, "fetch", "--quiet", "origin", "quality-gates:refs/remotes/origin/quality-gates")
    lacking.ok(*ASK, "--root", root)


def test_a_branch_of_its_own_is_read_with_its_remote(bare_project: Project, clone_of: Clone) -> None:
    project = bare_project
    project.ok("init", "--ledger-branch", "quality-gates")
    root = git(project.path, "config", "gitgates.root")
    project.approved()
    clone = clone_of(project)
    git(clone.path, "branch", "quality-gates", "origin/quality-gates")
    project.ok("reject", *PRODUCTION, "--reason", "found later")
    git(clone.path, "fetch", "--quiet")
    done = clone(*ASK, "--root", root)
    assert (done.code, "found later" in done.out) == (1, True)


def test_a_version_that_only_the_remote_has(project: Project, clone_of: Clone) -> None:
    clone = clone_of(project)
    root = git(project.path, "config", "gitgates.root")
    project.approved()
    git(clone.path, "fetch", "--quiet")
    clone.ok(*ASK, "--root", root)


def test_a_clone_can_write_and_share(project: Project, clone_of: Clone) -> None:
    clone = clone_of(project)
    done = clone.check()
    assert "share it: gitgates sync" in done.out
    git(project.path, "checkout", "--quiet", "--detach")
    git(clone.path, "push", "--quiet", "origin", "main")
    git(project.path, "checkout", "--quiet", "main")
    project.approve()
    assert project.answer() == "allowed"
