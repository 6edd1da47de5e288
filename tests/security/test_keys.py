"""Keys that were never listed, listed later, retired, listed again, revoked, shared; two keys of one person."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from tests.security.world import (
    MEMBERS,
    START,
    Made,
    Row,
    World,
    Write,
    check_row,
    check_write,
    person,
    signers_of,
)
from tests.unit.decision.builder import BAD

WITHOUT_CAROL = {name: roles for name, roles in MEMBERS.items() if name != "carol"}
WITH_ERIN = {**MEMBERS, "erin": '"approver"'}
ONE_OF_TWO = "has 1 of 2 approvals"


# --- carol's or erin's approval would be the second of two -----------------------------------------------------------


def never_listed(world: World) -> None:
    world.approve("mallory", world.half())


def never_listed_under_a_members_name(world: World) -> None:
    world.approve("carol", world.half(), key="mallory")


def listed_later(world: World) -> None:
    """Erin approves before she is a member; the policy that makes her one does not reach back."""
    report, root = world.half(), world.root
    world.follow(WITH_ERIN)
    world.approve("erin", report, policy=root)


def listed_later_and_sealed(world: World) -> None:
    """No command seals what does not count; an admin who does it by hand claims a record that nobody could sign."""
    report = world.half()
    world.approve("erin", report)
    world.follow(WITH_ERIN)


def retired_earlier(world: World) -> None:
    """Carol names the policy in which she was still a member; nothing sealed her approval before she left."""
    report, root = world.half(), world.root
    world.follow(WITHOUT_CAROL)
    world.approve("carol", report, policy=root)


def retired_earlier_and_backdated(world: World) -> None:
    report, root = world.half(), world.root
    world.follow(WITHOUT_CAROL)
    world.approve("carol", report, policy=root, created=START - timedelta(days=1))


def retired_earlier_naming_the_new_policy(world: World) -> None:
    report = world.half()
    world.follow(WITHOUT_CAROL)
    world.approve("carol", report)


def retired_and_sealed_too_late(world: World) -> None:
    report, root = world.half(), world.root
    world.follow(WITHOUT_CAROL)
    world.approve("carol", report, policy=root)
    world.follow({**WITHOUT_CAROL, "erin": '"approver"'})


def listed_again(world: World) -> None:
    """What carol wrote while she was no member does not count once she is one again."""
    report, root = world.half(), world.root
    world.follow(WITHOUT_CAROL)
    world.approve("carol", report, policy=root)
    world.follow(MEMBERS)


def key_retired_and_another_listed(world: World) -> None:
    report, root = world.half(), world.root
    world.follow(MEMBERS, signers=signers_of(*WITHOUT_CAROL, carol="carol-2"))
    world.approve("carol", report, policy=root)


def old_key_under_the_new_policy(world: World) -> None:
    report = world.half()
    world.follow(MEMBERS, signers=signers_of(*WITHOUT_CAROL, carol="carol-2"))
    world.approve("carol", report)


def role_taken(world: World) -> None:
    report, root = world.half(), world.root
    world.follow({**MEMBERS, "carol": ""})
    world.approve("carol", report, policy=root)


def role_never_given(world: World) -> None:
    world.approve("ci", world.half())


def revoked_sealed(world: World) -> None:
    """A stolen key: even what was in place when the theft was noticed speaks for nothing."""
    world.allowed()
    world.follow(WITHOUT_CAROL, revoked=(person("carol").public,))


def revoked_unsealed(world: World) -> None:
    report, root = world.half(), world.root
    world.follow(WITHOUT_CAROL, revoked=(person("carol").public,))
    world.approve("carol", report, policy=root)


def revoked_and_listed_again(world: World) -> None:
    report = world.half()
    world.follow(WITHOUT_CAROL, revoked=(person("carol").public,))
    world.follow(MEMBERS)
    world.approve("carol", report)


def revoked_and_admitted(world: World) -> None:
    report, root = world.half(), world.root
    world.follow(WITHOUT_CAROL, revoked=(person("carol").public,))
    approval = world.approve("carol", report, policy=root)
    world.follow({**WITHOUT_CAROL, "erin": '"approver"'}, admits=(approval.id,))


def key_under_two_principals(world: World) -> None:
    """An admin lists bob's key for erin too, who would be the second approver: no such policy is accepted."""
    report = world.half()
    world.follow(WITH_ERIN, signers=signers_of(*[n for n in MEMBERS if n != "bob"], erin="bob"))
    world.approve("erin", report, policy=world.root, key="bob")


def key_handed_on(world: World) -> None:
    """Carol leaves, and later somebody else is listed with her key."""
    report = world.half()
    world.follow(WITHOUT_CAROL)
    between = world.policy
    world.follow({**WITHOUT_CAROL, "erin": '"approver"'}, signers=signers_of(*WITHOUT_CAROL, erin="carol"))
    world.approve("erin", report, policy=between, key="carol")


def two_keys_of_one_person(world: World) -> None:
    world.follow(MEMBERS, signers=(*signers_of(*MEMBERS), *signers_of(bob="bob-2")))
    report = world.half()
    world.approve("bob", report, key="bob-2")


def two_records_of_one_person(world: World) -> None:
    world.approve("bob", world.half(), notes="and once more")


def on_another_branch(world: World) -> Made:
    """Carol approves on one branch while a policy on another takes her off the list; then the two are merged."""
    report = world.half()
    world.commit()
    other = world.copy("other")
    other.now += timedelta(seconds=30)
    other.follow(WITHOUT_CAROL)
    approval = world.approve("carol", report)
    world.take_over(other)
    world.policy, world.sealed = other.policy, other.sealed
    return approval


ROWS: Mapping[str, Row] = {
    "never listed": Row(never_listed, "denied", ONE_OF_TWO, finding="foreign: .*no policy .* lists"),
    "never listed, under a member's name": Row(
        never_listed_under_a_members_name, "denied", ONE_OF_TWO, finding="foreign: .*no policy .* lists"
    ),
    "listed later": Row(listed_later, "denied", ONE_OF_TWO, finding="not one of erin under the policy"),
    "listed later, and sealed by hand": Row(listed_later_and_sealed, "cannot decide", "incomplete", "incomplete"),
    "retired earlier": Row(retired_earlier, "denied", ONE_OF_TWO, finding="nothing had sealed it by then"),
    "retired earlier, and backdated": Row(
        retired_earlier_and_backdated, "denied", ONE_OF_TWO, finding="nothing had sealed it by then"
    ),
    "retired earlier, naming the new policy": Row(
        retired_earlier_naming_the_new_policy, "denied", ONE_OF_TWO, finding="not one of carol"
    ),
    "retired, and sealed too late": Row(
        retired_and_sealed_too_late, "denied", ONE_OF_TWO, finding="nothing had sealed it by then"
    ),
    "listed again": Row(listed_again, "denied", ONE_OF_TWO, finding="nothing had sealed it by then"),
    "another key listed": Row(
        key_retired_and_another_listed, "denied", ONE_OF_TWO, finding="nothing had sealed it by then"
    ),
    "old key under the new policy": Row(old_key_under_the_new_policy, "denied", ONE_OF_TWO, finding="not one of carol"),
    "role taken": Row(role_taken, "denied", ONE_OF_TWO, finding="carol is no approver"),
    "role never given": Row(role_never_given, "denied", ONE_OF_TWO, finding="ci is no approver"),
    "revoked, sealed before": Row(revoked_sealed, "denied", ONE_OF_TWO, finding="counts against only"),
    "revoked, not sealed": Row(revoked_unsealed, "denied", ONE_OF_TWO, finding="it does not count"),
    "revoked, and listed again": Row(revoked_and_listed_again, "denied", ONE_OF_TWO, finding="was revoked"),
    "revoked, and admitted": Row(revoked_and_admitted, "denied", ONE_OF_TWO, finding="was revoked"),
    "key under two principals": Row(
        key_under_two_principals, "denied", ONE_OF_TWO, finding="it gives erin a key that was bob's"
    ),
    "key handed on": Row(key_handed_on, "denied", ONE_OF_TWO, finding="it gives erin a key that was carol's"),
    "two keys of one person": Row(two_keys_of_one_person, "denied", ONE_OF_TWO),
    "two records of one person": Row(two_records_of_one_person, "denied", ONE_OF_TWO),
    "approving on another branch while removed": Row(
        on_another_branch, "denied", ONE_OF_TWO, finding="nothing had sealed it by then"
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_who_gives_no_second_approval(world: World, name: str) -> None:
    check_row(world, ROWS[name])


# --- what honest rotation keeps: otherwise the rows above could pass for a wrong reason ------------------------------


def rotated(world: World) -> None:
    report = world.half()
    world.follow(MEMBERS, signers=signers_of(*WITHOUT_CAROL, carol="carol-2"))
    world.approve("carol", report, key="carol-2")


def left_after_approving(world: World) -> None:
    world.allowed()
    world.follow(WITHOUT_CAROL)


def joined_before_approving(world: World) -> None:
    report = world.half()
    world.follow(WITH_ERIN)
    world.approve("erin", report)


def approved_before_leaving_and_admitted(world: World) -> None:
    approval = on_another_branch(world)
    world.follow({**WITHOUT_CAROL, "erin": '"approver"'}, seals=False, admits=(approval.id,))


HONEST: Mapping[str, Callable[[World], None]] = {
    "with a rotated key": rotated,
    "sealed before the approver left": left_after_approving,
    "by somebody who joined before": joined_before_approving,
    "admitted by an admin": approved_before_leaving_and_admitted,
}


@pytest.mark.parametrize("name", HONEST)
def test_who_gives_a_second_approval(world: World, name: str) -> None:
    check_row(world, Row(HONEST[name], "allowed", "all conditions are met"))


# --- objections by keys that lost their power ------------------------------------------------------------------------


def rejected_then_revoked(world: World) -> None:
    world.rejected()
    world.follow(WITHOUT_CAROL, revoked=(person("carol").public,))
    _approve_anew(world)


def rejected_then_retired(world: World) -> None:
    world.rejected()
    world.follow(WITHOUT_CAROL)
    _approve_anew(world)


def _approve_anew(world: World) -> None:
    """Bring both approvals that are needed, by people who have not seen the rejection."""
    report = world.report(after=())
    for name in ("bob", "dana"):
        world.approve(name, report, after=[report])


def failed_then_checker_revoked(world: World) -> None:
    """The key whose failed report stands in the way is declared stolen: the failure still counts."""
    world.report(metrics=BAD)
    world.follow({**MEMBERS, "ci": ""}, signers=signers_of(*[n for n in MEMBERS if n != "ci"], ci="ci-2"),
                 revoked=(person("ci").public,))  # fmt: skip


def retired_checker_supersedes(world: World) -> None:
    """A checker that was retired writes a passing report over a failed one."""
    world.report(metrics=BAD)
    root = world.root
    world.follow({name: roles for name, roles in MEMBERS.items() if name != "ci"})
    late = world.report(policy=root)
    for name in ("bob", "carol"):
        world.approve(name, late)


def rejection_withdrawn_with_a_stolen_key(world: World) -> None:
    """Carol has two keys. The thief of one withdraws her rejection; the theft is noticed, and the policy seals it."""
    world.follow(MEMBERS, signers=(*signers_of(*MEMBERS), *signers_of(carol="carol-2")))
    rejection = world.rejected()
    world.withdraw("carol", rejection, key="carol-2")
    world.follow(MEMBERS, revoked=(person("carol-2").public,))


def rejection_signed_again_by(name: str) -> Callable[[World], None]:
    """The id of a record does not depend on its signature: somebody puts their own in place of carol's."""

    def attack(world: World) -> None:
        world.follow(WITH_ERIN)
        rejection = world.rejected()
        world.report(context="staging")
        world.follow(MEMBERS, seals=False)
        world.resign(rejection, name)

    return attack


def rejection_signed_again_with_a_stolen_key(world: World) -> None:
    """The thief of one of carol's two keys puts a signature by it in place of hers."""
    world.follow(MEMBERS, signers=(*signers_of(*MEMBERS), *signers_of(carol="carol-2")))
    rejection = world.rejected()
    world.report(context="staging")
    world.follow(MEMBERS, revoked=(person("carol-2").public,), seals=False)
    world.resign(rejection, "carol-2")


OBJECTIONS: Mapping[str, Row] = {
    "the rejecter's key is revoked": Row(rejected_then_revoked, "denied", "rejected by carol"),
    "the rejecter leaves": Row(rejected_then_retired, "denied", "rejected by carol"),
    "the checker's key is revoked after a failed report": Row(failed_then_checker_revoked, "denied", "it failed"),
    "a retired checker supersedes a failed report": Row(retired_checker_supersedes, "denied", "it failed"),
    "a rejection is withdrawn with a stolen key": Row(
        rejection_withdrawn_with_a_stolen_key, "denied", "rejected by carol"
    ),
    "a rejection is signed again by another approver": Row(
        rejection_signed_again_by("bob"), "cannot decide", "incomplete", "incomplete", "missing: "
    ),
    "a rejection is signed again by a retired member": Row(
        rejection_signed_again_by("erin"), "cannot decide", "incomplete", "incomplete", "missing: "
    ),
    "a rejection is signed again with a stolen key": Row(
        rejection_signed_again_with_a_stolen_key, "cannot decide", "incomplete", "incomplete", "missing: "
    ),
}


@pytest.mark.parametrize("name", OBJECTIONS)
def test_an_objection_stays(world: World, name: str) -> None:
    check_row(world, OBJECTIONS[name])


# --- commands refuse those who have no say ---------------------------------------------------------------------------

MODEL = ("--model", "veran:v1", "--context", "production")


def carol_left(world: World) -> Made:
    report = world.half()
    world.follow(WITHOUT_CAROL)
    return report


def carol_revoked(world: World) -> Made:
    report = world.half()
    world.follow(MEMBERS, signers=signers_of(*WITHOUT_CAROL, carol="carol-2"), revoked=(person("carol").public,))
    return report


def danas_report(world: World) -> Made:
    return world.report("dana")


def deployed(world: World) -> Made:
    world.allowed()
    return world.deploy()


WRITES: Mapping[str, Write] = {
    "approval by a stranger": Write(World.half, "mallory", ("approve", *MODEL), 1, "belongs to no member"),
    "approval by a retired member": Write(carol_left, "carol", ("approve", *MODEL), 1, "belongs to no member"),
    "approval with a revoked key": Write(carol_revoked, "carol", ("approve", *MODEL), 1, "belongs to no member"),
    "approval by a checker": Write(danas_report, "ci", ("approve", *MODEL), 1, "ci is no approver"),
    "rejection by a stranger": Write(World.half, "mallory", ("reject", *MODEL), 1, "belongs to no member"),
    "rejection by a checker": Write(World.half, "ci", ("reject", *MODEL), 1, "ci is no approver"),
    "deployment by an approver": Write(
        World.allowed, "bob", ("deploy", *MODEL, "--target", "cluster", "--", "true"), 1, "bob is no deployer"
    ),
    "rollback by an approver": Write(
        deployed, "bob", ("rollback", *MODEL, "--target", "cluster", "--reason", "x"), 1, "bob is no deployer"
    ),
    "report by an approver": Write(
        World.half, "bob", ("check", *MODEL, "--metrics", "../metrics.json"), 1, "bob is no checker"
    ),
}


@pytest.mark.parametrize("name", WRITES)
def test_who_may_not_write(world: World, name: str) -> None:
    (world.path.parent / "metrics.json").write_text('{"quality_score": 0.9, "throughput_tokens_per_sec": 50}')
    check_write(world, WRITES[name])
