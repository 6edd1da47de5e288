"""What the tests of docs/how-to/ci share: a machine, a host's repository, what starts a run, and the schemas."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.docs import ci_github
from tests.docs.ci_github import Event
from tests.docs.ci_machine import Machine, Origin, make_origin
from tests.support import CHECKOUT, Gitgates, Keys

PAGES = CHECKOUT / "docs/how-to/ci"
SCHEMAS = {
    "vendor.github-workflows": sorted({*PAGES.glob("github-*.yml"), *PAGES.glob("reference-*.yml")}),
    "vendor.github-actions": [CHECKOUT / "action.yml"],
    "vendor.gitlab-ci": [PAGES / "gitlab-ci.yml"],
}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine.make(tmp_path / "machine")


@pytest.fixture(params=["quality-gates", "main"])
def origin(request: pytest.FixtureRequest, tmp_path: Path, keys: Keys, gitgates: Gitgates) -> Origin:
    """The ledger is on a branch of its own, or beside the code."""
    return make_origin(tmp_path, keys, gitgates, request.param)


@pytest.fixture
def apart(tmp_path: Path, keys: Keys, gitgates: Gitgates) -> Origin:
    return make_origin(tmp_path, keys, gitgates, "quality-gates")


def secret(keys: Keys) -> dict[str, str]:
    return {"GITGATES_SIGNING_KEY": keys.bob.path.read_text(), "GITGATES_DEPLOY_KEY": keys.carol.path.read_text()}


def on_main(origin: Origin, **secrets: str) -> Event:
    return Event("refs/heads/main", origin.head(), secrets=secrets)


def on_pull_request(origin: Origin, **secrets: str) -> Event:
    head, merge = origin.pull_request()
    event = {"pull_request": {"number": 1, "head": {"sha": head}}}
    return Event("refs/pull/1/merge", merge, {"event": event}, secrets=secrets)


def act(machine: Machine, origin: Origin, given: dict[str, str], depth: str = "0", **secrets: str) -> ci_github.Run:
    """Run a workflow with the action alone, on a checkout as the pages have it."""
    checkout = {"uses": "actions/checkout@v4", "with": {"fetch-depth": depth}}
    outputs = {
        "name": "Outputs",
        "if": "always()",
        "run": "echo ${{ steps.it.outputs.outcome }}, ${{ steps.it.outputs.record }}",
    }
    action = {"id": "it", "uses": "gitgates/gitgates@v0", "with": given}
    job = {"runs-on": "ubuntu-latest", "permissions": {"contents": "write"}, "steps": [checkout, action, outputs]}
    workflow = machine.path / "workflow.yml"
    workflow.write_text(yaml.safe_dump({"jobs": {"it": job}}))
    return ci_github.Runner(machine, origin).run(workflow, on_main(origin, **secrets))


def insist_on(schema: str, *files: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "ok -- validation done\n"), done
