"""Reports, approvals and rejections by members who may write them, and may not have their way by it."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from tests.security.world import RULES, START, Made, Row, World, Write, check_row, check_write
from tests.unit.decision.builder import BAD

ONE_OF_TWO = "has 1 of 2 approvals"
GHOST = "0" * 64


# --- approvals that do not count -------------------------------------------------------------------------------------


def author_approving(world: World) -> None:
    report = world.report("dana")
    for name in ("bob", "dana"):
        world.approve(name, report)


def before_its_report(world: World) -> None:
    """Two approvals are made for a report of which nobody but its author has seen anything; it never comes."""
    to_come = world.outcome()
    for name in ("bob", "carol"):
        world.approve(name, to_come)


def before_its_report_as_ancestor(world: World) -> None:
    """Approvals of the old report are parents of the new one, and are taken for approvals of it."""
    world.allowed()
    world.report()


def of_a_superseded_report(world: World) -> None:
    old = world.report()
    world.report()
    for name in ("bob", "carol"):
        world.approve(name, old)


def of_a_superseded_report_as_if_concurrent(world: World) -> None:
    """The approvals name no parent but the old report, as if the new one had not been seen."""
    old = world.report()
    world.report()
    for name in ("bob", "carol"):
        world.approve(name, old, after=[old])


def one_of_each_report(world: World) -> None:
    old = world.report()
    world.approve("bob", old)
    world.approve("carol", world.report())


def of_one_of_two_concurrent_reports(world: World) -> None:
    """After a race there are two latest reports; each needs its approvals."""
    first, second = world.report(after=()), world.report(after=())
    for name in ("bob", "carol"):
        world.approve(name, first)
    world.approve("bob", second)


def of_a_passing_report_beside_a_failed_one(world: World) -> None:
    """The checker runs twice at once, and only the run that passed is approved."""
    passing = world.report(after=())
    world.report(after=(), metrics=BAD)
    for name in ("bob", "carol"):
        world.approve(name, passing)


def of_another_context(world: World) -> None:
    report = world.report(context="staging")
    for name in ("bob", "carol"):
        world.approve(name, report)


def of_another_context_s_report(world: World) -> None:
    """The approvals say production, the report that they name is one for staging."""
    world.report()
    other = world.report(context="staging")
    for name in ("bob", "carol"):
        world.approve(name, other, context="production")


def of_this_report_in_another_context(world: World) -> None:
    report = world.half()
    world.approve("carol", report, context="staging")


def of_another_version(world: World) -> None:
    world.half()
    other = world.report(name="veran:v2")
    world.approve("carol", other)


def of_a_report_after_deployment(world: World) -> None:
    report = world.report(stage="post")
    for name in ("bob", "carol"):
        world.approve(name, report)


def expired(world: World) -> None:
    report = world.half()
    world.approve("carol", report, created=START - timedelta(days=91))


def of_an_old_report(world: World) -> None:
    report = world.report(created=START - timedelta(days=31))
    for name in ("bob", "carol"):
        world.approve(name, report)


def withdrawn(world: World) -> None:
    report = world.half()
    world.withdraw("carol", world.approve("carol", report))


def withdrawn_on_another_branch(world: World) -> None:
    report = world.half()
    approval = world.approve("carol", report)
    world.commit()
    other = world.copy("other")
    other.now += timedelta(seconds=30)
    other.withdraw("carol", approval)
    world.report(context="staging")
    world.take_over(other)


def forced_where_none_may_be(world: World) -> None:
    report = world.report(metrics=BAD)
    for name in ("bob", "carol"):
        world.approve(name, report, forced=True, reason="trust me")


def on_behalf_of(world: World) -> None:
    """Free text names a second approver; the signer stays the one who counts."""
    world.approve("bob", world.half(), on_behalf_of="carol")


def dated_ahead(world: World) -> None:
    """An approval that would not expire for years."""
    report = world.half()
    world.approve("carol", report, created=START + timedelta(days=3650))


APPROVALS: Mapping[str, Row] = {
    "by the report's author": Row(author_approving, "denied", "dana made the report and may not approve it"),
    "before its report": Row(before_its_report, "denied", "there is no report for production"),
    "before its report, as its ancestors": Row(before_its_report_as_ancestor, "denied", "has 0 of 2 approvals"),
    "of a superseded report": Row(of_a_superseded_report, "denied", "has 0 of 2 approvals"),
    "of a superseded report, as if concurrent": Row(
        of_a_superseded_report_as_if_concurrent, "denied", "has 0 of 2 approvals"
    ),
    "one of each report": Row(one_of_each_report, "denied", ONE_OF_TWO),
    "of one of two concurrent reports": Row(of_one_of_two_concurrent_reports, "denied", ONE_OF_TWO),
    "of a passing report beside a failed one": Row(of_a_passing_report_beside_a_failed_one, "denied", "it failed"),
    "of another context": Row(of_another_context, "denied", "there is no report for production"),
    "of another context's report": Row(of_another_context_s_report, "denied", "has 0 of 2 approvals"),
    "of this report in another context": Row(of_this_report_in_another_context, "denied", ONE_OF_TWO),
    "of another version's report": Row(of_another_version, "denied", ONE_OF_TWO),
    "of a report made after deployment": Row(of_a_report_after_deployment, "denied", "no report for production"),
    "expired": Row(expired, "denied", "carol's approval has expired"),
    "of a report that is too old": Row(of_an_old_report, "denied", "days old, the policy allows 30 days"),
    "withdrawn": Row(withdrawn, "denied", ONE_OF_TWO),
    "withdrawn on another branch": Row(withdrawn_on_another_branch, "denied", ONE_OF_TWO),
    "forced where the policy allows no force": Row(forced_where_none_may_be, "denied", "the policy allows no force"),
    "on behalf of somebody else": Row(on_behalf_of, "denied", ONE_OF_TWO),
    "dated ahead": Row(dated_ahead, "cannot decide", "ahead of this machine's clock", "clock", "clock: "),
}


@pytest.mark.parametrize("name", APPROVALS)
def test_an_approval_that_does_not_count(world: World, name: str) -> None:
    check_row(world, APPROVALS[name])


# --- force, where it is allowed --------------------------------------------------------------------------------------


def unforced(world: World) -> None:
    world.approve("bob", world.report(metrics=BAD, context="staging"))


def forced_for_an_earlier_failure(world: World) -> None:
    first = world.report(metrics=BAD, context="staging")
    world.approve("bob", first, forced=True, reason="a demo")
    world.report(metrics=BAD, context="staging")


def forced_without_the_required_gates(world: World) -> None:
    """Force excuses a failure, not a gate that did not run."""
    world.follow(rules=RULES.replace("[contexts.staging]", '[contexts.staging]\nrequired_gates = ["security"]'))
    import attrs

    report = world.report(metrics=attrs.evolve(BAD, security=None), context="staging", required_gates=())
    world.approve("bob", report, forced=True, reason="a demo")


FORCE: Mapping[str, Row] = {
    "an approval that is not forced": Row(unforced, "denied", "is not forced", context="staging"),
    "force for an earlier failure": Row(
        forced_for_an_earlier_failure, "denied", "has 0 of 1 approvals", context="staging"
    ),
    "force for a gate that is missing": Row(
        forced_without_the_required_gates, "denied", "the required gate security did not run", context="staging"
    ),
}


@pytest.mark.parametrize("name", FORCE)
def test_force_excuses_only_the_failure_that_was_seen(world: World, name: str) -> None:
    check_row(world, FORCE[name])


def test_a_forced_approval_is_told(world: World) -> None:
    world.approve("bob", world.report(metrics=BAD, context="staging"), forced=True, reason="a demo")
    world.commit()
    done = world("can-deploy", "--model", "veran:v1", "--context", "staging")
    assert done.code == 0, done
    assert "rests on a forced approval" in done.out


# --- objections ------------------------------------------------------------------------------------------------------


def concurrent_approval_and_rejection(world: World) -> None:
    """Dana rejects on one branch while the second approval comes on another."""
    report = world.half()
    world.commit()
    other = world.copy("other")
    other.now += timedelta(seconds=30)
    other.reject("dana")
    world.approve("carol", report)
    world.take_over(other)


def overridden_by_one(world: World) -> None:
    """Two approvals are needed after a rejection as before it; bob alone comes back."""
    report = world.allowed()
    world.reject("dana")
    world.approve("bob", report)


def overridden_twice_by_one(world: World) -> None:
    report = world.allowed()
    world.reject("dana")
    world.approve("bob", report)
    world.approve("bob", report, notes="and again")


def overridden_without_having_seen_it(world: World) -> None:
    """The approvals leave the rejection out of their parents."""
    report = world.report()
    world.reject("dana")
    for name in ("bob", "carol"):
        world.approve(name, report, after=[report])


def washed_out_by_a_new_report(world: World) -> None:
    """The checker runs again after a rejection, and hopes that the old approvals carry over."""
    world.rejected()
    world.report()


def washed_out_by_a_report_that_has_not_seen_it(world: World) -> None:
    """A report, and approvals of it, on a branch of their own: none has the rejection as an ancestor."""
    world.rejected()
    report = world.report(after=())
    for name in ("bob", "carol"):
        world.approve(name, report, after=[report])


def washed_out_by_a_new_report_and_one_approval(world: World) -> None:
    world.rejected()
    world.approve("bob", world.report())


def none_needed_but_rejected(world: World) -> None:
    """Where the policy asks for no approval, an objection does."""
    world.follow(rules=RULES.replace("required_approvals = 2", "required_approvals = 0"))
    world.report()
    world.reject("dana")


def failure_washed_out_by_running_beside_it(world: World) -> None:
    """The checker leaves its failed report out of the parents of the next one."""
    world.report(metrics=BAD)
    report = world.report(after=())
    for name in ("bob", "carol"):
        world.approve(name, report)


def withdrawn_by_somebody_else(world: World) -> None:
    rejection = world.rejected()
    world.withdraw("bob", rejection)


def withdrawn_in_the_rejecters_name(world: World) -> None:
    rejection = world.rejected()
    world.withdraw("carol", rejection, key="bob")


def withdrawn_by_an_admin(world: World) -> None:
    rejection = world.rejected()
    world.withdraw("alice", rejection)


def rolled_back(world: World) -> None:
    world.allowed()
    world.deploy()
    world.roll_back()


def rolled_back_and_withdrawn(world: World) -> None:
    """A rollback is no decision: nobody takes it back; it is answered by approvals."""
    world.allowed()
    world.deploy()
    world.withdraw("dana", world.roll_back())


OBJECTIONS: Mapping[str, Row] = {
    "concurrent approval and rejection": Row(concurrent_approval_and_rejection, "denied", "rejected by dana"),
    "overridden by one of two": Row(overridden_by_one, "denied", "too few approvals came after it"),
    "overridden twice by one": Row(overridden_twice_by_one, "denied", "too few approvals came after it"),
    "overridden without having seen it": Row(overridden_without_having_seen_it, "denied", "rejected by dana"),
    "washed out by a new report": Row(washed_out_by_a_new_report, "denied", "has 0 of 2 approvals"),
    "washed out by a report that has not seen it": Row(
        washed_out_by_a_report_that_has_not_seen_it, "denied", "rejected by carol"
    ),
    "washed out by a new report and one approval": Row(
        washed_out_by_a_new_report_and_one_approval, "denied", ONE_OF_TWO
    ),
    "no approval needed": Row(none_needed_but_rejected, "denied", "has 0 of 1 approvals"),
    "a failure beside which the checker ran again": Row(failure_washed_out_by_running_beside_it, "denied", "it failed"),
    "withdrawn by somebody else": Row(withdrawn_by_somebody_else, "denied", "rejected by carol"),
    "withdrawn in the rejecter's name": Row(
        withdrawn_in_the_rejecters_name, "denied", "rejected by carol", finding="not one of carol"
    ),
    "withdrawn by an admin": Row(withdrawn_by_an_admin, "denied", "rejected by carol", finding="alice is no approver"),
    "rolled back": Row(rolled_back, "denied", "rolled back by dana"),
    "rolled back, and that withdrawn": Row(rolled_back_and_withdrawn, "denied", "rolled back by dana"),
}


@pytest.mark.parametrize("name", OBJECTIONS)
def test_an_objection_stands(world: World, name: str) -> None:
    check_row(world, OBJECTIONS[name])


def answered_by_two(world: World) -> None:
    report = world.allowed()
    world.reject("dana")
    for name in ("bob", "carol"):
        world.approve(name, report)


def taken_back_by_its_author(world: World) -> None:
    world.withdraw("carol", world.rejected())
    report = world.report()
    for name in ("bob", "dana"):
        world.approve(name, report)


ANSWERED: Mapping[str, Callable[[World], None]] = {
    "approved by two who saw it": answered_by_two,
    "taken back by its author": taken_back_by_its_author,
}


@pytest.mark.parametrize("name", ANSWERED)
def test_an_objection_that_is_answered(world: World, name: str) -> None:
    """Otherwise the rows above could pass for a wrong reason."""
    check_row(world, Row(ANSWERED[name], "allowed", "all conditions are met"))


# --- commands refuse what would not count ----------------------------------------------------------------------------

MODEL = ("--model", "veran:v1", "--context", "production")


def danas_report(world: World) -> Made:
    return world.report("dana")


def failed(world: World) -> Made:
    return world.report(metrics=BAD)


def failed_in_staging(world: World) -> Made:
    return world.report(metrics=BAD, context="staging")


def too_old(world: World) -> Made:
    return world.report(created=START - timedelta(days=31))


STAGING = ("--model", "veran:v1", "--context", "staging")
WRITES: Mapping[str, Write] = {
    "approval by the report's author": Write(danas_report, "dana", ("approve", *MODEL), 1, "may not approve it"),
    "approval of a failed report": Write(failed, "bob", ("approve", *MODEL), 1, "failed"),
    "forced approval where there is no force": Write(
        failed, "bob", ("approve", *MODEL, "--force", "--reason", "x"), 1, "allows no force"
    ),
    "forced approval without a reason": Write(
        failed_in_staging, "bob", ("approve", *STAGING, "--force"), 2, "needs a reason"
    ),
    "approval of a report that is too old": Write(too_old, "bob", ("approve", *MODEL), 1, "days old"),
    "approval of a report that is not there": Write(
        World.half, "carol", ("approve", *MODEL, "--report", GHOST), 1, "is not a latest report"
    ),
    "approval in a context without a report": Write(
        World.half, "carol", ("approve", *STAGING), 1, "there is no report"
    ),
    "approval in a context that the policy does not know": Write(
        World.half, "carol", ("approve", "--model", "veran:v1", "--context", "prod"), 2, "knows no context"
    ),
    "withdrawal of somebody else's decision": Write(
        World.rejected, "dana", ("withdraw", *MODEL, "--reason", "x"), 2, "dana has no decision"
    ),
    "withdrawal of somebody else's decision by its id": Write(
        World.rejected, "bob", ("withdraw", *MODEL, "--reason", "x", "--record", GHOST), 2, "bob has no decision"
    ),
    "deployment of what is denied": Write(
        World.half, "dana", ("deploy", *MODEL, "--target", "cluster", "--", "false"), 1, ONE_OF_TWO
    ),
    "deployment of what was rejected": Write(
        World.rejected, "dana", ("deploy", *MODEL, "--target", "cluster", "--", "false"), 1, "rejected by carol"
    ),
}


@pytest.mark.parametrize("name", WRITES)
def test_what_is_not_written(world: World, name: str) -> None:
    check_write(world, WRITES[name])


def test_a_superseded_report_cannot_be_approved(world: World) -> None:
    old = world.half()
    world.report()
    args = ("approve", *MODEL, "--report", old.id)
    check_write(world, Write(lambda _: None, "carol", args, 1, "is not a latest report"))
