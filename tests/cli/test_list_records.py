"""`list --records` and its filters, and `list --live-on`: what an auditor asks for, as users type it."""

import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import attrs
import pytest

from gitgates.cli.dates import parse_span
from gitgates.cli.record_filters import KINDS
from gitgates.decision.authority import Say, Standing
from gitgates.errors import UsageError
from gitgates.ledger.listing import Listed, Listing, why_no_endorsement
from gitgates.ledger.live_then import live_before
from gitgates.model.records import Record
from tests.cli.project import Project, environment
from tests.support import Keys, git, run
from tests.unit.decision.builder import NOW, World, endorsement

VERSION = ("--model", "veran:v6.1", "--context", "production")


@pytest.fixture
def team(project: Project, keys: Keys) -> Project:
    """Alice checked v6.1, bob approved and deployed it, and forced v6.2 in staging."""
    roles = ("--role", "approver", "--role", "deployer")
    project.ok("member", "add", "bob@example.com", *roles, "--public-key", keys.bob.public)
    project.check()
    project.ok("approve", *VERSION, "--key", keys.bob.path)
    project.ok("deploy", *VERSION, "--target", "prod", "--key", keys.bob.path)
    project.fail()
    in_staging = ("--model", "veran:v6.2", "--context", "staging")
    project.ok("approve", *in_staging, "--force", "--reason", "x", "--key", keys.bob.path)
    return project


def fingerprint(key: Path) -> str:
    return run("ssh-keygen", "-l", "-f", f"{key}.pub").out.split()[1]


def listed(project: Project, *args: str, code: int = 0) -> list[str]:
    """Return kind and outcome of what is listed."""
    return [f"{r['kind']} {r['outcome']}" for r in project.json("list", *args, code=code)["records"]]


def test_all_records_in_order(team: Project) -> None:
    assert listed(team, "--records") == [
        *("policy accepted", "policy accepted", "report passed", "decision approved", "deployment succeeded"),
        *("report failed", "decision forced"),
    ]
    lines = team.ok("list", "--records").out.splitlines()
    assert lines[0].split("  ")[0] == "created (UTC)"
    assert re.fullmatch(
        r"[-0-9]{10} [:0-9]{8}  decision forced +veran:v6\.2 +staging +bob@example\.com +[0-9a-f]{12}  yes", lines[-1]
    )


FILTERS: list[tuple[tuple[str, ...], list[str]]] = [
    (("--by", "bob@example.com"), ["decision approved", "deployment succeeded", "decision forced"]),
    (("--by", "bob@example.com", "--kind", "decision", "--context", "staging"), ["decision forced"]),
    (("--kind", "policy"), ["policy accepted", "policy accepted"]),
    (("--kind", "waiver"), []),
    (("--outcome", "failed"), ["report failed"]),
    (("--records", "--model", "veran:v6.2"), ["report failed", "decision forced"]),
    (("--records", "--model", "veran", "--context", "staging"), ["report failed", "decision forced"]),
    (("--since", "2999-01-01"), []),
    (("--until", "2020-01-01"), []),
]


def test_filters(team: Project) -> None:
    for args, found in FILTERS:
        assert listed(team, *args) == found, args
    assert team.ok("list", "--kind", "waiver").out == "no record fits\n"
    assert team.ok("list", "--kind", "waiver", "--model", "veran:v6.2").out == "no record fits\n"


UNKNOWN: list[tuple[tuple[str, ...], str]] = [
    (("list", "--model", "verna"), "model 'verna'. Did you mean veran? `gitgates list` shows those that it knows"),
    (("list", "--model", "nope"), "model 'nope'. `gitgates list` shows those that it knows"),
    (("list", "--model", "nope", "--context", "staging"), "model 'nope'."),
    (("list", "--records", "--model", "verna"), "model 'verna'. Did you mean veran?"),
    (("list", "--records", "--model", "verna:v6.1"), "model version verna:v6.1. Did you mean veran?"),
    (("list", "--kind", "report", "--model", "veran:v9"), "model version veran:v9. `gitgates list`"),
    (("list", "--live-on", "2026-01-01", "--model", "verna"), "model 'verna'. Did you mean veran?"),
    (("status", "--model", "verna"), "model 'verna'. Did you mean veran?"),
    (("history", "--model", "verna:v1"), "model version verna:v1. Did you mean veran?"),
    (("live", "--model", "verna"), "model 'verna'. Did you mean veran?"),
    (("dashboard", "--model", "verna"), "model 'verna'. Did you mean veran?"),
    (("export", "--model", "verna"), "model 'verna'. Did you mean veran?"),
    (("export", "--model", "veran:v9", "-o", "x.csv"), "model version veran:v9. `gitgates list`"),
    (("export", "bundle", "--model", "verna", "-o", "x.tar.gz"), "model 'verna'. Did you mean veran?"),
]


def test_a_model_that_is_not_there_is_the_same_everywhere(team: Project) -> None:
    before = sorted(team.path.iterdir())
    for args, told in UNKNOWN:
        done = team(*args)
        assert (done.code, done.out) == (1, ""), args
        assert done.err.startswith(f"gitgates: the ledger knows no {told}"), args
    assert sorted(team.path.iterdir()) == before
    value = team.json("list", "--model", "verna", code=1)
    assert value["remedy"] == "Did you mean veran? `gitgates list` shows those that it knows"


def test_a_model_whose_records_nobody_may_count_on_is_there(team: Project) -> None:
    folder = team.path / ".quality-gates/models/odd/v1"
    folder.mkdir(parents=True)
    (folder / "20260101T000000Z-report-00.json").write_text("{}")
    git(team.path, "add", "--force", ".quality-gates")
    git(team.path, "commit", "--quiet", "--message", "Not a record")
    assert team.ok("list", "--records", "--model", "odd").out.startswith("no record fits\nforeign file, ")
    assert team.ok("export", "--model", "odd").out == ""
    done = team("status", "--model", "odd")
    assert (done.code, done.err) == (
        1,
        "gitgates: no report on 'odd' counts. Name a version: `gitgates list` shows them\n",
    )


def test_a_model_whose_records_are_gone_is_not_called_unknown(team: Project) -> None:
    git(team.path, "rm", "-r", "--quiet", ".quality-gates/models/veran")
    git(team.path, "commit", "--quiet", "--message", "Tidy up")
    for args in (("list",), ("list", "--records"), ("dashboard",), ("live",), ("status",), ("export",)):
        done = team(*args, "--model", "veran")
        assert (done.code, "unknown" in done.err, "knows no" in done.err) == (3, False, False), (args, done)
    git(team.path, "update-ref", "-d", "refs/gitgates/verified")  # what is in the history is enough
    assert "the records of 'veran' are gone. `gitgates verify` tells which" in team("list", "--model", "veran").err


def test_a_clone_that_may_not_know_all_does_not_say_that_a_model_is_not_there(
    team: Project, clone_of: Callable[..., Project]
) -> None:
    shallow = clone_of(team, "shallow", "--depth", "1")
    for args in (("list",), ("list", "--records"), ("live",), ("dashboard",)):
        done = shallow(*args, "--model", "verna")
        assert done.code == 3, done
        assert "cannot decide" in done.err
        assert "git fetch --unshallow" in done.err


def test_by_key(team: Project, keys: Keys) -> None:
    shown = listed(team, "--key", fingerprint(keys.bob.path))
    assert shown == ["decision approved", "deployment succeeded", "decision forced"]
    assert len(listed(team, "--key", fingerprint(keys.alice.path))) == 4


def test_between_times(team: Project) -> None:
    created = [r["record"]["created"] for r in team.json("list", "--records")["records"]]
    assert listed(team, "--since", created[3], "--until", created[4]) == ["decision approved", "deployment succeeded"]
    second = created[-1].split(".")[0]  # the whole of the second that it names
    assert listed(team, "--until", second) == listed(team, "--records")
    there = datetime.fromisoformat(created[5]) - timedelta(microseconds=1)
    assert listed(team, "--since", f"{there:%Y-%m-%dT%H:%M:%S.%f}") == ["report failed", "decision forced"]


def test_what_does_not_count_is_shown_with_the_reason(team: Project, keys: Keys) -> None:
    team.ok("withdraw", "--model", "veran:v6.2", "--context", "staging", "--reason", "no", "--key", keys.bob.path)
    team.ok("member", "revoke-key", fingerprint(keys.bob.path))
    shown = team.ok("list", "--by", "bob@example.com").out.splitlines()[1:]
    assert all("counts against only: its key was revoked by the policy" in line for line in shown)
    assert ["withdrawn by its author" in line for line in shown] == [False, False, True, False]
    record = team.json("list", "--kind", "deployment")["records"][0]
    assert (record["counts"], record["withdrawn"]) == ("counts against only", False)
    assert record["why_not"].startswith("its key was revoked")
    assert record["record"]["target"] == "prod"
    live = team.ok("list", "--live-on", f"{datetime.now(UTC):%Y-%m-%d}").out
    assert live.startswith("nothing was deployed until then\nleft out, since they do not count:\n")
    assert "deployment succeeded" in live


def test_foreign_files(team: Project) -> None:
    junk = team.path / ".quality-gates/models/veran/v6.1/junk.json"
    junk.write_text("{}")
    git(team.path, "add", "--force", junk)
    git(team.path, "commit", "-q", "-m", "junk")
    assert f"foreign file, does not count: {junk.relative_to(team.path)}: " in team.ok("list", "--records").out
    assert [f["path"] for f in team.json("list", "--records")["foreign"]] == [str(junk.relative_to(team.path))]
    done = team.ok("list", "--by", "bob@example.com")
    assert "note: 1 foreign file(s) are left out; `gitgates verify` tells of them" in done.err
    assert "junk" not in done.out


def _delete(project: Project, *patterns: str) -> None:
    project.ok("verify")
    for pattern in patterns:
        for path in project.path.glob(f".quality-gates/models/veran/{pattern}"):
            path.unlink()
    git(project.path, "commit", "-q", "-a", "-m", "tidy")


def test_a_record_that_is_gone(team: Project) -> None:
    _delete(team, "v6.1/*-decision-*")
    assert "decision forced" in listed(team, "--records", code=3)
    done = team("list", "--outcome", "passed")
    assert (done.code, "report passed" in done.out) == (3, True)
    assert (
        "cannot decide: this may not be all: veran:v6.1: incomplete: 1 record(s) that were in this ledger" in done.err
    )
    assert listed(team, "--outcome", "failed", "--model", "veran:v6.2") == ["report failed"]


def test_a_whole_version_that_is_gone(team: Project) -> None:
    _delete(team, "v6.1/*")
    done = team("list", "--records")
    assert done.code == 3
    assert "this may not be all: veran:v6.1: incomplete: 3 record(s)" in done.err
    live = team("list", "--live-on", f"{datetime.now(UTC):%Y-%m-%d}")
    assert (live.code, live.out) == (3, "nothing was deployed until then\n")
    assert "this may not be all: veran:v6.1: incomplete" in live.err


def test_a_shallow_clone(team: Project, clone_of: Callable[..., Project]) -> None:
    clone = clone_of(team, "clone", "--depth=1")
    value = json.loads(clone("list", "--records", "--json").out)
    assert len(value["records"]) == 7
    assert any("shallow" in problem for problem in value["problems"])
    assert clone("list", "--records").code == 3


REFUSED: list[tuple[tuple[str, ...], str]] = [
    (("--by", "bo"), "--by: no policy of this ledger ever knew 'bo'. There are alice@example.com"),
    (("--key", "SHA256:x"), "--key: no policy of this ledger ever knew 'SHA256:x'"),
    (("--records", "--context", "prod"), "--context: no policy of this ledger ever knew 'prod'"),
    (("--kind", "approval"), "invalid choice: 'approval'"),
    (("--outcome", "force"), "invalid choice: 'force'"),
    (("--since", "yesterday"), "--since: expected a day or a time, got 'yesterday'. Write 2026-03-02"),
    (("--until", ""), "--until: expected a day or a time"),
    (("--since", "2026-03-02", "--until", "2026-03-01"), "--until 2026-03-01 is before --since 2026-03-02"),
    (("--records", "--model", "a:"), "--model: "),
    (("--live-on", "2999-01-01"), "--live-on: 2999-01-01 is yet to come"),
    (("--live-on", "2026-13-01"), "--live-on: expected a day or a time"),
    (("--live-on", "2026-01-01", "--by", "x"), "--live-on goes with --model and --context alone"),
    (("--live-on", "2026-01-01", "--records"), "--live-on goes with --model and --context alone"),
]


def test_what_cannot_be_meant(project: Project) -> None:
    for args, told in REFUSED:
        done = project("list", *args)
        assert (done.code, done.out) == (2, ""), args
        assert told in done.err, args


def test_a_fork(project: Project, clone_of: Callable[..., Project]) -> None:
    clone = clone_of(project)
    for one, annulled in ((project, "a" * 64), (clone, "b" * 64)):
        one.ok("policy", "propose", "--annuls", annulled, *_root(project))
    git(project.path, "pull", "-q", "--no-rebase", clone.path, "main")
    done = project("list", "--kind", "policy")
    assert (done.code, done.out.count("policy accepted")) == (3, 3)
    assert "this may not be all: cannot decide (fork): 2 policies are in force at once" in done.err


def test_policies_and_endorsements(project: Project, keys: Keys) -> None:
    project.ok("member", "add", "bob@example.com", "--role", "admin", "--public-key", keys.bob.public)
    file = project.path / ".quality-gates/policy.toml"
    file.write_text(file.read_text().replace("admin_quorum = 1", "admin_quorum = 2"))
    assert project("policy", "propose").code == 1
    pending = project.json("list", "--outcome", "pending")["records"]
    assert [(one["counts"], one["why_not"]) for one in pending] == [
        ("does not count", "it lacks 1 more admin signature(s) of its own")
    ]
    project.ok("policy", "endorse", pending[0]["id"], "--key", keys.bob.path)
    assert listed(project, "--kind", "endorsement", "--by", "bob@example.com") == ["endorsement endorsed"]
    assert listed(project, "--kind", "policy") == ["policy accepted"] * 3


def test_endorsements_that_add_nothing() -> None:
    world = World()
    policies, chain = world.policies, world.chain()
    root = chain.root

    def why(made: Any) -> str:
        return why_no_endorsement(made, policies, chain)

    assert why(endorsement(policies[0], "bob", root)) == ""
    assert why(endorsement(policies[0], "bob", "f" * 64)) == "it belongs to another ledger"
    assert "is no admin's" in why(endorsement(policies[0], "dave", root))
    elsewhere = attrs.evolve(policies[0], id="e" * 64)
    assert (
        why(endorsement(elsewhere, "bob", root)) == f"the policy {'e' * 64}, which it endorses, is not in this ledger"
    )
    orphan = attrs.evolve(
        policies[0], id="d" * 64, record=attrs.evolve(policies[0].record, ledger=root, parents=("c" * 64,))
    )
    told = why_no_endorsement(endorsement(orphan, "bob", root), [orphan], chain)
    assert told == f"the policy {'d' * 64} follows one that is not accepted"


def test_live_before_and_after_a_rollback(team: Project, keys: Keys) -> None:
    team.approved("veran:v6.3")
    newer = ("--model", "veran:v6.3", "--context", "production")
    team.ok("deploy", *newer, "--target", "prod")
    team.ok("deploy", *newer, "--target", "canary")
    team.ok("rollback", *newer, "--target", "prod", "--reason", "slow")
    times = {
        (r["kind"], r["record"]["version"], r["record"]["target"]): r["record"]["created"]
        for r in team.json("list", "--records", "--model", "veran")["records"]
        if "target" in r["record"]
    }

    def live(at: str, *args: str) -> dict[str, str]:
        value = team.json("list", "--live-on", at, *args)
        return {one["target"]: one["version"] for one in value["targets"]}

    assert live(times["deployment", "v6.1", "prod"]) == {"prod": "v6.1"}
    assert live(times["deployment", "v6.3", "prod"]) == {"prod": "v6.3"}
    assert live(times["rollback", "v6.3", "prod"]) == {"prod": "v6.1", "canary": "v6.3"}
    assert live(times["rollback", "v6.3", "prod"], "--context", "staging") == {}
    assert live("2020-01-01") == {}
    team.ok("rollback", *newer, "--target", "canary", "--reason", "slow")
    rows = team.ok("list", "--live-on", f"{datetime.now(UTC):%Y-%m-%d}").out.splitlines()
    assert [row.split()[2:4] for row in rows[1:]] == [["canary", "nothing"], ["prod", "v6.1"]]


def _listing(*records: Any) -> Listing:
    return Listing(tuple(Listed(one, "", Standing(Say.FULL)) for one in records), (), ())


def test_a_deployment_that_had_not_ended() -> None:
    world = World()
    started = world.deploy(phase="started")
    (target,) = live_before(_listing(*world.records), NOW)
    assert (target.deployment, target.under_way) == (None, (started,))
    world.deploy(phase="succeeded", started=started.id)
    (target,) = live_before(_listing(*world.records), NOW)
    assert (target.history.live, target.under_way, target.unordered) == ("v1", (), ())


def test_deployments_that_know_nothing_of_each_other() -> None:
    world = World()
    root = world.report()
    one = world.deploy(after=[root], version="v1")
    other = world.deploy(after=[root], version="v2")
    (target,) = live_before(_listing(*world.records), NOW)
    assert target.unordered == tuple(sorted((one.id, other.id)))
    world.deploy(version="v3")
    (target,) = live_before(_listing(*world.records), NOW)
    assert (target.history.live, target.unordered) == ("v3", ())


def test_the_same_deployment_twice() -> None:
    world = World()
    root = world.report()
    for target in ("a", "a"):
        world.deploy(after=[root], target=target)
    (only,) = live_before(_listing(*world.records), NOW)
    assert (only.history.live, only.unordered) == ("v1", ())


def test_deployments_from_two_clones_at_once(team: Project, clone_of: Callable[..., Project]) -> None:
    team.approved("veran:v6.3")
    clone = clone_of(team)
    team.ok("deploy", *VERSION, "--target", "canary")
    other = ("--model", "veran:v6.3", "--context", "production", "--target", "canary")
    clone.ok("deploy", *other, "--offline", *_root(team))
    git(team.path, "pull", "-q", "--no-rebase", clone.path, "main")
    done = team("list", "--live-on", f"{datetime.now(UTC):%Y-%m-%d}")
    assert done.code == 3
    assert "cannot decide: this may not be all: veran on canary: which came last is not known: " in done.err
    assert "canary" in done.out


def _root(project: Project) -> tuple[str, str]:
    return "--root", git(project.path, "config", "gitgates.root")


def test_a_deployment_that_was_killed(team: Project) -> None:
    command = ("deploy", *VERSION, "--target", "canary", "--", "sh", "-c", "kill -9 $PPID")
    run(sys.executable, "-m", "gitgates", *command, cwd=team.path, env=environment())
    shown = team.ok("list", "--live-on", f"{datetime.now(UTC):%Y-%m-%d}").out
    assert "canary: a deployment of veran:v6.1 had started and not ended: " in shown
    assert re.search(r"^veran  production  canary  nothing$", shown, re.MULTILINE)


def _break_tree(project: Project, revision: str) -> None:
    tree = git(project.path, "rev-parse", revision)
    file = project.path / ".git/objects" / tree[:2] / tree[2:]
    file.chmod(0o644)
    file.write_bytes(b"junk")


def test_a_version_that_cannot_be_read(team: Project) -> None:
    _break_tree(team, "HEAD:.quality-gates/models/veran/v6.1")
    done = team("list", "--records", "--model", "veran")
    assert done.code == 3
    assert "this may not be all: veran:v6.1: cannot decide (unreadable)" in done.err
    assert "decision forced" in done.out


def test_a_history_that_cannot_be_read(team: Project) -> None:
    team.ok("verify")
    (team.path / ".quality-gates/models/veran/v6.2/notes.txt").write_text("x")
    git(team.path, "add", "--force", ".quality-gates")
    git(team.path, "commit", "-q", "-m", "Notes")
    _break_tree(team, "HEAD~1:.quality-gates/models/veran/v6.2")
    done = team("list", "--records", "--model", "veran:v6.1")
    assert done.code == 3
    assert "what the commits since the last verification did cannot be read" in done.err
    assert "deployment succeeded" in done.out


def test_every_kind_can_be_asked_for() -> None:
    assert set(KINDS) == {cls.kind for cls in get_args(Record)}


@pytest.mark.parametrize(
    ("text", "start", "length"),
    [
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC), timedelta(days=1)),
        ("2026-03-02T14:05", datetime(2026, 3, 2, 14, 5, tzinfo=UTC), timedelta(minutes=1)),
        ("2026-03-02 14:05:07Z", datetime(2026, 3, 2, 14, 5, 7, tzinfo=UTC), timedelta(seconds=1)),
        ("2026-03-02T00:30+01:00", datetime(2026, 3, 1, 23, 30, tzinfo=UTC), timedelta(minutes=1)),
    ],
)
def test_dates(text: str, start: datetime, length: timedelta) -> None:
    span = parse_span("--since", text)
    assert (span.start, span.end) == (start, start + length)


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01T00:00+01:00", "2026-02-30", "2026-W10-1", "20260302"])
def test_dates_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--since: expected a day or a time"):
        parse_span("--since", text)
