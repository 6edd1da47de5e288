"""A record that an admin annulled is not missed. It must not take with it what came before."""

import json

import pytest

from tests.cli.project import Project, copy_inputs
from tests.git.ledgers import commit_files
from tests.support import Gitgates, Keys, RepositoryFactory, git

PRODUCTION = ("--model", "veran:v6.1", "--context", "production")


def test_what_came_before_an_annulled_record_is_missed(
    repository: RepositoryFactory, gitgates: Gitgates, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rejection is an ancestor of what counts by way of the annulled approval alone, and both are taken away."""
    monkeypatch.setenv("GITGATES_SIGNING_KEY", str(keys.alice.path))
    workplace = repository()
    copy_inputs(workplace)
    project = Project(workplace, gitgates, keys.alice)
    project.ok("init")
    project.check()
    rejection = project.json("reject", *PRODUCTION, "--reason", "it stutters")["records"][0]
    annulled = project.json("approve", *PRODUCTION)["records"][0]
    project.approve()
    project.ok("policy", "propose", "--annuls", annulled["id"])
    files = (one["path"] + suffix for one in (rejection, annulled) for suffix in ("", ".sig"))
    commit_files(workplace, "tidy", dict.fromkeys(files))
    git(workplace.parent, "clone", "--quiet", workplace.as_uri(), "fresh")
    fresh = Project(workplace.parent / "fresh", gitgates, keys.alice)
    done = fresh("can-deploy", *PRODUCTION, "--root", git(workplace, "config", "gitgates.root"), "--json")
    assert (done.code, json.loads(done.out)["cause"]) == (3, "incomplete"), done
    assert rejection["id"] in done.out
