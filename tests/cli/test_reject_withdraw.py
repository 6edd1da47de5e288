"""`gitgates reject` and `withdraw`: what they change, and what answers them."""

from tests.cli.project import Project

STAGING = ("--model", "veran:v6.1", "--context", "staging")
PRODUCTION = ("--model", "veran:v6.1", "--context", "production")


def test_reject(project: Project) -> None:
    project.approved()
    done = project.ok("reject", *PRODUCTION, "--reason", "too slow", "--rejected-by", "QA", "--notes", "see wiki")
    assert done.out.startswith("rejected veran:v6.1 for production\n")
    assert project.answer() == "denied"
    assert (
        "rejected by alice@example.com: too slow, and too few approvals came after it"
        in project("can-deploy", *PRODUCTION).out
    )
    history = project.ok("history", "--model", "veran").out
    for told in ("reason: too slow", "on behalf of: QA", "notes: see wiki"):
        assert told in history


def test_an_approval_after_a_rejection_answers_it(project: Project) -> None:
    project.approved()
    project.ok("reject", *PRODUCTION, "--reason", "too slow")
    project.approve("veran:v6.1", "production", "--notes", "measured again")
    assert project.answer() == "allowed"


def test_a_rejection_elsewhere_changes_nothing_here(project: Project) -> None:
    project.approved()
    project.check(context="staging")
    project.ok("reject", *STAGING, "--reason", "not there")
    assert project.answer() == "allowed"


def test_rejecting_before_any_report(project: Project) -> None:
    done = project("reject", *PRODUCTION, "--reason", "never")
    assert done.code == 1
    assert "the ledger knows no model version" in done.err
    project.check(context="staging")
    project.ok("reject", *PRODUCTION, "--reason", "never")
    project.check()
    project.approve()
    assert project.answer() == "allowed"  # whoever approved knew of the rejection


def test_withdrawing_an_approval(project: Project) -> None:
    project.approved()
    done = project.ok("withdraw", *PRODUCTION, "--reason", "wrong file")
    assert done.out.startswith("withdrew a record on veran:v6.1 for production\n")
    assert project.answer() == "denied"
    history = project.ok("history", "--model", "veran").out
    assert "withdrawn by its author" in history
    assert "reason: wrong file" in history


def test_withdrawing_a_rejection(project: Project) -> None:
    project.approved()
    rejection = project.json("reject", *PRODUCTION, "--reason", "oops")["records"][0]["id"]
    done = project("withdraw", *PRODUCTION, "--reason", "I was wrong")
    assert done.code == 2
    assert "has 2 decisions and waivers on veran:v6.1 for production to withdraw" in done.err
    assert "--record ID" in done.err
    project.ok("withdraw", *PRODUCTION, "--reason", "I was wrong", "--record", rejection[:8])
    assert project.answer() == "allowed"


def test_nothing_to_withdraw(project: Project) -> None:
    project.check()
    done = project("withdraw", *PRODUCTION, "--reason", "x")
    assert done.code == 2
    assert "has no decision or waiver on veran:v6.1 for production to withdraw" in done.err
    project.approve()
    assert project("withdraw", *PRODUCTION, "--reason", "x", "--record", "ffff").code == 2
    assert project("withdraw", *PRODUCTION, "--reason", "").code == 2
    project.ok("withdraw", *PRODUCTION, "--reason", "x")
    assert project("withdraw", *PRODUCTION, "--reason", "again").code == 2
