"""docs/how-to/recover.md: each cause of "cannot decide", taken to its end by the commands as they are printed."""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest

from gitgates.codec.records import RecordCodec, record_id
from gitgates.ledger.locate import VERIFIED_REF
from gitgates.ledger.reading import Ledger
from gitgates.model.paths import record_path
from gitgates.model.records import PolicyRecord, ReportRecord
from gitgates.store.repository import Repository
from gitgates.trust.signing import find_key
from tests.cli.project import Project
from tests.git.ledgers import commit_files
from tests.support import CHECKOUT, Gitgates, Keys, git, run, set_verified

PAGE = (CHECKOUT / "docs/how-to/recover.md").read_text()
COMMANDS = dict(re.findall(r"^```sh ([a-z-]+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
VERSION = "veran:v6.1"
ASK = ("can-deploy", "--model", VERSION, "--context", "production", "--json")


@attrs.frozen
class Broken:
    """A clone that cannot decide, why, and what the commands on the page need to know."""

    project: Project
    cause: str
    variables: dict[str, str] = attrs.field(factory=dict)
    answer: str = "allowed"
    ask: tuple[str, ...] = ASK


@pytest.fixture
def project(workplace: Path, gitgates: Gitgates, keys: Keys) -> Project:
    project = Project(workplace, gitgates, keys.alice)
    project.ok("init")
    return project.approved()


def clone(project: Project, *options: str) -> Project:
    git(project.path.parent, "clone", "-q", *options, project.path.as_uri(), "clone")
    made = attrs.evolve(project, path=project.path.parent / "clone")
    git(made.path, "config", "gitgates.root", git(project.path, "config", "gitgates.root"))
    return made


def no_pin(project: Project) -> Broken:
    root = git(project.path, "config", "gitgates.root")
    git(project.path, "config", "--unset", "gitgates.root")
    return Broken(project, "no pin", {"ROOT": root})


def stale(project: Project) -> Broken:
    made = clone(project)
    project.ok("reject", "--model", VERSION, "--context", "production", "--reason", "x")
    (made.path / ".git/gitgates-fetched.json").write_text('{"origin refs/heads/main": "2020-01-01T00:00:00.000000Z"}')
    return Broken(made, "incomplete", answer="denied", ask=(*ASK, "--fresh", "10m"))


def remote_lost(project: Project) -> Broken:
    project.ok("reject", "--model", VERSION, "--context", "production", "--reason", "x")
    git(project.path.parent, "clone", "-q", "--bare", str(project.path), "hub.git")
    git(project.path, "remote", "add", "origin", str(project.path.parent / "hub.git"))
    project.ok("sync")
    git(project.path.parent / "hub.git", "update-ref", "refs/heads/main", git(project.path, "rev-parse", "main~1"))
    return Broken(project, "incomplete", answer="denied", ask=("sync", "--json"))


def branch_missing(project: Project) -> Broken:
    git(project.path, "reset", "-q", "--hard", "HEAD~3")  # start again, with a branch for the ledger alone
    set_verified(project.path, None)
    git(project.path, "config", "--unset", "gitgates.root")
    project.ok("init", "--ledger-branch", "quality-gates")
    project.approved()
    git(project.path, "merge", "-q", "--allow-unrelated-histories", "-m", "a copy", "quality-gates")
    return Broken(clone(project, "--single-branch", "--branch", "main"), "incomplete")


def shallow(project: Project) -> Broken:
    return Broken(clone(project, "--depth=1"), "shallow")


def partial(project: Project) -> Broken:
    git(project.path, "config", "uploadpack.allowFilter", "true")
    return Broken(clone(project, "--filter=blob:none", "--no-checkout"), "unreadable")


def damaged(project: Project) -> Broken:
    made = clone(project)
    (pack,) = (made.path / ".git/objects/pack").glob("*.pack")
    pack.rename(made.path / "pack")
    assert run("sh", "-c", "git unpack-objects -q < pack && rm pack", cwd=made.path).code == 0
    tree = git(made.path, "rev-parse", "HEAD:.quality-gates/models/veran/v6.1")
    file = made.path / ".git/objects" / tree[:2] / tree[2:]
    file.chmod(0o644)
    file.write_bytes(b"junk")
    return Broken(made, "unreadable", {"OBJECT": tree})


def mirror(project: Project) -> Broken:
    return Broken(clone(project, "--mirror"), "incomplete")


def incomplete(project: Project) -> Broken:
    files = sorted(str(path.relative_to(project.path)) for path in project.path.glob(".quality-gates/**/*-decision-*"))
    commit_files(project.path, "tidy", dict.fromkeys(files))
    return Broken(project, "incomplete")


def rewound(project: Project) -> Broken:
    project.ok("reject", "--model", VERSION, "--context", "production", "--reason", "x")
    project.ok("verify")
    git(project.path, "reset", "-q", "--hard", "HEAD~1")
    return Broken(project, "incomplete")


def sign(project: Project, record: ReportRecord | PolicyRecord) -> str:
    """Commit a record signed by alice; return its id."""
    key = find_key(str(project.key.path), os.environ, Repository.open(str(project.path)).config, "")
    data = RecordCodec().encode(record)
    path = record_path(record, record_id(data))
    commit_files(project.path, "x", {path: data, f"{path}.sig": key.sign(data)})
    return record_id(data)


def report_of(project: Project) -> ReportRecord:
    (path,) = project.path.glob(".quality-gates/models/**/*-report-*.json")
    record = RecordCodec().decode(path.read_bytes())
    assert isinstance(record, ReportRecord)
    return record


def annul(project: Project) -> Broken:
    ghost = "e" * 64
    sign(project, attrs.evolve(report_of(project), parents=(ghost,), context="staging"))
    return Broken(project, "incomplete", {"MISSING": ghost})


def annul_verified(project: Project) -> Broken:
    """The report that was approved is gone from everywhere, and this clone had verified it."""
    project.ok("verify")
    (path,) = project.path.glob(".quality-gates/models/**/*-report-*.json")
    report = str(path.relative_to(project.path))
    identifier = record_id(path.read_bytes())
    commit_files(project.path, "tidy", {report: None, f"{report}.sig": None})
    refused = project("policy", "propose", "--annuls", identifier)
    remedy = "run `gitgates doctor --accept-rewind`; then an id that is not there can be annulled with"
    assert (refused.code, remedy in refused.err) == (3, True), refused
    return Broken(project, "incomplete", {"MISSING": identifier}, "denied")


def revoked(project: Project) -> Broken:
    """Alice's second key signed a report that was not there when it was revoked, and her first key approved it."""
    second = project.key.path.with_name("carol")
    roles = [arg for role in ("admin", "approver", "checker", "deployer") for arg in ("--role", role)]
    project.ok("member", "add", project.key.principal, *roles, "--public-key", f"{second}.pub")
    made = clone(project)
    made.check(VERSION, "staging", "--key", second)
    made.approve(VERSION, "staging")
    (_, fingerprint) = project.json("member", "list")["members"][0]["keys"]
    project.ok("member", "revoke-key", fingerprint)
    git(project.path, "pull", "-q", "--no-rebase", made.path, "main")
    report = json.loads(project("list", "--key", fingerprint, "--json").out)["records"][0]["id"]
    return Broken(project, "incomplete", {"REVOKED": fingerprint, "RECORD": report})


def clock(project: Project) -> Broken:
    ahead = attrs.evolve(report_of(project), created=datetime.now(UTC) + timedelta(hours=1), context="staging")
    return Broken(project, "clock", {"AHEAD": sign(project, ahead)})


def fork(project: Project) -> Broken:
    with Ledger.open(str(project.path), environ=os.environ) as ledger:
        root, record = ledger.root, ledger.chain.accepted[ledger.root].record
    for second in (1, 2):
        created = record.created + timedelta(seconds=second)
        sign(project, attrs.evolve(record, ledger=root, parents=(root,), created=created))
    return Broken(project, "fork")


BREAKS: dict[str, Callable[[Project], Broken]] = {
    "no-pin": no_pin,
    "stale": stale,
    "remote-lost": remote_lost,
    "branch-missing": branch_missing,
    "shallow": shallow,
    "partial": partial,
    "damaged": damaged,
    "mirror": mirror,
    "incomplete": incomplete,
    "rewound": rewound,
    "annul": annul,
    "annul-verified": annul_verified,
    "revoked-annul": revoked,
    "fork": fork,
    "clock": clock,
}


@pytest.fixture
def program(tmp_path: Path) -> str:
    """Return a PATH on which `gitgates` is this checkout's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "gitgates"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{CHECKOUT}" exec "{sys.executable}" -m gitgates "$@"\n')
    script.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_every_command_of_the_page_is_run() -> None:
    assert set(COMMANDS) == {*BREAKS, "revoked"}
    assert len(COMMANDS) == len(re.findall(r"^```sh", PAGE, re.MULTILINE))


@pytest.mark.parametrize("name", BREAKS)
def test_the_commands_lead_to_an_answer(name: str, project: Project, program: str) -> None:
    broken = BREAKS[name](project)
    there = broken.project
    done = there(*broken.ask)
    assert (done.code, json.loads(done.out)["cause"]) == (3, broken.cause), done
    shell = shutil.which("sh")
    assert shell is not None
    ran = run(shell, "-e", cwd=there.path, env={"PATH": program, **broken.variables}, stdin=COMMANDS[name])
    assert ran.code == 0, ran
    assert there.answer(VERSION) == broken.answer
    assert git(there.path, "for-each-ref", VERIFIED_REF) or there("verify").code == 0


def test_a_remote_that_was_only_set_back_changes_no_answer(project: Project) -> None:
    """As the page says: the answer stays, and tells that what the remote has was refused."""
    remote_lost(project)
    assert project.answer(VERSION) == "denied"
    assert "accepted; what" not in project("can-deploy", "--model", VERSION, "--context", "production").out
    assert project("sync").code == 3
    told = project("can-deploy", "--model", VERSION, "--context", "production")
    assert (told.code, "accepted; what `gitgates sync` found there " in told.out) == (1, True), told
    assert told.out.endswith(" ago was refused\n")
    assert "refused what it had" in project("doctor").out


def test_the_record_of_a_revoked_key_is_shown(project: Project, program: str) -> None:
    broken = revoked(project)
    shell = shutil.which("sh")
    assert shell is not None
    ran = run(shell, "-e", cwd=project.path, env={"PATH": program, **broken.variables}, stdin=COMMANDS["revoked"])
    (line,) = (line for line in ran.out.splitlines() if broken.variables["RECORD"][:12] in line)
    assert "does not count: its key is not one of alice@example.com under the policy" in line
    assert f"{VERSION}: incomplete: records that others know of are missing: {broken.variables['RECORD']}" in ran.err


def test_every_cause_has_its_section() -> None:
    headings = re.findall(r"^## (.*?)(?::.*)?$", PAGE, re.MULTILINE)
    assert {"No pin", "Branch missing", "Shallow", "Unreadable", "Incomplete", "Fork", "Clock",
            "Newer format"} == set(headings)  # fmt: skip
