"""Policies that travel, and policies that must not: two that follow the same one leave none in force."""

import pytest

from gitgates.ledger.endorsing import endorse
from tests.git.ledgers import commit_files
from tests.git.team import LEDGER, Team
from tests.support import git

OLD, NEW = "allow_force = false", "allow_force = true"


def text_on_hub(team: Team) -> str:
    return git(team.hub, "show", f"{team.branch}:{LEDGER}/policy.toml")


def test_a_policy_travels_with_records_of_both_sides(team: Team) -> None:
    alice, bob = team.alice, team.bob
    report = alice.report("veran:v1")
    proposed = alice.propose(OLD, NEW)
    rejection = bob.reject("veran:v1")
    bob.sync()
    assert set(alice.sync().sent) == {report.id, proposed.id}
    assert NEW in text_on_hub(team)
    bob.sync()
    with bob.open() as ledger:
        assert ledger.chain.effective() == proposed.id
    team.settle(alice, bob)
    assert rejection.path in alice.records()
    team.check(alice, bob)


def test_a_fork_that_nobody_shared_is_refused(team: Team) -> None:
    alice, bob = team.alice, team.bob
    theirs = alice.propose(OLD, NEW)
    alice.sync()
    mine = bob.propose("separation_of_duties = false", "separation_of_duties = true")
    before = team.tip()
    done = team.cli(bob, "sync")
    assert done.code == 3
    assert f"the policy {mine.id} of this clone and {theirs.id} on origin follow the same one" in done.err
    assert "gitgates policy propose --push" in done.err
    assert team.tip() == before
    assert mine.id not in "".join(team.on_hub())
    assert team.cli(alice, "can-deploy", "--model", "veran:v1", "--context", "staging").code != 3
    fetched = team.cli(bob, "sync", "--fetch-only")
    assert fetched.code == 0, fetched
    joined = bob.propose("format =", "# Both\nformat =")
    assert joined.accepted
    team.settle(bob, alice)
    with alice.open() as ledger:
        assert ledger.chain.effective() == joined.id
    team.check(alice, bob)


@pytest.mark.parametrize("team", ["own"], indirect=True)
def test_a_fork_on_the_remote_is_no_reason_to_keep_records_back(team: Team) -> None:
    alice, bob = team.alice, team.bob
    alice.propose(OLD, NEW)
    bob.propose("separation_of_duties = false", "separation_of_duties = true")
    git(team.hub, "fetch", "--quiet", "../bob", f"{team.branch}:bob")
    alice.git("fetch", "--quiet", "../bob", team.branch)
    alice.sync()
    clone = team.clone("carol")
    clone.git("checkout", "--quiet", team.branch)
    clone.git("merge", "--quiet", "--no-edit", "-X", "ours", "origin/bob")
    clone.git("push", "--quiet", "origin", f"HEAD:{team.branch}")
    assert bob.sync().stayed == ""
    with bob.open() as ledger:
        assert len(ledger.chain.heads()) == 2
    assert alice.allowed("veran:v1") == "denied"
    alice.sync()
    assert alice.allowed("veran:v1") == bob.allowed("veran:v1") == "cannot decide"


@pytest.mark.parametrize("team", ["own"], indirect=True)
def test_endorsements_travel(team: Team) -> None:
    alice, bob = team.alice, team.bob
    mine = alice.propose("admin_quorum = 1", "admin_quorum = 2")
    assert not mine.accepted
    assert alice.sync().sent == (mine.id,)
    bob.sync()
    with bob.open() as ledger:
        endorsed = endorse(ledger, bob.signer(), mine.id, bob.later())
    assert endorsed.accepted
    assert len(bob.sync().sent) == 1
    alice.sync()
    with alice.open() as ledger:
        assert mine.id in ledger.chain.accepted
    team.check(alice, bob)


def test_an_edit_of_the_policys_text_decides_nothing(team: Team) -> None:
    alice, bob = team.alice, team.bob
    if team.branch == "quality-gates":
        bob.git("checkout", "--quiet", team.branch)
    (bob.path / LEDGER / "policy.toml").write_text("# mine\n")
    commit_files(bob.path, "A proposal", {f"{LEDGER}/policy.toml": "# mine\n"})
    edited = bob.git("rev-parse", "HEAD")
    alice.propose(OLD, NEW)
    alice.sync()
    rejection = bob.reject("veran:v1")
    assert bob.sync().sent == (rejection.id,)
    assert NEW in text_on_hub(team)
    assert edited in bob.git("rev-list", "HEAD").split()
    if team.branch == "main":
        assert (bob.path / LEDGER / "policy.toml").read_text() == "# mine\n"
    team.settle(alice, bob)
    assert alice.records() == bob.records() == team.on_hub()
    with bob.open() as mine, alice.open() as hers:
        assert mine.chain.effective() == hers.chain.effective()


def test_a_commit_that_wants_an_older_policy_back_stays(code: Team) -> None:
    """The text is one that was in force once, and yet it is the user's edit."""
    alice, bob = code.alice, code.bob
    path = f"{LEDGER}/policy.toml"
    older = (bob.path / path).read_text()
    alice.propose(OLD, NEW)
    alice.sync()
    bob.sync()
    assert NEW in (bob.path / path).read_text()
    edited = commit_files(bob.path, "Proposal: as it was", {path: older})
    alice.report("veran:v1")
    alice.sync()
    bob.sync()
    assert edited in bob.git("rev-list", "HEAD").split()
    assert (bob.path / path).read_text() == older
    assert alice.records() == bob.records() == code.on_hub()


def test_records_on_an_older_policys_text_give_way(code: Team) -> None:
    """Nobody edited it: this clone's commits began before the policy changed."""
    alice, bob = code.alice, code.bob
    alice.propose(OLD, NEW)
    alice.sync()
    rejection = bob.reject("veran:v1")
    assert bob.sync().sent == (rejection.id,)
    assert bob.git("rev-parse", "HEAD") == code.tip()
    assert NEW in (bob.path / LEDGER / "policy.toml").read_text()
    code.settle(alice, bob)
    code.check(alice, bob)


def test_a_policy_beside_code_that_is_not_pushed(code: Team) -> None:
    alice, bob = code.alice, code.bob
    alice.report("veran:v1")
    alice.sync()
    commit_files(bob.path, "Code", {"train.py": "x = 2\n"})
    proposed = bob.propose(OLD, NEW)
    before = bob.git("rev-parse", "HEAD")
    assert bob.sync().sent == (proposed.id,)
    assert NEW in text_on_hub(code)
    assert bob.git("rev-parse", "HEAD") == before
    assert git(code.hub, "log", "-1", "--format=%(trailers:key=Gates-Record,valueonly)", "main").strip() == proposed.id
    bob.git("pull", "--quiet", "--no-edit", "--no-rebase")
    alice.sync()
    assert NEW in (alice.path / LEDGER / "policy.toml").read_text()
    code.check(alice, bob)
