"""Contexts of the policy's own: in every command that takes one, and in the project's files."""

import json

import pytest

from gitgates.api.gate import QualityGate
from gitgates.errors import ConfigError, InvalidValue
from tests.cli.project import MEASURED, Project

OWN = '[contexts.prod-eu]\nprofile = "production"\nallow_waivers = true\n\n[contexts.prod-us]\nprofile = "staging"\n'
MODEL = ("--model", "veran:v6.1")
IN = (*MODEL, "--context", "prod-eu")
CHECK = ("check", *IN, "--metrics", "metrics-v6.1.json", *MEASURED)


@pytest.fixture
def own(project: Project) -> Project:
    """A ledger whose policy has two contexts of its own."""
    file = project.path / ".quality-gates" / "policy.toml"
    file.write_text(f"{file.read_text()}\n{OWN}")
    project.ok("policy", "propose")
    return project


def test_the_main_job(own: Project) -> None:
    assert "veran:v6.1 prod-eu: PASSED" in own.ok(*CHECK).out
    own.approve("veran:v6.1", "prod-eu")
    assert own.answer("veran:v6.1", "prod-eu") == "allowed"
    assert own.answer("veran:v6.1", "prod-us") == "denied"
    own.ok("deploy", *IN, "--target", "eu")
    own.ok("rollback", *IN, "--reason", "it stutters")
    own.ok("reject", *IN, "--reason", "it stutters")
    assert [one["context"] for one in own.json("status", *MODEL)["contexts"]] == ["prod-eu"]
    events = own.json("history", *IN)["events"]
    assert [event["kind"] for event in events] == ["report", "decision", "deployment", "rollback", "decision"]
    assert events[0]["record"]["profile"] == "production"
    assert own.ok("verify").code == 0


def test_json_and_report_file(own: Project) -> None:
    value = own.json(*CHECK, "--report", "result.json")
    assert (value["context"], value["outcome"]) == ("prod-eu", "passed")
    assert json.loads((own.path / "result.json").read_text())["context"] == "prod-eu"
    own.approve("veran:v6.1", "prod-eu", "--report", "result.json")
    assert own.answer("veran:v6.1", "prod-eu") == "allowed"


def test_without_record(own: Project) -> None:
    before = own.records()
    assert own.json(*CHECK, "--no-record")["context"] == "prod-eu"
    assert own.records() == before


def test_thresholds_of_the_projects_files(own: Project) -> None:
    (own.path / "pyproject.toml").write_text(
        "[tool.afs.gates.prod-eu]\nmin_quality_score = 0.99\n[tool.afs.gates.prod-us]\nmin_quality_score = 0.75\n"
    )
    value = own.json(*CHECK, code=1)
    assert value["thresholds"]["min_quality_score"] == 0.99
    assert value["origins"]["min_quality_score"] == "pyproject.toml"
    assert value["thresholds"]["max_regression"] == 0.02  # the profile's
    us = own.json("check", *MODEL, "--context", "prod-us", "--metrics", "metrics-v6.1.json", *MEASURED)
    assert us["thresholds"]["min_quality_score"] == 0.75


def test_a_threshold_below_the_floor(own: Project) -> None:
    (own.path / "gates.toml").write_text("[tool.gitgates.prod-eu]\nmin_quality_score = 0.1\n")
    done = own(*CHECK)
    assert done.code == 2
    assert "looser than the policy's floors for prod-eu: min_quality_score = 0.1 (floor 0.85)" in done.err


def test_an_unknown_context_names_each_known_one_once(project: Project) -> None:
    (project.path / "gates.toml").write_text("[tool.gitgates.qa]\nmin_quality_score = 0.1\n")
    done = project("check", *MODEL, "--context", "staging", "--metrics", "metrics-v6.1.json")
    assert done.code == 2
    assert done.err.rstrip().endswith("Known contexts: development, staging, production")


def test_a_table_for_a_context_that_the_policy_does_not_know(own: Project) -> None:
    (own.path / "gates.toml").write_text("[tool.gitgates.prod-eur]\nmin_quality_score = 0.1\n")
    done = own(*CHECK)
    assert done.code == 2
    assert "unknown context in [tool.gitgates.prod-eur]" in done.err
    assert "prod-eu" in done.err


@pytest.mark.parametrize("command", [CHECK, (*CHECK, "--no-record"), ("approve", *IN), ("can-deploy", *IN)])
def test_a_policy_without_it_refuses_it(project: Project, command: tuple[str, ...]) -> None:
    project.check()
    done = project(*command)
    assert done.code == 2, done
    assert "the policy knows no context 'prod-eu'" in done.err
    assert "development, production, staging" in done.err


def test_without_a_ledger_only_the_built_in_ones_exist(bare_project: Project) -> None:
    done = bare_project(*CHECK, "--no-record")
    assert done.code == 2
    assert "--context: unknown context 'prod-eu'" in done.err


def test_the_projects_files_from_python(own: Project) -> None:
    (own.path / "gates.toml").write_text("[tool.gitgates.prod-eu]\nmin_quality_score = 0.99\n[tool.gitgates.staging]\n")
    for place in (own.path, own.path / "gates.toml"):
        assert QualityGate.from_config("staging", str(place)).thresholds.min_quality_score == 0.7
    with pytest.raises(InvalidValue, match="unknown context 'prod-eu'"):
        QualityGate.from_config("prod-eu", str(own.path))


@pytest.mark.parametrize("ledger", [True, False])
def test_mistakes_in_the_projects_files_from_python(bare_project: Project, ledger: bool) -> None:
    if ledger:
        bare_project.ok("init")
    (bare_project.path / "gates.toml").write_text("[tool.gitgates.prod-eu]\nmin_quality_score = 0.99\n")
    with pytest.raises(ConfigError, match=r"unknown context in \[tool.gitgates.prod-eu\]"):
        QualityGate.from_config("staging", str(bare_project.path))
