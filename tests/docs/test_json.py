"""docs/reference/json.md: every command prints the schema and the keys that it says."""

import argparse
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

from gitgates.cli.commands import COMMANDS
from gitgates.cli.parser import build_parser
from tests.cli.project import MEASURED
from tests.docs.markdown import rows
from tests.support import CHECKOUT, Gitgates, Keys, git

PAGE = CHECKOUT / "docs/reference/json.md"
WITHOUT_JSON = {"completion", "hook"}
VERSION = ("--model", "veran:v6.1")
PRODUCTION = (*VERSION, "--context", "production")
BOB = ("bob@example.com", "--role", "admin")
# In the order of a story, so that each finds something to print.
STORY = {
    "init": (),
    "check": (*PRODUCTION, "--metrics", "metrics-v6.1.json", *MEASURED),
    "approve": PRODUCTION,
    "can-deploy": PRODUCTION,
    "deploy": (*PRODUCTION, "--target", "prod"),
    "status": VERSION,
    "history": VERSION,
    "report": VERSION,
    "list": (),
    "list --records": (),
    "status --all": (),
    "dashboard": (),
    "live": (),
    "monitor": (*PRODUCTION, "--metrics", "metrics-v6.1.json"),
    "list --live-on": (f"{datetime.now(UTC):%Y-%m-%d}",),
    "rollback": PRODUCTION,
    "withdraw": (*PRODUCTION, "--reason", "x"),
    "reject": (*PRODUCTION, "--reason", "x"),
    "reindex": (),
    "sync": (),
    "status --pending": (),
    "policy template": ("team",),
    "member add": (*BOB, "--public-key", "BOB.pub"),
    "member list": (),
    "member rotate-key": (BOB[0], "--public-key", "CAROL.pub"),
    "member revoke-key": ("FINGERPRINT",),
    "member remove": (BOB[0],),
    "policy lint": ("--policy", "two.toml"),
    "policy propose --dry-run": ("--policy", "two.toml"),
    "policy propose": ("--policy", "two.toml"),
    "policy show": (),
    "policy endorse": ("PENDING", "--key", "CAROL"),
    "waive": (*PRODUCTION, "--finding", "CVE-2024-1234", "--expires", "30d", "--reason", "x"),
    "policy log": (),
    "verify": (),
    "doctor": (),
    "hooks install": (),
    "hooks status": (),
    "hooks uninstall": (),
    "import": (".",),
    "filter": ("examples.jsonl", "--context", "development", "-o", "kept.jsonl"),
    "formats": (),
    "afs install": (),
    "afs status": (),
    "afs uninstall": (),
    "export": ("-o", "all.jsonl"),
    "export bundle": ("-o", "audit.tar.gz"),
    "demo": (),
    "migrate": ("--to", "quality-gates"),
    "notify list": (),
    "notify test": (),
}


@attrs.frozen
class Documented:
    """What the page says of one command: its keys, and those of each item of its last list."""

    keys: set[str]
    item_keys: set[str]


def words(text: str) -> list[str]:
    return re.findall(r"`([a-z_]+)`", text)


def schema_of(command: str) -> str:
    """Return the name of what a command prints: its words joined, but for those that sign a policy."""
    if command in ("policy propose", "member add", "member remove", "member rotate-key", "member revoke-key"):
        return "policy-propose"
    return "policy-changes" if command == "policy propose --dry-run" else command.replace(" --", "-").replace(" ", "-")


def documented() -> dict[str, Documented]:
    found = {}
    for commands, schema, keys in rows(PAGE, "command"):
        own, _, items = keys.replace("`--no-record`", "").partition("`: ")
        for command in re.findall(r"`([^`]+)`", commands):
            assert schema in (f"`gitgates/{schema_of(command)}/1`", "`gitgates/approve/1`, ..."), command
            found[command] = Documented(set(words(f"{own}`")), set(words(items)))
    return found


def paragraph(start: str) -> tuple[set[str], set[str]]:
    text = PAGE.read_text().split(f"A **{start}** ", 1)[1].split("\n\n")[0].replace("\n", " ")
    own, _, items = text.partition("`conditions`: each ")
    own = re.sub(r"\(.*?\)", "", own)
    return set(words(own)) | ({"conditions"} if items else set()), set(words(re.sub(r"\(.*?\)", "", items)))


def predecessor(at: Path) -> None:
    """Write an approval and a deployment as afs.gates left them."""
    folder = at / "models/registry/approvals/veran"
    folder.mkdir(parents=True)
    approval = {
        "model_name": "veran", "model_version": "v5.0", "approved": True, "context": "production",
        "timestamp": "2025-03-01T10:00:00", "gates_report": {}, "approved_by": "alice", "notes": "",
    }  # fmt: skip
    (folder / "v5.0-production.json").write_text(json.dumps(approval))


@pytest.fixture
def printed(workplace: Path, gitgates: Gitgates, keys: Keys) -> dict[str, dict[str, Any]]:
    """Run the whole story with `--json`."""
    predecessor(workplace)
    (workplace / "examples.jsonl").write_text('{"quality": 0.9}\n')
    found: dict[str, dict[str, Any]] = {}
    stands_for: dict[str, str | Path] = {
        "CAROL": keys.carol.path,
        "BOB.pub": f"{keys.bob.path}.pub",
        "CAROL.pub": f"{keys.carol.path}.pub",
    }
    for command, args in STORY.items():
        if command == "member revoke-key":
            (_, bob) = found["member list"]["members"]
            stands_for["FINGERPRINT"] = bob["keys"][0]
        if command == "sync":
            git(workplace.parent, "init", "--quiet", "--bare", "hub.git")
            git(workplace, "remote", "add", "origin", workplace.parent / "hub.git")
            git(workplace, "push", "--quiet", "origin", "main")
        if command == "policy lint":
            assert gitgates("member", "add", *BOB, "--public-key", keys.carol.public).code == 0
            text = (workplace / ".quality-gates/policy.toml").read_text()
            text = text.replace("admin_quorum = 1", "admin_quorum = 2")
            (workplace / "two.toml").write_text(text.replace("allow_waivers = false", "allow_waivers = true"))
        if command == "notify list":
            (workplace / "gates.toml").write_text('[tool.gitgates.notify]\napproved = "chat"\n')
        if command == "policy endorse":
            stands_for["PENDING"] = found["policy propose"]["id"]
        done = gitgates(*command.split(), *(stands_for.get(arg, arg) for arg in args), "--json")
        assert done.code in (0, 1), (command, done)
        found[command] = json.loads(done.out)
    return found


def actions_of(command: str) -> set[str]:
    """Return the actions of `policy` or `member`."""
    (commands,) = (a for a in build_parser()._actions if isinstance(a, argparse._SubParsersAction))
    (actions,) = (a for a in commands.choices[command]._actions if isinstance(a, argparse._SubParsersAction))
    return set(actions.choices)


def test_adoption(workplace: Path, tmp_path: Path, gitgates: Gitgates) -> None:
    assert gitgates("init").code == 0
    git(tmp_path, "clone", "--quiet", workplace, "other")
    for folder, annulled in ((workplace, "a" * 64), (tmp_path / "other", "b" * 64)):
        assert gitgates("policy", "propose", "--annuls", annulled, cwd=folder).code == 0
    git(workplace, "pull", "--quiet", "--no-rebase", tmp_path / "other", "main")
    *_, last = json.loads(gitgates("policy", "log", "--json").out)["policies"]
    value = json.loads(gitgates("policy", "adopt", last["id"], "--json").out)
    assert value.pop("schema") == "gitgates/policy-adopt/1"
    assert set(value) == documented()["policy adopt"].keys


def test_the_page_has_every_command() -> None:
    told = set(documented())
    assert {name.split()[0] for name in told} == {command.name for command in COMMANDS} - WITHOUT_JSON
    assert told - {"policy adopt"} == set(STORY)  # that one needs a fork, see below
    actions = {(name, action) for name in ("policy", "member") for action in actions_of(name)}
    assert {tuple(name.split()[:2]) for name in told if name.startswith(("policy", "member"))} == actions


def test_keys_and_schemas(printed: dict[str, dict[str, Any]]) -> None:
    decision, condition = paragraph("decision")
    record, _ = paragraph("record")
    for command, told in documented().items():
        if command == "policy adopt":
            continue
        value = dict(printed[command])
        assert value.pop("schema") == f"gitgates/{schema_of(command)}/1"
        expected = decision | {"remote", "fetched"} if command == "can-deploy" else told.keys
        assert set(value) == expected, command
        lists = [items for items in value.values() if isinstance(items, list) and items and isinstance(items[0], dict)]
        if told.item_keys and lists and command != "report":
            assert all(set(item) == told.item_keys for item in lists[-1]), command
    for one in (printed["can-deploy"], printed["deploy"]["decision"], *printed["status"]["contexts"]):
        assert set(one) - {"schema", "remote", "fetched"} == decision
        assert all(set(item) == condition for item in one["conditions"])
    for command in ("approve", "reject", "waive", "withdraw", "deploy", "rollback", "monitor"):
        assert printed[command]["records"]
        assert all(set(item) == record for item in printed[command]["records"])
    assert set(printed["check"]["record"]) == record


def test_nothing_is_null(printed: dict[str, dict[str, Any]]) -> None:
    def nulls(value: Any, path: str) -> list[str]:
        if isinstance(value, dict):
            return [found for key, item in value.items() for found in nulls(item, f"{path}.{key}")]
        if isinstance(value, list):
            return [found for i, item in enumerate(value) for found in nulls(item, f"{path}[{i}]")]
        return [path] if value is None else []

    for command, value in printed.items():
        assert nulls(value, "$") == [], command


def test_errors(workplace: Path, gitgates: Gitgates) -> None:
    (keys,) = (keys for commands, _, keys in rows(PAGE, "command") if commands == "any error")
    without, _, where = keys.partition(";")
    done = gitgates("list", "--json")
    value = json.loads(done.out)
    assert value.pop("schema") == "gitgates/error/1"
    assert set(value) == set(words(without))
    assert (value["exit_code"], done.code) == (2, 2)
    assert gitgates("init").code == 0
    git(workplace, "config", "--unset", "gitgates.root")
    value = json.loads(gitgates("can-deploy", *PRODUCTION, "--json").out)
    assert set(value) - {"schema"} == set(words(keys))
    assert words(where) == ["cause"]
    assert value["cause"] == "no pin"
