"""`gitgates policy`: what is in force, proposing, endorsing, forks, and everything that is refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.project import Project
from tests.support import Key, Keys, git

POLICY = ".quality-gates/policy.toml"
SIGNERS = ".quality-gates/allowed_signers"
ADMIN = ("--role", "admin", "--role", "approver", "--role", "checker")


def edit(project: Project, old: str, new: str, name: str = POLICY) -> None:
    path = project.path / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def join(project: Project, *others: Key, roles: tuple[str, ...] = ADMIN) -> None:
    for other in others:
        project.ok("member", "add", other.principal, *roles, "--public-key", f"{other.path}.pub")


def in_force(project: Project) -> str:
    return str(project.json("policy", "show", code=0)["id"])


def raise_quorum(project: Project, *, by: int = 2) -> dict[str, Any]:
    edit(project, "admin_quorum = 1", f"admin_quorum = {by}")
    return project.json("policy", "propose", code=1)


@pytest.fixture
def pair(project: Project, keys: Keys) -> Project:
    """Give a ledger with two admins, alice and bob, either of whom may change the policy."""
    join(project, keys.bob)
    return project


# --- show and log ---


def test_show(project: Project) -> None:
    done = project.ok("policy", "show")
    root = git(project.path, "config", "gitgates.root")
    assert done.out.startswith(f"policy {root}, signed by alice@example.com, ")
    assert "  alice@example.com: admin, approver, checker, deployer\n    key SHA256:" in done.out
    assert (
        "  production: 1 approval(s); gates model_quality, security, tests; reports up to 30 days; "
        "approvals up to 90 days; require_evidence\n"
    ) in done.out
    assert project.ok("policy", "show", "--text", "policy").out == (project.path / POLICY).read_text()
    assert project.ok("policy", "show", "--text", "signers").out == (project.path / SIGNERS).read_text()


def test_show_tells_where_the_files_differ(project: Project) -> None:
    edit(project, "required_approvals = 1\n\n[contexts.staging]", "required_approvals = 3\n\n[contexts.staging]")
    value = project.json("policy", "show", code=1)
    assert value["differences"] == ["development needs 3 approval(s) instead of 1"]
    assert "without effect: development needs 3" in project("policy", "show").out
    (project.path / POLICY).write_text("format = 3")
    assert "policy.toml: " in project.json("policy", "show", code=1)["differences"][0]
    (project.path / POLICY).unlink()
    assert project.json("policy", "show")["differences"] == []


def test_every_setting_is_shown(project: Project) -> None:
    edit(project, 'require_baseline = "none"', 'require_baseline = "any"\npromoted_from = "staging"')
    edit(project, "separation_of_duties = false", "separation_of_duties = false\nallow_force = true", POLICY)
    edit(project, "allow_force = false", "# false")
    edit(project, "[contexts.staging]", '[contexts.eu]\nprofile = "staging"\n[contexts.staging]')
    project.ok("policy", "propose")
    shown = project.ok("policy", "show").out
    assert "baseline any; promoted from staging; allow_force; require_evidence" in shown
    assert "  eu: 1 approval(s); profile staging; allow_force" in shown


def test_another_branchs_files_are_not_the_ledgers(project: Project) -> None:
    git(project.path, "checkout", "--quiet", "-b", "feature")
    edit(project, "admin_quorum = 1", "admin_quorum = 7")
    assert project.json("policy", "show")["differences"] == []
    done = project("policy", "propose")
    assert done.code == 2
    assert "the ledger's branch main is not checked out here" in done.err
    assert "--policy" in done.err


def test_show_another_policy(pair: Project) -> None:
    root = git(pair.path, "config", "gitgates.root")
    value = pair.json("policy", "show", root)
    assert (value["id"], value["in_force"], value["pending"]) == (root, False, [])
    pending = raise_quorum(pair)["id"]
    value = pair.json("policy", "show", pending[:12])
    assert (value["id"], value["in_force"], value["pending"]) == (pending, False, [pending])
    shown = pair.ok("policy", "show", pending).out
    assert "policies need 2 admin(s) instead of 1" in shown
    assert "its own quorum lacks 1; could endorse: bob@example.com" in shown
    assert "admin_quorum = 2" in pair.ok("policy", "show", pending, "--text", "policy").out
    nothing = pair("policy", "show", "f" * 64)
    assert (nothing.code, "0 policies start with" in nothing.err) == (2, True)


def test_log(pair: Project, keys: Keys) -> None:
    pending = raise_quorum(pair)["id"]
    assert f"{pending} (not in force): it lacks 1 more admin" in pair.ok("policy", "log").out
    pair.ok("policy", "endorse", pending, "--key", keys.bob.path)
    pair("policy", "propose", "--annuls", "a" * 64)
    value = pair.json("policy", "log")
    first, second, third = value["policies"]
    assert first["parents"] == []
    assert "bob@example.com becomes a member: admin, approver, checker" in second["changes"]
    assert (third["id"], third["endorsed_by"], third["in_force"]) == (pending, ["bob@example.com"], True)
    assert list(value["refused"]) != []
    shown = pair.ok("policy", "log").out
    assert "  the root\n" in shown
    assert f"{pending} (in force)\n" in shown
    assert "signed by alice@example.com and bob@example.com\n" in shown


def test_log_tells_what_is_admitted_annulled_and_revoked(pair: Project) -> None:
    pair.ok("policy", "propose", "--annuls", "a" * 64, "--admits", "b" * 64)
    fingerprint = pair.json("member", "list")["members"][1]["keys"][0]
    pair.ok("member", "revoke-key", fingerprint)
    shown = pair.ok("policy", "log").out
    for line in (f"  annuls {'a' * 64}\n", f"  admits {'b' * 64}\n", f"  revokes {fingerprint}\n"):
        assert line in shown


# --- propose ---


def test_propose(project: Project) -> None:
    project.approved()
    edit(project, "allow_force = false", "allow_force = true")
    dry = project.json("policy", "propose", "--dry-run")
    assert dry["changes"] == ["production: allow_force is on instead of off"]
    assert "allow_force" in project.ok("policy", "propose", "--dry-run").out
    done = project.ok("policy", "propose")
    assert "  production: allow_force is on instead of off\n  seals 1 head(s) of 1 model version(s)\n" in done.out
    assert done.out.endswith("  it is in force\n")
    assert git(project.path, "status", "--porcelain") == ""
    message = git(project.path, "log", "-1", "--format=%B")
    assert message.startswith("gates: policy by alice@example.com\n\nproduction: allow_force is on")
    assert "Gates-Kind: policy" in git(project.path, "log", "-1", "--format=%(trailers)")
    assert project.answer() == "allowed"
    assert project.ok("policy", "propose", "--dry-run").out == "nothing changes\n"
    again = project("policy", "propose")
    assert (again.code, "say what the policy in force says" in again.err) == (2, True)
    assert project("verify").code == 0


def test_only_what_is_new_is_sealed(project: Project) -> None:
    project.approved()
    edit(project, "allow_force = false", "allow_force = true")
    assert project.json("policy", "propose")["sealed_versions"] == 1
    edit(project, "allow_force = true", "allow_force = false")
    assert project.json("policy", "propose")["sealed_versions"] == 0


def test_a_file_that_is_named(project: Project, tmp_path: Path) -> None:
    git(project.path, "checkout", "--quiet", "-b", "feature")
    mine = tmp_path / "mine.toml"
    mine.write_text((project.path / POLICY).read_text().replace("allow_force = false", "allow_force = true"))
    value = project.json("policy", "propose", "--policy", mine)
    assert value["changes"] == ["production: allow_force is on instead of off"]
    assert value["accepted"] is True
    mine.write_bytes(b"\xff")
    done = project("policy", "propose", "--policy", mine)
    assert (done.code, "is not UTF-8" in done.err) == (2, True)
    mine.write_text("members = [")
    assert "policy.toml" in project("policy", "propose", "--policy", mine).err
    assert project("policy", "propose", "--policy", tmp_path / "none").code == 2
    mine.write_text("x\n")
    assert "allowed_signers: line 1" in project("policy", "propose", "--signers", mine).err


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('ledger_branch = "main"', 'ledger_branch = "other"', "a ledger cannot be moved to another branch"),
        (
            "required_approvals = 1\nsep",
            "required_approvals = 2\nsep",
            "production needs 2 approvals, and 1 approver(s)",
        ),
        ("separation_of_duties = false", "separation_of_duties = true", "by others than the report's author"),
        ("admin_quorum = 1", "admin_quorum = 2", "1 admins have a key"),
        ('"checker", "deployer"', '"deployer"', "no checker has a key"),
        ("allow_force = false", "allow_farce = true", "allow_farce"),
    ],
)
def test_what_would_lock_out_is_refused(old: str, new: str, says: str, project: Project) -> None:
    before = project.records()
    edit(project, old, new)
    for action in ("propose", "lint"):
        done = project("policy", action)
        assert done.code == 2
        assert says in done.out + done.err
    assert project.records() == before


def test_lint(pair: Project) -> None:
    value = pair.json("policy", "lint")
    assert (value["lockouts"], value["oddities"], value["changes"]) == ([], [], [])
    edit(pair, "admin_quorum = 1", "admin_quorum = 2")
    done = pair("policy", "lint")
    assert done.code == 1
    assert "odd: all 2 admins must sign" in done.out
    assert "would change: policies need 2 admin(s) instead of 1" in done.out
    proposed = pair("policy", "propose")
    assert "  odd: all 2 admins must sign" in proposed.out


def test_a_key_that_was_somebody_elses(project: Project, keys: Keys) -> None:
    """No signature could ever make it accepted, so it must not be written."""
    join(project, keys.bob)
    project.ok("member", "remove", keys.bob.principal)
    before = project.records()
    done = project("member", "add", keys.carol.principal, "--role", "checker", "--public-key", keys.bob.public)
    assert done.code == 2
    assert "it gives carol@example.com a key that was bob@example.com's" in done.err
    assert project.records() == before


def test_who_may_propose(project: Project, keys: Keys) -> None:
    join(project, keys.bob, roles=("--role", "checker"))
    edit(project, "allow_force = false", "allow_force = true")
    done = project("policy", "propose", "--key", keys.bob.path)
    assert (done.code, "bob@example.com is no admin" in done.err) == (1, True)
    done = project("policy", "propose", "--key", keys.carol.path)
    assert (done.code, "belongs to no member" in done.err) == (1, True)


def test_handing_over(pair: Project, keys: Keys) -> None:
    """Who leaves cannot meet the new policy's quorum alone."""
    value = pair.json("member", "remove", keys.alice.principal, code=1)
    assert value["lacking"] == "it lacks 1 more admin signature(s) of its own"
    pair.ok("policy", "endorse", value["id"], "--key", keys.bob.path)
    assert [m["principal"] for m in pair.json("member", "list")["members"]] == [keys.bob.principal]


# --- admits and annuls ---


def test_ids_are_checked(project: Project) -> None:
    for flag in ("--annuls", "--admits"):
        done = project("policy", "propose", flag, "abc")
        assert (done.code, f"{flag}: 'abc' is no id" in done.err) == (2, True)
    both = project("policy", "propose", "--annuls", "a" * 64, "--admits", "a" * 64)
    assert (both.code, "admitted and annulled at once" in both.err) == (2, True)


def test_an_id_that_is_named_twice(project: Project) -> None:
    value = project.json("policy", "propose", "--annuls", "a" * 64, "--annuls", "a" * 64)
    assert value["changes"] == [f"the record {'a' * 64} does not count and is not missed"]


def test_annulling_a_missing_record(project: Project, tmp_path: Path, clone_of: Callable[..., Project]) -> None:
    """A record that another one names is gone: no policy over half a view, and one that annuls it is the way out."""
    project.approved().approved("other:1.0")
    other = clone_of(project)
    git(other.path, "remote", "remove", "origin")  # else the clone knows where they are, and they are to be restored
    lost = []
    for name in ("veran/v6.1", "other/1.0"):
        (report,) = (other.path / f".quality-gates/models/{name}").glob("*-report-*.json")
        lost.append(report.stem.rpartition("-")[2])
        git(other.path, "rm", "--quiet", report, f"{report}.sig")
    git(other.path, "commit", "--quiet", "--message", "lose them")
    git(other.path, "config", "gitgates.root", git(project.path, "config", "gitgates.root"))
    edit(other, "allow_force = false", "allow_force = true")
    refused = other("policy", "propose")
    assert refused.code == 3
    assert all(f"{identifier} is missing" in refused.err for identifier in lost)
    assert "--annuls" in refused.err
    assert other("policy", "propose", "--annuls", lost[0]).code == 3
    other.ok("policy", "propose", "--annuls", lost[0], "--annuls", lost[1])
    assert other.answer() == "denied"  # the approval is there, what it approved is not


def test_what_stood_below_an_annulled_head_is_sealed(pair: Project, keys: Keys) -> None:
    """bob's rejection is annulled and bob's checks go on counting after he left: the seal holds what is left."""
    pair.ok("check", "--model", "veran:v6.1", "--metrics", "metrics-v6.1.json", "--key", keys.bob.path)
    pair.ok("approve", "--model", "veran:v6.1", "--context", "staging")
    pair.ok("reject", "--model", "veran:v6.1", "--context", "staging", "--reason", "x", "--key", keys.bob.path)
    (rejection,) = (
        e["id"] for e in pair.json("history", "--model", "veran:v6.1")["events"] if e["outcome"] == "rejected"
    )
    value = pair.json("policy", "propose", "--annuls", rejection)
    assert value["sealed_versions"] == 1
    pair.ok("member", "remove", keys.bob.principal)
    assert pair.answer(context="staging") == "allowed"


def test_what_does_not_count_is_named_and_can_be_admitted(
    pair: Project, keys: Keys, clone_of: Callable[..., Project]
) -> None:
    late = clone_of(pair)
    git(late.path, "config", "gitgates.root", git(pair.path, "config", "gitgates.root"))
    late.ok("check", "--model", "veran:v6.1", "--metrics", "metrics-v6.1.json", "--key", keys.bob.path)
    pair.ok("member", "remove", keys.bob.principal)
    git(pair.path, "pull", "--quiet", "--no-rebase", late.path, "main")
    edit(pair, "allow_force = false", "allow_force = true")
    value = pair.json("policy", "propose")
    (outside,) = value["outside"]
    admitted = pair.json("policy", "propose", "--admits", outside)
    assert admitted["outside"] == []
    pair.ok("approve", "--model", "veran:v6.1", "--context", "staging")
    edit(pair, "allow_force = true", "allow_force = false")
    assert "outside the seal" not in pair.ok("policy", "propose").out


# --- endorse ---


def test_endorse(pair: Project, keys: Keys) -> None:
    pending = raise_quorum(pair)
    assert pending["lacking"] == "it lacks 1 more admin signature(s) of its own"
    assert pair("verify").code == 0  # what waits is worth knowing, and nothing is wrong
    assert "notice" in pair("verify").out
    assert git(pair.path, "status", "--porcelain") == " M .quality-gates/policy.toml"  # the edit is still an edit
    again = pair("policy", "endorse", pending["id"])
    assert (again.code, "alice@example.com has signed this policy already" in again.err) == (1, True)
    stranger = pair("policy", "endorse", pending["id"], "--key", keys.carol.path)
    assert (stranger.code, "These can endorse it: bob@example.com" in stranger.err) == (1, True)
    short = pair("policy", "endorse", pending["id"][:11], "--key", keys.bob.path)
    assert (short.code, "too short" in short.err) == (2, True)
    wrong = pair("policy", "endorse", "f" * 12, "--key", keys.bob.path)
    assert (wrong.code, f"Pending: {pending['id']}" in wrong.err) == (2, True)
    done = pair.ok("policy", "endorse", pending["id"][:12], "--key", keys.bob.path)
    assert "policies need 2 admin(s) instead of 1" in done.out
    assert "  it is in force\n  it is in this clone only" in done.out
    assert in_force(pair) == pending["id"]
    assert git(pair.path, "status", "--porcelain") == ""
    late = pair("policy", "endorse", pending["id"], "--key", keys.bob.path)
    assert (late.code, "is accepted already" in late.err) == (2, True)


def test_two_of_three(pair: Project, keys: Keys) -> None:
    join(pair, keys.carol)
    pending = raise_quorum(pair, by=3)
    first = pair.json("policy", "endorse", pending["id"], "--key", keys.bob.path, code=1)
    assert first["lacking"] == "it lacks 1 more admin signature(s) of its own"
    third = pair("policy", "endorse", pending["id"], "--key", keys.bob.path)
    assert (third.code, "bob@example.com has signed" in third.err) == (1, True)
    pair.ok("policy", "endorse", pending["id"], "--key", keys.carol.path)


def test_a_proposal_that_was_overtaken(pair: Project, keys: Keys) -> None:
    pending = raise_quorum(pair)["id"]
    edit(pair, "admin_quorum = 2", "admin_quorum = 1")
    edit(pair, "allow_force = false", "allow_force = true")
    newer = pair.json("policy", "propose")["id"]
    done = pair("policy", "endorse", pending, "--key", keys.bob.path)
    assert done.code == 1
    assert f"was overtaken: {newer} is in force" in done.err
    assert f"gitgates policy show {pending[:12]} --text policy" in done.err
    assert in_force(pair) == newer
    waiting = pair.json("status", "--pending")["policies"]
    assert [(one["id"], one["overtaken"]) for one in waiting] == [(pending, True)]
    assert "overtaken by another policy" in pair.ok("status", "--pending").out


# --- forks ---


@pytest.fixture
def fork(pair: Project, clone_of: Callable[..., Project]) -> Project:
    """Give a ledger in which two policies are in force at once."""
    other = clone_of(pair)
    git(other.path, "config", "gitgates.root", git(pair.path, "config", "gitgates.root"))
    edit(other, 'max_report_age = "30 days"', 'max_report_age = "10 days"')
    other.ok("policy", "propose")
    edit(pair, "allow_force = false", "allow_force = true")
    pair.ok("policy", "propose")
    git(pair.path, "fetch", "--quiet", other.path, "main")
    git(pair.path, "merge", "--quiet", "FETCH_HEAD", "--message", "join")
    return pair


def heads(project: Project) -> list[str]:
    return [policy["id"] for policy in project.json("policy", "log")["policies"] if policy["in_force"]]


def test_a_fork_is_joined(fork: Project) -> None:
    fork_heads = heads(fork)
    assert len(fork_heads) == 2
    assert fork("policy", "show").code == 3
    assert fork("member", "remove", "bob@example.com").code == 3
    value = fork.json("policy", "propose")
    assert value["joins"] == 2
    assert sorted(value["changes"]) == [
        "production: allow_force is on instead of off",
        "production: max_report_age is 10 days instead of 30 days",
    ]
    assert heads(fork) == [value["id"]]
    assert fork.json("policy", "log")["policies"][-1]["parents"] == sorted(fork_heads)
    assert fork.ok("policy", "show").code == 0


def test_one_sides_files_do_not_join(pair: Project, clone_of: Callable[..., Project], keys: Keys) -> None:
    """They would take back what the other side changed, without a word."""
    other = clone_of(pair)
    git(other.path, "config", "gitgates.root", git(pair.path, "config", "gitgates.root"))
    join(other, keys.carol)
    git(other.path, "push", "--quiet", pair.path.as_uri(), "main:theirs")
    edit(pair, "allow_force = false", "allow_force = true")
    pair.ok("policy", "propose")
    git(pair.path, "config", "remote.here.url", pair.path.as_uri())
    git(pair.path, "update-ref", "refs/remotes/here/main", "refs/heads/theirs")
    done = pair("policy", "propose")
    assert (done.code, "would take back what the other side changed" in done.err) == (2, True)
    assert len(heads(pair)) == 2
    shown = [pair.ok("policy", "show", heads(pair)[0], "--text", text).out for text in ("policy", "signers")]
    for name, text in zip(("p", "s"), shown, strict=True):
        (pair.path / name).write_text(text)
    assert pair.json("policy", "propose", "--policy", "p", "--signers", "s")["joins"] == 2


def test_joining_needs_files_where_the_branch_is_not_checked_out(fork: Project, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    shutil.copy(fork.path / POLICY, mine)
    git(fork.path, "checkout", "--quiet", "-b", "feature")
    done = fork("policy", "propose", "--policy", mine)
    assert (done.code, "Give both files, with --policy and --signers" in done.err) == (2, True)
    told = fork.ok("policy", "propose", "--policy", mine, "--signers", fork.path / SIGNERS).out
    assert "joins 2 policies that were in force at once" in told


def test_the_quorums_of_all_that_are_joined(pair: Project, keys: Keys, clone_of: Callable[..., Project]) -> None:
    other = clone_of(pair)
    git(other.path, "config", "gitgates.root", git(pair.path, "config", "gitgates.root"))
    edit(pair, "allow_force = false", "allow_force = true")
    pair.ok("policy", "propose")
    pending = raise_quorum(other)["id"]
    other.ok("policy", "endorse", pending, "--key", keys.bob.path)
    git(pair.path, "fetch", "--quiet", other.path, "main")
    git(pair.path, "merge", "--quiet", "FETCH_HEAD", "--message", "join")
    edit(pair, "admin_quorum = 2", "admin_quorum = 1")
    value = pair.json("policy", "propose", "--policy", POLICY, "--signers", SIGNERS, code=1)
    assert value["lacking"] == f"it lacks 1 more admin signature(s) of the policy {pending}"
    waiting = pair("status", "--pending")
    assert waiting.code == 3  # a fork: nothing can be told of reports
    assert (
        f"the quorum of {pending[:12]} lacks 1; could endorse: bob@example.com"
        in pair.ok("policy", "show", value["id"]).out
    )
    pair.ok("policy", "endorse", value["id"], "--key", keys.bob.path)
    assert in_force(pair) == value["id"]


def test_adopt(fork: Project) -> None:
    one, two = heads(fork)
    root = git(fork.path, "config", "gitgates.root")
    useless = fork("policy", "adopt", root)
    assert (useless.code, "adopting it settles nothing" in useless.err) == (2, True)
    assert fork("policy", "adopt", "f" * 64).code == 2
    value = fork.json("policy", "adopt", two)
    assert (value["root"], value["policy"]) == (root, two)
    assert git(fork.path, "config", "gitgates.root") == f"{root}@{two}"
    assert fork.json("policy", "show", code=1)["id"] == two
    assert f"undo it with git config gitgates.root {root}" in fork.ok("policy", "adopt", one).out
    assert heads(fork) == [one]


def test_there_must_be_something_to_adopt(project: Project) -> None:
    done = project("policy", "adopt", in_force(project))
    assert (done.code, "one policy is in force" in done.err) == (2, True)
    git(project.path, "config", "--unset", "gitgates.root")
    assert project("policy", "adopt", "f" * 64).code == 3


# --- half a view ---


def test_a_clone_knows_the_policies_that_it_fetched(
    pair: Project, clone_of: Callable[..., Project], keys: Keys
) -> None:
    pending = raise_quorum(pair)["id"]
    other = clone_of(pair)
    git(other.path, "config", "gitgates.root", git(pair.path, "config", "gitgates.root"))
    git(pair.path, "stash", "--quiet")
    join(pair, keys.carol, roles=("--role", "checker"))
    git(other.path, "fetch", "--quiet")
    done = other("policy", "endorse", pending, "--key", keys.bob.path)
    assert (done.code, "was overtaken" in done.err) == (1, True), done
    proposed = other.json("policy", "propose", "--annuls", "a" * 64)
    assert (proposed["accepted"], in_force(other)) == (True, proposed["id"])


# --- what waits ---


def test_reports_that_wait(pair: Project, keys: Keys) -> None:
    assert pair.ok("status", "--pending").out == "nothing waits\n"
    pair.check()
    (one,) = pair.json("status", "--pending")["reports"]
    assert (one["model"], one["version"], one["context"], one["lacking"]) == ("veran", "v6.1", "production", 1)
    assert (one["author"], one["open_to"]) == (keys.alice.principal, [keys.alice.principal, keys.bob.principal])
    assert pair.json("status", "--pending", "--context", "staging")["reports"] == []
    assert pair("status", "--pending", "--context", "moon").code == 2
    pair.approve()
    assert pair.json("status", "--pending")["reports"] == []
    pair.ok("reject", "--model", "veran:v6.1", "--context", "production", "--reason", "x", "--key", keys.bob.path)
    (one,) = pair.json("status", "--pending")["reports"]
    assert len(one["objections"]) == 1
    shown = pair.ok("status", "--pending").out
    assert "lacks 1 approval(s)\n  could approve: alice@example.com, bob@example.com\n" in shown
    assert "which speaks against it" in shown


def test_who_may_not_approve_is_not_waited_for(pair: Project, keys: Keys) -> None:
    join(pair, keys.carol)
    edit(pair, "separation_of_duties = false", "separation_of_duties = true")
    edit(pair, "required_approvals = 1\nsep", "required_approvals = 2\nsep")
    pair.ok("policy", "propose")
    pair.check()
    pair.approve("veran:v6.1", "production", "--key", keys.bob.path)
    (one,) = pair.json("status", "--pending")["reports"]
    assert (one["lacking"], one["approved_by"], one["open_to"]) == (1, [keys.bob.principal], [keys.carol.principal])
    assert "approved by bob@example.com" in pair.ok("status", "--pending").out


def test_failed_reports_wait_where_force_is_allowed(pair: Project) -> None:
    pair.fail()
    (one,) = pair.json("status", "--pending")["reports"]
    assert one["forced"] is True
    assert "by force, since it failed" in pair.ok("status", "--pending").out
    pair.fail("veran:v6.3", "production")  # no force there
    assert [o["context"] for o in pair.json("status", "--pending")["reports"]] == ["staging"]


def test_what_cannot_be_told_is_said(pair: Project) -> None:
    pair.approved()
    (report,) = (pair.path / ".quality-gates/models/veran/v6.1").glob("*-report-*.json")
    git(pair.path, "rm", "--quiet", report, f"{report}.sig")
    git(pair.path, "commit", "--quiet", "--message", "lose it")
    value = pair.json("status", "--pending", code=3)
    assert [one["version"] for one in value["undecided"]] == ["v6.1"]
    assert "veran:v6.1: cannot decide: " in pair("status", "--pending").out


def test_pending_or_a_model(project: Project) -> None:
    assert project("status").code == 2
    assert project("status", "--pending", "--model", "veran:v1").code == 2


def test_json_of_pending_policies(pair: Project) -> None:
    pending = raise_quorum(pair)["id"]
    done = pair.ok("status", "--pending", "--json")
    (one,) = json.loads(done.out)["policies"]
    assert one["quorums"] == [{"of": pending, "lacking": 1, "open_to": ["bob@example.com"]}]


def test_a_report_under_newer_rules_is_said(pair: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it waits cannot be told: the program does not know what it was judged by."""
    from gitgates.cli import pending_view
    from gitgates.errors import CannotDecide

    def too_new(*_: Any) -> Any:
        raise CannotDecide("newer format", "the report's rules are newer than this program")

    pair.check()
    monkeypatch.setattr(pending_view, "waiting_reports", too_new)
    value = pair.json("status", "--pending", code=3)
    assert "rules are newer" in value["undecided"][0]["reason"]
