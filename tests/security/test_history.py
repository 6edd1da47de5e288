"""History rewritten, rewound, forked and merged; records left out, and records that never were named as parents."""

from collections.abc import Callable, Mapping

import pytest

from tests.security.world import (
    MEMBERS,
    Made,
    Row,
    World,
    Write,
    check_row,
    check_write,
    new_repository,
    root_policy,
    signers_of,
)
from tests.support import git
from tests.unit.decision.builder import BAD

GHOST = "0" * 64


# --- carol's rejection is taken out of history -----------------------------------------------------------------------


def remove(world: World, record: Made) -> None:
    git(world.path, "rm", "--quiet", "--force", *record.files)


def by_plain_commit(world: World, rejection: Made, before: str) -> None:
    remove(world, rejection)
    world.commit()


def inside_a_merge_commit(world: World, rejection: Made, before: str) -> None:
    """Neither parent deletes it: git log shows this only with -m."""
    git(world.path, "checkout", "--quiet", "-b", "side")
    git(world.path, "commit", "--quiet", "--allow-empty", "--message", "code")
    git(world.path, "checkout", "--quiet", "main")
    git(world.path, "merge", "--quiet", "--no-ff", "--no-commit", "side")
    remove(world, rejection)
    git(world.path, "commit", "--quiet", "--message", "Merge side")


def by_merge_ours(world: World, rejection: Made, before: str) -> None:
    git(world.path, "checkout", "--quiet", "-b", "side", before)
    git(world.path, "commit", "--quiet", "--allow-empty", "--message", "code")
    git(world.path, "merge", "--quiet", "--no-edit", "-s", "ours", "main")
    git(world.path, "branch", "--quiet", "--force", "main", "side")
    git(world.path, "checkout", "--quiet", "main")


def by_squash(world: World, rejection: Made, before: str) -> None:
    git(world.path, "reset", "--quiet", "--soft", git(world.path, "rev-list", "--max-parents=0", "HEAD"))
    remove(world, rejection)
    git(world.path, "commit", "--quiet", "--message", "All that happened")


def by_rewriting_everything(world: World, rejection: Made, before: str) -> None:
    git(world.path, "checkout", "--quiet", "--orphan", "new")
    remove(world, rejection)
    git(world.path, "commit", "--quiet", "--message", "A fresh start")
    git(world.path, "branch", "--quiet", "--force", "main", "new")
    git(world.path, "checkout", "--quiet", "main")


def by_rewinding(world: World, rejection: Made, before: str) -> None:
    git(world.path, "reset", "--quiet", "--hard", before)


def by_reverting_the_commit(world: World, rejection: Made, before: str) -> None:
    git(world.path, "revert", "--no-edit", "HEAD")


def by_reverting_its_merge(world: World, rejection: Made, before: str) -> None:
    """The rejection came by a merge, which `git revert -m 1` takes back."""
    git(world.path, "branch", "side")
    git(world.path, "reset", "--quiet", "--hard", before)
    git(world.path, "merge", "--quiet", "--no-edit", "--no-ff", "side")
    git(world.path, "revert", "--no-edit", "-m", "1", "HEAD")


def by_amending(world: World, rejection: Made, before: str) -> None:
    remove(world, rejection)
    git(world.path, "commit", "--quiet", "--amend", "--allow-empty", "--message", "Nothing happened")


def by_another_folder(world: World, rejection: Made, before: str) -> None:
    git(world.path, "mv", ".quality-gates/models/veran", ".quality-gates/models/veran-old")
    git(world.path, "commit", "--quiet", "--message", "Tidy up")


def by_deleting_all(world: World, rejection: Made, before: str) -> None:
    git(world.path, "rm", "--quiet", "-r", ".quality-gates/models")
    git(world.path, "commit", "--quiet", "--message", "Tidy up")


TakeOut = Callable[[World, Made, str], None]
TAKEN_OUT: Mapping[str, TakeOut] = {
    "by a plain commit": by_plain_commit,
    "inside a merge commit": inside_a_merge_commit,
    "by merge -s ours": by_merge_ours,
    "by a squash": by_squash,
    "by rewriting everything": by_rewriting_everything,
    "by rewinding": by_rewinding,
    "by reverting the commit": by_reverting_the_commit,
    "by reverting its merge": by_reverting_its_merge,
    "by amending": by_amending,
    "by moving the model's folder": by_another_folder,
    "by deleting all records": by_deleting_all,
}


def allowed_then_rejected(world: World) -> tuple[Made, str]:
    """Return carol's rejection, which is the newest record, and the commit before it."""
    world.allowed()
    before = world.commit()
    rejection = world.reject()
    world.commit()
    return rejection, before


@pytest.mark.parametrize("name", TAKEN_OUT)
def test_a_clone_that_verified_the_newest_rejection_misses_it(world: World, name: str) -> None:
    rejection, before = allowed_then_rejected(world)
    world.remember()
    TAKEN_OUT[name](world, rejection, before)
    asked = world.ask()
    assert (asked.answer, asked.code, asked.cause) == ("cannot decide", 3, "incomplete"), asked
    assert rejection.id in asked.reason
    assert any(f["affects_decision"] for f in world.findings())


@pytest.mark.parametrize("name", TAKEN_OUT)
def test_bringing_the_rejection_back_heals(world: World, name: str) -> None:
    rejection, before = allowed_then_rejected(world)
    world.remember()
    TAKEN_OUT[name](world, rejection, before)
    git(world.path, "checkout", "refs/gitgates/verified", "--", ".quality-gates/models/veran")
    world.commit("Bring the records back")
    asked = world.ask()
    assert (asked.answer, asked.code) == ("denied", 1), asked
    assert "rejected by carol" in asked.reason


KNOWN_OF = ("by a plain commit", "inside a merge commit", "by a squash", "by rewriting everything", "by amending")


@pytest.mark.parametrize("name", KNOWN_OF)
def test_any_clone_misses_a_rejection_that_a_later_record_knows_of(world: World, name: str) -> None:
    """A middle record is left out: whoever clones afterwards, and has never seen it, is told."""
    rejection, before = allowed_then_rejected(world)
    world.report(context="staging")
    world.commit()
    TAKEN_OUT[name](world, rejection, before)
    asked = world.ask()
    assert (asked.answer, asked.code, asked.cause) == ("cannot decide", 3, "incomplete"), asked
    assert rejection.id in asked.reason


def test_any_clone_misses_a_rejection_that_a_policy_sealed(world: World) -> None:
    rejection, before = allowed_then_rejected(world)
    world.follow({**MEMBERS, "erin": '"approver"'})
    world.commit()
    by_plain_commit(world, rejection, before)
    check_row(world, Row(lambda _: None, "cannot decide", rejection.id, "incomplete", "missing: "))


def test_any_clone_misses_records_of_which_a_policy_sealed_the_last(world: World) -> None:
    world.rejected()
    world.follow({**MEMBERS, "erin": '"approver"'})
    world.commit()
    git(world.path, "rm", "--quiet", "-r", ".quality-gates/models")
    world.commit()
    asked = world.ask()
    assert (asked.answer, asked.code, asked.cause) == ("cannot decide", 3, "incomplete"), asked


def test_what_a_first_clone_cannot_know(world: World) -> None:
    """Not protected: nobody after the newest record knows of it, and this clone never saw it.

    A server hook that refuses deletions prevents this; until then it takes one clone that has verified it.
    """
    rejection, before = allowed_then_rejected(world)
    witness = world.copy("witness")
    witness.remember()
    by_rewinding(world, rejection, before)
    assert world.ask().answer == "allowed"
    git(witness.path, "fetch", "--quiet", world.path, "main")
    git(witness.path, "reset", "--quiet", "--hard", "FETCH_HEAD")
    asked = witness.ask()
    assert (asked.answer, asked.code, asked.cause) == ("cannot decide", 3, "incomplete"), asked


# --- stale clones ----------------------------------------------------------------------------------------------------


def test_a_clone_behind_its_remote_reads_what_it_fetched(world: World) -> None:
    """It has fetched the rejection and not merged it."""
    world.allowed()
    world.commit()
    stale = world.copy("stale")
    git(stale.path, "remote", "add", "origin", world.path.as_uri())
    world.reject()
    world.commit()
    assert stale.ask().answer == "allowed"  # not protected: it has not fetched
    git(stale.path, "fetch", "--quiet", "origin")
    asked = stale.ask()
    assert (asked.answer, asked.code) == ("denied", 1), asked
    assert "rejected by" in asked.reason


# --- forked and merged -----------------------------------------------------------------------------------------------


def two_clones(world: World) -> tuple[World, Made]:
    """Return another clone; both have a report and bob's approval of the two that it needs."""
    report = world.half()
    world.commit()
    return world.copy("other"), report


def merged_with(*options: str) -> Callable[[World], None]:
    def attack(world: World) -> None:
        other, report = two_clones(world)
        world.approve("carol", report)
        other.now = world.now
        other.reject("dana")
        world.take_over(other, *options)

    return attack


def merged_ours(world: World) -> None:
    """The side with the rejection is merged and its content left out; a clone has verified that side."""
    other, report = two_clones(world)
    other.approve("carol", report)
    other.now = world.now
    world.reject("dana")
    world.commit()
    world.remember()
    git(world.path, "branch", "with-rejection")
    world.take_over(other, "-s", "ours")
    git(world.path, "checkout", "--quiet", "-B", "main", "HEAD^2")
    git(world.path, "merge", "--quiet", "--no-edit", "-s", "ours", "with-rejection")


def test_a_forked_ledger_that_is_merged_has_both_sides(world: World) -> None:
    check_row(world, Row(merged_with(), "denied", "rejected by dana"))


def test_a_merge_that_drops_the_side_with_the_rejection(world: World) -> None:
    check_row(world, Row(merged_ours, "cannot decide", "incomplete", "incomplete", "deleted: "))


def test_either_order_of_a_merge_gives_the_same_answer(world: World) -> None:
    other, report = two_clones(world)
    world.approve("carol", report)
    other.now = world.now
    other.reject("dana")
    world.commit()
    mine = world.copy("mine")
    theirs = other.copy("theirs")
    mine.take_over(other)
    theirs.take_over(world)
    assert mine.ask() == theirs.ask()
    assert mine.ask().answer == "denied"


# --- other ledgers ---------------------------------------------------------------------------------------------------


def strangers_ledger(world: World) -> World:
    """Return a ledger that mallory founded, in which veran:v1 may be deployed, by the names of our members."""
    members = {"mallory": '"admin"'} | {name: MEMBERS[name] for name in ("bob", "ci", "dana")}
    signers = {"mallory": "mallory", "bob": "mallory-2", "ci": "mallory-3", "dana": "mallory-4"}
    root = root_policy("mallory", members, signers_of(**signers))
    new_repository(world.path.parent / "foreign", root)
    other = World(world.path.parent / "foreign", world.run, root.id, root.id)
    report = other.report(key="mallory-3")
    other.approve("bob", report, key="mallory-2")
    other.approve("dana", report, key="mallory-4")
    other.commit()
    assert other.ask().answer == "allowed"
    return other


def foreign_ledger_merged(world: World) -> None:
    world.half()
    world.commit()
    other = strangers_ledger(world)
    git(world.path, "fetch", "--quiet", other.path, "main")
    git(world.path, "merge", "--quiet", "--no-edit", "--allow-unrelated-histories", "-X", "theirs", "FETCH_HEAD")


def foreign_ledger_instead(world: World) -> None:
    world.half()
    world.commit()
    other = strangers_ledger(world)
    git(world.path, "fetch", "--quiet", other.path, "main")
    git(world.path, "reset", "--quiet", "--hard", "FETCH_HEAD")


def second_genesis(world: World) -> None:
    world.half()
    world.put(root_policy("mallory", {"mallory": '"admin", "approver"'}).files)


def unpinned(attack: Callable[[World], None]) -> Callable[[World], None]:
    """Return the attack on a clone that knows no root."""

    def on_unpinned(world: World) -> None:
        attack(world)
        git(world.path, "config", "--unset", "gitgates.root")

    return on_unpinned


OTHER_LEDGERS: Mapping[str, Row] = {
    "unrelated ledger merged in": Row(foreign_ledger_merged, "denied", "has 1 of 2 approvals", finding="foreign: "),
    "second genesis": Row(second_genesis, "denied", "has 1 of 2 approvals", finding="(foreign|policy): "),
    "the ledger replaced by another": Row(
        foreign_ledger_instead, "cannot decide", "root policy .* is not in this ledger", "incomplete"
    ),
}


@pytest.mark.parametrize("name", OTHER_LEDGERS)
def test_a_pinned_root_is_the_only_one(world: World, name: str) -> None:
    row = OTHER_LEDGERS[name]
    if row.cause:
        row.attack(world)
        asked = world.ask()
        assert (asked.answer, asked.code) == ("cannot decide", 3), asked
        assert asked.cause in ("incomplete", "no pin")
    else:
        check_row(world, row)


@pytest.mark.parametrize("name", ["unrelated ledger merged in", "second genesis"])
def test_without_a_pin_two_geneses_are_no_ledger(world: World, name: str) -> None:
    attack = unpinned(OTHER_LEDGERS[name].attack)  # type: ignore[arg-type]
    check_row(world, Row(attack, "cannot decide", "2 root policies are there", "no pin"))


def test_without_a_pin_a_root_that_was_removed_shows(world: World) -> None:
    """Mallory's root is the only one left; that another was there before is in history."""

    def attack(world: World) -> None:
        second_genesis(world)
        world.commit()
        git(world.path, "rm", "--quiet", f".quality-gates/policy/*-{world.root}.json*")

    check_row(world, Row(unpinned(attack), "cannot decide", "were removed", "no pin"))


def test_without_a_pin_the_only_root_is_not_taken_unasked(world: World) -> None:
    world.allowed()
    git(world.path, "config", "--unset", "gitgates.root")
    check_row(world, Row(lambda _: None, "cannot decide", "does not say which root it trusts", "no pin"))
    assert world.ask("veran:v1", "production", "--trust-first-use").answer == "allowed"


def test_a_root_from_outside_beats_a_changed_configuration(world: World) -> None:
    """Not protected: whoever writes to .git/config moves the pin. A root that the asker brings along holds."""
    foreign_ledger_instead(world)
    theirs = git(world.path.parent / "foreign", "config", "gitgates.root")
    git(world.path, "config", "gitgates.root", theirs)
    assert world.ask().answer == "allowed"
    asked = world.ask("veran:v1", "production", "--root", world.root)
    assert (asked.answer, asked.code) == ("cannot decide", 3), asked
    assert "is not in this ledger" in asked.reason


# --- ghost parents ---------------------------------------------------------------------------------------------------


def ghosts_by(name: str) -> Callable[[World], None]:
    """Return an attack by a report that names a parent which never was."""

    def attack(world: World) -> None:
        world.allowed()
        world.put(world.outcome(name, context="staging", parents=(GHOST,)).files)

    return attack


GHOSTS: Mapping[str, Row] = {
    "by a stranger": Row(ghosts_by("mallory"), "allowed", "all conditions are met", finding="foreign: "),
    "by a member without the role": Row(ghosts_by("bob"), "allowed", "all conditions", finding="bob is no checker"),
    "by a checker": Row(ghosts_by("ci"), "cannot decide", GHOST, "incomplete", "missing: "),
}


@pytest.mark.parametrize("name", GHOSTS)
def test_ghost_parents(world: World, name: str) -> None:
    check_row(world, GHOSTS[name])


def test_ghost_parents_by_a_member_are_cleared_by_annulling(world: World) -> None:
    ghosts_by("ci")(world)
    world.follow({**MEMBERS, "erin": '"approver"'}, annuls=(GHOST,))
    check_row(world, Row(lambda _: None, "allowed", "all conditions are met"))


def test_a_ghost_policy_by_a_member_is_cleared_by_annulling(world: World) -> None:
    world.allowed()
    world.put(world.outcome(context="staging", policy=GHOST).files)
    check_row(world, Row(lambda _: None, "cannot decide", GHOST, "incomplete", "missing: "))
    world.follow({**MEMBERS, "erin": '"approver"'}, annuls=(GHOST,))
    check_row(world, Row(lambda _: None, "allowed", "all conditions are met"))


# --- policies left out -----------------------------------------------------------------------------------------------


def policy_in_the_middle_deleted(world: World) -> None:
    """Bob loses his role; then a policy follows that changes something else. The one in the middle is taken away."""
    world.allowed()
    middle = world.follow({**MEMBERS, "bob": ""}, seals=False)
    world.follow({**MEMBERS, "bob": "", "erin": '"approver"'}, seals=False)
    world.commit()
    remove(world, middle)


def policy_in_the_middle_signed_again(world: World) -> None:
    """Its id stays, its author's signature does not: it would wait for endorsements for ever."""
    world.allowed()
    middle = world.follow({**MEMBERS, "bob": ""}, seals=False)
    world.follow({**MEMBERS, "bob": "", "erin": '"approver"'}, seals=False)
    world.resign(middle, "dana")


def policy_of_the_newest_record_deleted(world: World) -> None:
    world.allowed()
    newest = world.follow({**MEMBERS, "bob": ""}, seals=False)
    world.report(context="staging")
    world.commit()
    remove(world, newest)


def seal_deleted(world: World) -> None:
    world.allowed()
    world.follow({**MEMBERS, "erin": '"approver"'})
    world.commit()
    git(world.path, "rm", "--quiet", ".quality-gates/policy/*.seal")


LEFT_OUT: Mapping[str, Row] = {
    "policy in the middle deleted": Row(
        policy_in_the_middle_deleted, "cannot decide", "policies that others follow are missing", "incomplete"
    ),
    "policy in the middle signed again by another member": Row(
        policy_in_the_middle_signed_again, "cannot decide", "or lack endorsements", "incomplete"
    ),
    "policy that a record names deleted": Row(
        policy_of_the_newest_record_deleted, "cannot decide", "incomplete", "incomplete", "missing: "
    ),
    "seal deleted": Row(seal_deleted, "cannot decide", "incomplete", "incomplete", "missing: "),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_policy_that_is_left_out_is_missed(world: World, name: str) -> None:
    check_row(world, LEFT_OUT[name])


# --- what may be written on an incomplete view -----------------------------------------------------------------------


def incomplete(world: World) -> None:
    """Start with a failed report in the middle that somebody deleted."""
    failed = world.report(metrics=BAD)
    world.report()
    world.put(dict.fromkeys(failed.files))


def test_no_approval_on_an_incomplete_view(world: World) -> None:
    args = ("approve", "--model", "veran:v1", "--context", "production")
    check_write(world, Write(incomplete, "bob", args, 3, "incomplete"))


def test_no_report_on_an_incomplete_view(world: World) -> None:
    (world.path.parent / "metrics.json").write_text('{"quality_score": 0.9, "throughput_tokens_per_sec": 50}')
    args = (
        "check",
        "--model",
        "veran:v1",
        "--context",
        "staging",
        "--metrics",
        str(world.path.parent / "metrics.json"),
    )
    check_write(world, Write(incomplete, "ci", args, 3, "incomplete"))


def test_a_rejection_can_always_be_written(world: World) -> None:
    incomplete(world)
    world.commit()
    done = world.as_person("bob", "reject", "--model", "veran:v1", "--context", "production", "--reason", "odd")
    assert done.code == 0, done
    assert len(git(world.path, "ls-files", ".quality-gates/models/*-decision-*.json").splitlines()) == 1
