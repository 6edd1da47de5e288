"""`gitgates check`: the outcome, the record, its subject, its thresholds."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.cli.project import MEASURED, TESTS, Project
from tests.support import git

V61 = ("check", "--model", "veran:v6.1", "--context", "production", "--metrics", "metrics-v6.1.json", *MEASURED)
V62 = ("check", "--model", "veran:v6.2", "--context", "production", "--metrics", "metrics-v6.2.json", *MEASURED)
MODEL_ONLY = ("check", "--model", "veran:v6.1", "--metrics", "metrics-v6.1.json")


def test_passed(project: Project) -> None:
    done = project(*V61)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == "veran:v6.1 production: PASSED"
    assert lines[1].startswith("  pass  tests          pass rate 100.00% (12/12) meets 98.00%; coverage 93.75%")
    assert lines[-1].startswith("recorded report ")
    assert lines[-1].endswith(" on main, in this clone only")
    assert project.records()[0] == "gates: report veran:v6.1 production passed"
    assert git(project.path, "status", "--porcelain") == ""


def test_failed(project: Project) -> None:
    done = project(*V62, "--baseline", "metrics-v6.1.json")
    assert done.code == 1
    assert "FAIL  model_quality  quality score 0.87 against 0.91 exceeds the allowed regression of 2.00%" in done.out
    assert project.records()[0] == "gates: report veran:v6.2 production failed"


def test_json(project: Project) -> None:
    value = project.json(*V62, "--baseline", "metrics-v6.1.json", code=1)
    assert value["outcome"] == "failed"
    assert value["failed_checks"] == 1
    assert [check["gate_name"] for check in value["checks"]] == ["tests", "model_quality", "security"]
    assert [check["status"] for check in value["checks"]] == ["passed", "blocked", "passed"]
    assert {item["role"] for item in value["inputs"]} == {"tests", "model", "security", "baseline"}
    assert value["record"]["branch"] == "refs/heads/main"
    assert value["record"]["commit"] == git(project.path, "rev-parse", "HEAD")
    assert (project.path / value["record"]["path"]).exists()


def test_staging_is_the_default(project: Project) -> None:
    assert project.ok(*MODEL_ONLY).out.startswith("veran:v6.1 staging: PASSED\n")


def test_what_is_not_measured_is_said(project: Project) -> None:
    done = project("check", "--model", "veran:v1", "--context", "production", "--metrics", "metrics-v6.1.json")
    assert done.code == 1
    assert "  skip  tests          not run" in done.out
    (project.path / "few.json").write_text('{"quality_score": 0.99}')
    done = project("check", "--model", "veran:v1", "--metrics", "few.json")
    assert done.code == 0
    assert "  warn  model_quality  throughput not measured" in done.out


def test_no_record(project: Project) -> None:
    done = project(*V61, "--no-record")
    assert (done.code, done.out.splitlines()[-1]) == (0, "not recorded")
    assert "built-in defaults" not in done.err
    assert project(*V62, "--baseline", "metrics-v6.1.json", "--no-record").code == 1
    assert project.records() == ["gates: policy root by alice@example.com"]
    assert "record" not in project.json(*V61, "--no-record")


def test_no_record_needs_neither_ledger_nor_key(
    bare_project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITGATES_SIGNING_KEY")
    done = bare_project(*V61, "--no-record")
    assert (done.code, "note: judged by the built-in defaults: there is no ledger here" in done.err) == (0, True)
    (tmp_path / "m.json").write_bytes((bare_project.path / "metrics-v6.1.json").read_bytes())
    outside = bare_project.run("check", "--model", "a:1", "--metrics", "m.json", "--no-record", cwd=tmp_path)
    assert outside.code == 0
    unknown = bare_project(*MODEL_ONLY, "--context", "prod", "--no-record")
    assert unknown.code == 2
    assert "unknown context 'prod'. Use one of development, staging, production" in unknown.err


def test_no_key_names_the_way_without_a_record(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITGATES_SIGNING_KEY")
    done = project(*V61)
    assert done.code == 2
    assert "there is no signing key" in done.err
    assert "--no-record" in done.err
    assert len(project.records()) == 1


@pytest.mark.parametrize("context", ["prod", "Production", "", "pro duction", "production\n"])
def test_unknown_contexts(context: str, project: Project) -> None:
    done = project(*MODEL_ONLY, f"--context={context}")
    assert done.code == 2
    assert "context" in done.err
    assert len(project.records()) == 1


@pytest.mark.parametrize(
    "model", ["veran", "veran:", ":v1", "", "a:b:c", "veran:..", "con:1", "a\x1b[2J:1", "a\u202e:1", "x" * 81 + ":1"]
)
def test_impossible_model_versions(model: str, project: Project) -> None:
    done = project("check", f"--model={model}", "--metrics", "metrics-v6.1.json")
    assert done.code == 2
    assert "--model" in done.err
    assert "\x1b" not in done.err
    assert "\u202e" not in done.err
    assert len(project.records()) == 1


def test_names_beyond_ascii(project: Project) -> None:
    project.ok("check", "--model", "Größe/δ:v1 rc", "--metrics", "metrics-v6.1.json")
    assert project.records()[0] == "gates: report Größe/δ:v1 rc staging passed"
    assert "Größe/δ:v1 rc" in project.ok("list").out


# --- the subject -----------------------------------------------------------------------------------------------------


def subject(project: Project) -> dict[str, object]:
    value = project.json("report", "--model", "veran:v6.1")["reports"][0]["subject"]
    assert isinstance(value, dict)
    return value


def test_the_commit_is_head_without_the_ledgers_own(project: Project) -> None:
    project.check()
    assert subject(project)["commit"] == git(project.path, "rev-parse", "HEAD~2")
    assert subject(project)["dirty"] is False


def test_commit(project: Project) -> None:
    first = git(project.path, "rev-list", "--max-parents=0", "HEAD")
    (project.path / "README.md").write_text("changed\n")
    project.check("veran:v6.1", "production", "--commit", first[:10])
    assert subject(project) == {"commit": first, "dirty": False, "artifacts": []}


@pytest.mark.parametrize("revision", ["nope", "", "--all", "HEAD:README.md"])
def test_a_commit_that_is_none(revision: str, project: Project) -> None:
    done = project(*V61, f"--commit={revision}")
    assert done.code == 2, done
    assert "--commit" in done.err
    assert len(project.records()) == 1


def test_artifacts(project: Project) -> None:
    (project.path / "model").mkdir()
    (project.path / "model/weights.bin").write_bytes(b"\0" * 1000)
    (project.path / "model/config.json").write_text("{}")
    done = project.check("veran:v6.1", "production", "--artifact", "model", "--artifact", "scan.json")
    assert "PASSED" in done.out
    told = subject(project)["artifacts"]
    assert isinstance(told, list)
    assert [(a["path"], a["type"], a["size"]) for a in told] == [("model", "folder", 1002), ("scan.json", "file", 148)]
    assert "artifact model (folder, 1002 bytes), sha256" in project.ok("report", "--model", "veran:v6.1").out
    assert "artifact model sha256" in project.ok("history", "--model", "veran:v6.1").out


@pytest.mark.parametrize("kind", ["missing", "empty folder", "link inside"])
def test_artifacts_that_cannot_be_digested(kind: str, project: Project) -> None:
    target = project.path / "thing"
    if kind != "missing":
        target.mkdir()
    if kind == "link inside":
        (target / "link").symlink_to("/etc/passwd")
    done = project(*V61, "--artifact", "thing")
    assert done.code == 2
    assert "thing" in done.err
    assert len(project.records()) == 1


# --- --report FILE ---------------------------------------------------------------------------------------------------


def test_report_file(project: Project) -> None:
    value = project.json(*V61, "--report", "out.json")
    written = json.loads((project.path / "out.json").read_text())
    assert written == value
    project.ok(*V61, "--no-record", "--report", "none.json")
    assert "record" not in json.loads((project.path / "none.json").read_text())


def test_a_report_file_that_cannot_be_written(project: Project) -> None:
    done = project(*V61, "--report", "no/such/folder/out.json")
    assert done.code == 2
    assert "--report: no/such/folder/out.json: cannot be written" in done.err
    assert len(project.records()) == 1


@pytest.mark.parametrize("more", [(), ("--no-record",)])
def test_a_report_file_that_turns_out_not_to_be_writable(more: tuple[str, ...], project: Project) -> None:
    (project.path / "loop.json").symlink_to("loop.json")
    done = project(*V61, "--report", "loop.json", *more)
    assert done.code == 2
    assert "--report: loop.json: Too many levels of symbolic links" in done.err
    assert ("The record is written all the same" in done.err) is (not more)
    assert len(project.records()) == (1 if more else 2)


# --- other remarks ---------------------------------------------------------------------------------------------------


def test_verbose_shows_thresholds_and_inputs(project: Project) -> None:
    done = project.ok(*V61, "--verbose", "--threshold", "min_quality_score=0.9")
    assert "min_quality_score              0.9    command line" in done.out
    assert "max_regression                 0.02   context default" in done.out
    assert "input tests: junit.xml (junit-xml), sha256 " in done.out


def test_verbose_shows_what_is_deployed(project: Project) -> None:
    digest = hashlib.sha256((project.path / "junit.xml").read_bytes()).hexdigest()
    for more in ((), ("--no-record",)):
        done = project.ok(*V61, "--artifact", "junit.xml", "--verbose", *more)
        assert f"artifact: junit.xml, sha256 {digest}\n" in done.out
    assert "artifact: " not in project.ok(*V61, "--artifact", "junit.xml", "--no-record").out


def test_notes_go_to_stderr(project: Project) -> None:
    done = project.ok("check", "--model", "veran:v1", *TESTS)
    assert "note: coverage.json: coverage counts lines" in done.err
    assert "note:" not in done.out


def test_the_record_names_files_without_their_folders(project: Project, tmp_path: Path) -> None:
    secret = tmp_path / "home-of-somebody"
    secret.mkdir()
    (secret / "m.json").write_bytes((project.path / "metrics-v6.1.json").read_bytes())
    value = project.json("check", "--model", "veran:v1", "--metrics", str(secret / "m.json"))
    assert value["inputs"][0]["file"] == "m.json"
    assert "home-of-somebody" not in (project.path / value["record"]["path"]).read_text()
