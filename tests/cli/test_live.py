"""`gitgates live`: what is live on each target, since when, by whom, and on which report it rests."""

import re
from collections.abc import Callable

import pytest

from gitgates.api.session import Session, utc_now
from gitgates.ledger.live import overview
from gitgates.ledger.reading import VersionFiles
from gitgates.model.names import ModelVersion
from tests.cli.project import MEASURED, Project
from tests.support import Keys, git, set_verified

PRODUCTION = ("--model", "veran:v6.1", "--context", "production")
DEPLOY = ("deploy", *PRODUCTION, "--target")
CHECKED = ("--metrics", "metrics-v6.1.json", *MEASURED)


def live(project: Project, *args: str, code: int = 0) -> list[tuple[str, str, str]]:
    """Return what is live where."""
    targets = project.json("live", *args, code=code)["targets"]
    return [(one["context"], one["target"], one["version"]) for one in targets]


def test_one(project: Project) -> None:
    assert project.ok("live").out == "nothing was ever deployed\n"
    assert project.json("live")["targets"] == []
    report = project.json("check", *PRODUCTION, *CHECKED)["record"]["id"]
    project.approve()
    deployment = project.json(*DEPLOY, "prod")["records"][0]["id"]
    (one,) = project.json("live")["targets"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", one.pop("deployed"))
    assert one == {
        "model": "veran",
        "context": "production",
        "target": "prod",
        "version": "v6.1",
        "deployment": deployment,
        "author": "alice@example.com",
        "reports": [report],
        "under_way": [],
    }
    headers, line = project.ok("live").out.splitlines()
    assert headers.split() == ["model", "context", "target", "live", "since", "(UTC)", "by", "report"]
    assert re.fullmatch(
        rf"veran  production  prod    v6\.1  \d{{4}}-\d\d-\d\d [\d:]{{8}}  alice@example\.com  {report[:12]}", line
    )


@pytest.fixture
def several(project: Project) -> Project:
    """Veran v6.1 is on eu and in staging, v6.3 on us; din was rolled back."""
    project.approved()
    project.approved("veran:v6.3")
    project.approved("veran:v6.1", "staging")
    project.approved("din:v1")
    project.ok(*DEPLOY, "eu")
    project.ok(*DEPLOY, "us")
    project.ok("deploy", "--model", "veran:v6.3", "--context", "production", "--target", "us")
    project.ok("deploy", "--model", "veran:v6.1", "--context", "staging", "--target", "eu")
    project.ok("deploy", "--model", "din:v1", "--context", "production", "--target", "eu")
    project.ok("rollback", "--model", "din:v1", "--context", "production")
    return project


def test_several(several: Project) -> None:
    everywhere = [
        ("production", "eu", ""),
        ("production", "eu", "v6.1"),
        ("production", "us", "v6.3"),
        ("staging", "eu", "v6.1"),
    ]
    assert live(several) == everywhere
    assert live(several, "--model", "veran") == everywhere[1:]
    assert live(several, "--context", "staging") == everywhere[3:]
    assert live(several, "--target", "us") == everywhere[2:3]
    assert live(several, "--model", "din") == everywhere[:1]
    assert "din    production  eu      nothing" in several.ok("live").out


def test_nothing_where_something_was_asked_for(several: Project) -> None:
    done = several("live", "--model", "din", "--target", "eu")
    assert (done.code, "eu      nothing" in done.out) == (1, True)
    done = several("live", "--target", "mars")
    assert (done.code, done.out) == (1, "nothing was ever deployed to mars\n")


def test_typing_mistakes(several: Project) -> None:
    for args, code, told in (
        (("--context", "prod"), 2, "the policy knows no context 'prod'"),
        (("--context", "Prod?"), 2, "--context: a context is"),
        (("--model", "vera"), 1, "the ledger knows no model 'vera'"),
        (("--model", "veran:v6.1"), 2, "--model: the model name 'veran:v6.1' holds a colon"),
    ):
        done = several("live", *args)
        assert (done.code, told in done.err) == (code, True), done


def test_unfinished(project: Project) -> None:
    """While the command runs, and for ever if it was cut off, a deployment has started and not ended."""
    project.approved().ok(*DEPLOY, "prod")
    project.approved("veran:v6.3")
    v63 = ("deploy", "--model", "veran:v6.3", "--context", "production", "--target", "prod")
    project.ok(*v63, "--", "sh", "-c", 'git branch cut-off "$(git rev-parse HEAD)"')
    assert live(project) == [("production", "prod", "v6.3")]
    set_verified(project.path, None)
    git(project.path, "reset", "--quiet", "--hard", "cut-off")
    value = project.json("live")["targets"][0]
    assert (value["version"], len(value["under_way"])) == ("v6.1", 1)
    told = project.ok("live").out.splitlines()[-1]
    assert told.startswith("prod: a deployment of veran:v6.3 by alice@example.com started at ")
    assert "and has not ended: " in told


def test_two_who_knew_nothing_of_each_other(project: Project, clone_of: Callable[..., Project]) -> None:
    project.approved()
    project.approved("veran:v6.3")
    clone = clone_of(project)
    git(clone.path, "config", "gitgates.root", git(project.path, "config", "gitgates.root"))
    clone.ok("deploy", "--model", "veran:v6.3", "--context", "production", "--target", "prod", "--offline")
    project.ok(*DEPLOY, "prod")
    git(project.path, "pull", "--quiet", "--no-rebase", "--no-edit", clone.path, "main")
    done = project("live")
    assert (done.code, "not known" in done.out) == (3, True)
    assert "veran on prod in production: which change came last is not known: " in done.err
    assert live(project, code=3) == [("production", "prod", "")]
    done = project("check", "--model", "veran:v7", "--context", "production", *CHECKED, "--baseline", "live")
    assert (done.code, "cannot decide (order)" in done.err) == (3, True)
    project.ok(*DEPLOY, "prod")  # whichever it is, it comes after both
    assert live(project) == [("production", "prod", "v6.1")]
    project.ok("verify")


def test_incomplete(project: Project) -> None:
    project.approved().ok(*DEPLOY, "prod")
    project.approved("veran:v6.3")
    folder = project.path / ".quality-gates/models/veran/v6.1"
    for path in folder.glob("*-deployment-*"):
        git(project.path, "rm", "--quiet", path)
    git(project.path, "commit", "--quiet", "--message", "Delete")
    done = project("live")
    assert done.code == 3
    assert done.out == "nothing was ever deployed\n"
    assert "cannot decide: this may not be all: veran:v6.1: " in done.err
    assert project.json("live", code=3)["problems"]


def test_a_shallow_clone(project: Project, clone_of: Callable[..., Project]) -> None:
    project.approved().ok(*DEPLOY, "prod")
    shallow = clone_of(project, "shallow", "--depth=1")
    value = shallow.json("live", code=3)
    assert [one["version"] for one in value["targets"]] == ["v6.1"]
    assert len(value["problems"]) == 1  # the clone's, told once and not for each version
    assert value["remote"] == "origin"
    assert "as of " in shallow("live").out


def test_what_does_not_count_is_told(project: Project, keys: Keys) -> None:
    project.ok("member", "add", "bob@example.com", "--role", "deployer", "--public-key", keys.bob.public)
    project.approved().ok(*DEPLOY, "eu")
    project.ok(*DEPLOY, "us")
    project.approved("veran:v6.3")
    v63 = ("deploy", "--model", "veran:v6.3", "--context", "production", "--target", "eu")
    project.ok(*v63, "--key", keys.bob.path)
    assert live(project, "--target", "eu") == [("production", "eu", "v6.3")]
    bob = next(m for m in project.json("member", "list")["members"] if m["principal"] == "bob@example.com")
    project.ok("member", "revoke-key", bob["keys"][0])
    value = project.json("live", "--target", "eu")
    assert [one["version"] for one in value["targets"]] == ["v6.1"]
    (left,) = value["left_out"]
    assert (left["kind"], left["version"], left["author"]) == ("deployment", "v6.3", "bob@example.com")
    assert "revoked" in left["why_not"]
    told = project.ok("live").out.splitlines()[-1]
    assert told.startswith("left out, does not count: deployment of veran:v6.3 on eu by bob@example.com: ")
    assert project.json("live", "--target", "us")["left_out"] == []


def test_no_pin(project: Project) -> None:
    project.approved().ok(*DEPLOY, "prod")
    git(project.path, "config", "--unset", "gitgates.root")
    done = project.ok("live")
    assert "this clone pins no root" in done.err


def test_a_fork_of_policies(project: Project, clone_of: Callable[..., Project]) -> None:
    project.approved().ok(*DEPLOY, "prod")
    clone = clone_of(project)
    for one, annulled in ((project, "a" * 64), (clone, "b" * 64)):
        one.ok("policy", "propose", "--annuls", annulled)
    git(project.path, "pull", "--quiet", "--no-rebase", "--no-edit", clone.path, "main")
    done = project("live")
    assert (done.code, "cannot decide (fork)" in done.err) == (3, True)
    assert "v6.1" in done.out


def test_a_history_that_cannot_be_read(project: Project) -> None:
    """What can be told is told, and that it may not be all."""
    project.approved().ok(*DEPLOY, "prod")
    lost, verified = git(project.path, "rev-parse", "HEAD~1", "HEAD~2").split()
    set_verified(project.path, verified)
    (project.path / f".git/objects/{lost[:2]}/{lost[2:]}").unlink()
    value = project.json("live", code=3)
    assert [one["version"] for one in value["targets"]] == ["v6.1"]
    assert value["problems"]


def test_nothing_is_read_but_deployments(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions without deployments cost a look at their file names."""
    project.approved().ok(*DEPLOY, "prod")
    project.check("veran:v6.3")
    asked: list[str] = []
    with Session(path=str(project.path)).open() as ledger:
        read = ledger.version

        def version(name: ModelVersion) -> VersionFiles:
            asked.append(str(name))
            return read(name)

        monkeypatch.setattr(ledger, "version", version)
        assert [target.history.live for target in overview(ledger, utc_now()).targets] == ["v6.1"]
    assert asked == ["veran:v6.1"]
