"""Which thresholds `check` uses: context defaults, files, `--threshold`, `--strict`, and the policy's floors."""

import pytest

from tests.cli.project import MEASURED, Project

STAGING = ("check", "--model", "veran:v6.2", "--metrics", "metrics-v6.2.json", *MEASURED)
PRODUCTION = (*STAGING, "--context", "production")


def origins(project: Project, *args: str, code: int = 0) -> dict[str, tuple[float, str]]:
    value = project.json(*STAGING, *args, code=code)
    return {name: (limit, value["origins"][name]) for name, limit in value["thresholds"].items()}


def test_defaults(project: Project) -> None:
    found = origins(project)
    assert found["min_quality_score"] == (0.70, "context default")
    assert {origin for _, origin in found.values()} == {"context default"}


def test_precedence(project: Project) -> None:
    (project.path / "pyproject.toml").write_text(
        "[tool.afs.gates.staging]\nmin_quality_score = 0.71\nmax_regression = 0.04\nmin_code_coverage = 0.81\n"
    )
    (project.path / "gates.toml").write_text(
        "[tool.gitgates.staging]\nmin_quality_score = 0.72\nmax_regression = 0.03\n"
    )
    found = origins(project, "--threshold", "min_quality_score=0.73")
    assert found["min_quality_score"] == (0.73, "command line")
    assert found["max_regression"] == (0.03, "gates.toml")
    assert found["min_code_coverage"] == (0.81, "pyproject.toml")
    assert found["min_test_pass_rate"] == (0.95, "context default")
    report = project.json("report", "--model", "veran:v6.2")["reports"][0]
    assert report["origins"] == [
        {"threshold": "min_code_coverage", "source": "pyproject.toml"},
        {"threshold": "min_quality_score", "source": "command line"},
        {"threshold": "max_regression", "source": "gates.toml"},
    ]
    assert (
        "min_code_coverage              0.81   pyproject.toml"
        in project.ok("report", "--model", "veran:v6.2", "--verbose").out
    )


def test_threshold_decides(project: Project) -> None:
    assert project(*STAGING, "--threshold", "min_quality_score=0.88").code == 1
    assert project(*STAGING, "--threshold", "min_quality_score=0.87").code == 0
    assert project(*STAGING, "--threshold", "max_medium_vulnerabilities=0").code == 0  # a remark outside production
    assert project(*STAGING, "--threshold", "max_memory_increase_percent=1e1").code == 0


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("min_quality_score", "expected NAME=NUMBER, got 'min_quality_score'"),
        ("min_quality_score=", "expected NAME=NUMBER"),
        ("=0.5", "unknown threshold ''"),
        ("min_quality_score=high", "expected NAME=NUMBER, got 'min_quality_score=high'"),
        ("min_quality=0.5", "min_quality_score"),
        ("min_quality_score=1.5", "min_quality_score"),
        ("min_quality_score=nan", "expected NAME=NUMBER"),
        ("min_quality_score=1e999", "min_quality_score"),
        ("max_high_vulnerabilities=-1", "max_high_vulnerabilities"),
        ("max_high_vulnerabilities=1.5", "max_high_vulnerabilities"),
    ],
)
def test_thresholds_that_cannot_be(given: str, told: str, project: Project) -> None:
    done = project(*STAGING, "--threshold", given)
    assert done.code == 2
    assert "--threshold" in done.err
    assert told in done.err
    assert len(project.records()) == 1


def test_a_threshold_given_twice(project: Project) -> None:
    done = project(*STAGING, "--threshold", "max_regression=0.01", "--threshold", "max_regression=0.04")
    assert done.code == 2
    assert "max_regression" in done.err


def test_strict_takes_productions_where_they_are_stricter(project: Project) -> None:
    found = origins(project, "--strict", "--threshold", "max_regression=0.01")
    assert found["min_quality_score"] == (0.85, "--strict")
    assert found["max_regression"] == (0.01, "command line")
    (project.path / "low.json").write_text('{"quality_score": 0.8, "throughput_tokens_per_sec": 50}')
    low = ("check", "--model", "veran:v1", "--metrics", "low.json")
    assert project(*low).code == 0
    assert project(*low, "--strict").code == 1


def test_strict_takes_the_policys_floors_for_production(project: Project) -> None:
    policy = project.path / ".quality-gates" / "policy.toml"
    policy.write_text(policy.read_text().replace("min_quality_score = 0.85", "min_quality_score = 0.9"))
    project.ok("policy", "propose")
    (project.path / "pyproject.toml").write_text("[tool.afs.gates.production]\nmin_quality_score = 0.6\n")
    assert origins(project, "--strict", code=1)["min_quality_score"] == (0.9, "--strict")


@pytest.mark.parametrize("where", ["command line", "pyproject.toml"])
def test_looser_than_the_floor_is_refused(where: str, project: Project) -> None:
    more: tuple[str, ...] = ("--threshold", "min_quality_score=0.8")
    if where == "pyproject.toml":
        (project.path / where).write_text("[tool.afs.gates.production]\nmin_quality_score = 0.8\n")
        more = ()
    for extra in ((), ("--no-record",)):
        done = project(*PRODUCTION, *more, *extra)
        assert done.code == 2
        assert "looser than the policy's floors for production: min_quality_score = 0.8 (floor 0.85)" in done.err
    assert len(project.records()) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[tool.afs.gates.staging\n", ""),
        ("[tool.afs.gates.stagin]\nmin_quality_score = 0.8\n", "staging"),
        ("[tool.afs.gates.staging]\nmin_qualty_score = 0.8\n", "min_quality_score"),
        ('[tool.afs.gates.staging]\nmin_quality_score = "0.8"\n', "min_quality_score"),
        ("[tool.afs.gates.staging]\nmin_quality_score = nan\n", "min_quality_score"),
        ("[tool.afs.gates.staging]\nmin_quality_score = 2\n", "min_quality_score"),
        ("[tool.afs.gates.staging]\n[tool.gitgates.staging]\n", "[tool.gitgates]"),
        ("[tool.afs]\ngates = 3\n", "tool.afs.gates is not a table"),
        ("tool = 3\n", "is not a table"),
        ("[tool.afs.gates]\nstaging = 3\n", "not a table"),
    ],
)
def test_configuration_that_cannot_be_meant(text: str, told: str, project: Project) -> None:
    (project.path / "pyproject.toml").write_text(text)
    done = project(*STAGING)
    assert done.code == 2, done
    assert "pyproject.toml" in done.err
    assert told in done.err
    assert len(project.records()) == 1
