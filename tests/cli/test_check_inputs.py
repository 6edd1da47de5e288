"""What `check` is given: wrong files are refused by name and field, and nothing is recorded."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.project import Project

BAD_FILES = {
    "not json": ("--metrics", b"quality: good", ()),
    "empty": ("--metrics", b"", ()),
    "nan": ("--metrics", b'{"quality_score": NaN}', ("NaN",)),
    "infinity": ("--metrics", b'{"quality_score": 0.9, "latency_ms": Infinity}', ("Infinity",)),
    "huge number": ("--metrics", b'{"quality_score": 1e999}', ()),
    "duplicate key": ("--metrics", b'{"quality_score": 0.9, "quality_score": 0.1}', ("quality_score",)),
    "score above 1": ("--metrics", b'{"quality_score": 91}', ("quality_score",)),
    "negative latency": ("--metrics", b'{"quality_score": 0.9, "latency_ms": -1}', ("latency_ms",)),
    "text for a number": ("--metrics", b'{"quality_score": "0.9"}', ("quality_score",)),
    "truth for a number": ("--metrics", b'{"quality_score": true}', ("quality_score",)),
    "unknown key": ("--metrics", b'{"quality_score": 0.9, "acuracy": 0.5}', ("acuracy", "accuracy")),
    "nothing measured": ("--metrics", b'{"quality_score": null}', ()),
    "wrong kind": ("--metrics", b'{"total_tests": 3, "passed_tests": 3}', ("--test-metrics",)),
    "model metrics as tests": ("--test-metrics", b'{"quality_score": 0.9, "latency_ms": 1}', ("--metrics",)),
    "passed above total": (
        "--test-metrics",
        b'{"total_tests": 3, "passed_tests": 4}',
        ("total_tests", "passed + failed + skipped"),
    ),
    "negative count": ("--test-metrics", b'{"total_tests": -3, "passed_tests": 0}', ("total_tests",)),
    "fraction of a test": ("--test-metrics", b'{"total_tests": 3.5, "passed_tests": 0}', ("total_tests",)),
    "coverage above 100": ("--test-metrics", b'{"total_tests": 1, "coverage_percent": 101}', ("coverage_percent",)),
    "negative vulnerabilities": ("--security-scan", b'{"critical_vulnerabilities": -1}', ("critical_vulnerabilities",)),
    "deep": ("--security-scan", b"[" * 200 + b"]" * 200, ()),
    "xml bomb": ("--test-metrics", b'<!DOCTYPE a [<!ENTITY b "c">]><testsuite>&b;</testsuite>', ()),
    "not utf-8": ("--metrics", b'{"quality_score": 0.9, "\xff": 1}', ()),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_files_that_cannot_be_meant(case: str, project: Project) -> None:
    flag, data, named = BAD_FILES[case]
    (project.path / "bad.file").write_bytes(data)
    done = project("check", "--model", "veran:v1", flag, "bad.file")
    assert done.code == 2, done
    assert done.out == ""
    assert done.err.startswith("gitgates: bad.file: ")
    for name in named:
        assert name in done.err
    assert len(project.records()) == 1


@pytest.mark.parametrize("flag", ["--metrics", "--baseline", "--test-metrics", "--security-scan"])
@pytest.mark.parametrize("kind", ["missing", "folder", "fifo"])
def test_paths_that_are_no_files(flag: str, kind: str, project: Project) -> None:
    target = project.path / "thing"
    if kind == "folder":
        target.mkdir()
    elif kind == "fifo":
        os.mkfifo(target)
    extra = ("--metrics", "metrics-v6.1.json") if flag == "--baseline" else ()
    done = project("check", "--model", "veran:v1", *extra, flag, "thing")
    assert done.code == 2
    assert done.err.startswith("gitgates: thing: ")
    assert len(project.records()) == 1


if os.geteuid() != 0:  # root may read every file, so for root there is no such test

    def test_an_unreadable_file(project: Project) -> None:
        (project.path / "metrics-v6.1.json").chmod(0)
        done = project("check", "--model", "veran:v1", "--metrics", "metrics-v6.1.json")
        assert done.code == 2
        assert "Permission denied" in done.err


def test_nothing_to_check(project: Project) -> None:
    done = project("check", "--model", "veran:v1")
    assert done.code == 2
    assert "nothing to check. Give at least one of --test-metrics, --metrics and --security-scan" in done.err


def test_a_baseline_needs_metrics(project: Project) -> None:
    done = project("check", "--model", "veran:v1", "--baseline", "metrics-v6.1.json", "--test-metrics", "junit.xml")
    assert done.code == 2
    assert "--baseline is given without --metrics" in done.err


def test_one_file_twice(project: Project) -> None:
    done = project("check", "--model", "veran:v1", "--test-metrics", "junit.xml", "--test-metrics", "junit.xml")
    assert done.code == 2
    assert "junit.xml" in done.err


def test_test_results_add_up(project: Project) -> None:
    (project.path / "more.json").write_text(
        '{"total_tests": 7, "passed_tests": 0, "failed_tests": 7, "skipped_tests": 0}'
    )
    done = project("check", "--model", "veran:v1", "--test-metrics", "junit.xml", "--test-metrics", "more.json")
    assert done.code == 1
    assert "pass rate 63.16% (12/19) is below 95.00%" in done.out


def test_scans_add_up(project: Project) -> None:
    (project.path / "more.json").write_text(
        '{"critical_vulnerabilities": 1, "high_vulnerabilities": 2, "medium_vulnerabilities": 0}'
    )
    done = project("check", "--model", "veran:v1", "--security-scan", "scan.json", "--security-scan", "more.json")
    assert done.code == 1
    assert "1 critical (more than the allowed 0)" in done.out


def test_a_baselines_own_baseline_plays_no_part(project: Project) -> None:
    (project.path / "old.json").write_text(
        '{"quality_score": 0.9, "throughput_tokens_per_sec": 100, "baseline_quality_score": 0.1}'
    )
    value = project.json("check", "--model", "veran:v1", "--metrics", "metrics-v6.1.json", "--baseline", "old.json")
    assert "quality score 0.91 against 0.9 " in value["checks"][0]["message"]
    report = project.json("report", "--model", "veran:v1")["reports"][0]
    assert report["baseline"]["metrics"] == {"quality_score": 0.9, "throughput_tokens_per_sec": 100}


def test_files_may_be_links_and_lie_anywhere(project: Project, tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to(project.path / "metrics-v6.1.json")
    project.ok("check", "--model", "veran:v1", "--metrics", tmp_path / "link.json")


def test_file_names_are_escaped(project: Project) -> None:
    name = "m\x1b[31m.json"
    done = project("check", "--model", "veran:v1", "--metrics", name)
    assert done.code == 2
    assert "m\\x1b[31m.json" in done.err
    (project.path / name).write_bytes((project.path / "metrics-v6.1.json").read_bytes())
    done = project("check", "--model", "veran:v1", "--metrics", name, "--verbose")
    assert "\x1b" not in done.out + done.err


def test_scans_that_list_too_much_together(project: Project) -> None:
    """The counts add up; that the ids are not kept, and so cannot be waived, is told of."""
    for number in (1, 2):
        found = [{"id": f"CVE-{number}-{i}", "severity": "low", "count": 1} for i in range(150)]
        counts = dict.fromkeys(("critical_vulnerabilities", "high_vulnerabilities", "medium_vulnerabilities"), 0)
        scan = {**counts, "low_vulnerabilities": 150, "vulnerabilities": found}
        (project.path / f"scan{number}.json").write_text(json.dumps(scan))
    scans = ("--security-scan", "scan1.json", "--security-scan", "scan2.json")
    done = project.ok("check", "--model", "veran:v1", "--context", "staging", *scans)
    assert "all scans together: 300 vulnerabilities are counted and not listed: a record lists at most 200" in done.err
    assert "low_vulnerabilities" in project.ok("report", "--model", "veran:v1", "--verbose").out
