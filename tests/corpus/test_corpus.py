"""Real files of other tools against the ground truth of the corpus beside the checkout, file by file.

The corpus counts elements as they are written. Where the product's rules (docs/reference/formats.md) differ on purpose,
`ON_PURPOSE` has the case, the values, and the reason.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from gitgates.errors import InputFileError
from gitgates.formats.base import Role
from gitgates.formats.detect import read

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
ROLES = {"junit-xml": Role.TESTS, "coverage-json": Role.TESTS, "trivy": Role.SECURITY}
NATIVE_ROLES = {"tests": Role.TESTS, "model": Role.MODEL, "security": Role.SECURITY}

ON_PURPOSE: dict[str, dict[str, Any]] = {
    # The build error of a package stands in the root's header only; it is a failed test, not a clean run.
    "junit-xml/gotestsum-junit.xml": {"total_tests": 9, "failed_tests": 4},
    # An error outside any testcase is a failed test.
    "junit-xml/junit-plugin--junit-report-nested-testsuites.xml": {"total_tests": 3, "failed_tests": 1},
    # pytest's reruns are extra cases without children, which look passed; each counts with its test.
    "junit-xml/syn1-junit.xml": {"total_tests": 17, "passed_tests": 8},
    # No gate judges it, and a note says so.
    "afs-native/model-a.json": {"baseline_accuracy": None},
}
REFUSED_ON_PURPOSE = {
    # Only a Dockerfile was checked for misconfigurations: no scan for vulnerabilities is not zero vulnerabilities.
    "trivy/trivy--dockerfile.json": "no target was scanned for vulnerabilities",
}


def _entries() -> list[dict[str, Any]]:
    if not (CORPUS / "manifest.toml").exists():
        return []
    files: list[dict[str, Any]] = tomllib.loads((CORPUS / "manifest.toml").read_text(encoding="utf-8"))["file"]
    return files


def _role(entry: dict[str, Any]) -> Role | None:
    if entry["format"] == "afs-native":
        return NATIVE_ROLES[Path(entry["file"]).name.partition("-")[0]]
    return ROLES.get(entry["format"])


READ = [entry for entry in _entries() if _role(entry) is not None]


def _expected(entry: dict[str, Any]) -> dict[str, Any]:
    truth = entry["truth"]
    if entry["format"] == "junit-xml":
        values = {
            "total_tests": truth["total"],
            "passed_tests": truth["passed"],
            "failed_tests": truth["failed"] + truth["errors"],
            "skipped_tests": truth["skipped"],
        }
    elif entry["format"] == "coverage-json":
        values = {"coverage_percent": truth["percent"]}
    elif entry["format"] == "trivy":
        values = {f"{name}_vulnerabilities": truth[name] for name in ("critical", "high", "medium", "low", "unknown")}
    else:
        values = truth
    return values | ON_PURPOSE.get(entry["file"], {})


def _duration(truth: dict[str, Any]) -> float | None:
    """Return the duration by the product's rule: the root's, else the sum of the suites', else that of the cases."""
    if "duration_root_attr" in truth:
        return float(truth["duration_root_attr"])
    parts = truth["duration_top_suites_attr"].split(" + ")
    return sum(map(float, parts))


@pytest.mark.skipif(not READ, reason="the corpus is not beside this checkout")
def test_the_corpus_covers_each_format() -> None:
    assert {entry["format"] for entry in READ} == {"afs-native", *ROLES}


@pytest.mark.parametrize("entry", READ, ids=[entry["file"] for entry in READ])
def test_real_file_gives_the_true_numbers(entry: dict[str, Any]) -> None:
    role = _role(entry)
    assert role is not None
    data = (CORPUS / entry["file"]).read_bytes()
    if (fault := REFUSED_ON_PURPOSE.get(entry["file"])) is not None:
        with pytest.raises(InputFileError, match=fault):
            read(role, entry["file"], data)
        return
    found = read(role, entry["file"], data).metrics.to_dict()
    expected = _expected(entry)
    assert {name: found.get(name) for name in expected} == expected
    if entry["format"] == "junit-xml":
        assert found["duration_seconds"] == pytest.approx(_duration(entry["truth"]))


@pytest.mark.parametrize("entry", READ, ids=[entry["file"] for entry in READ])
def test_real_file_given_with_a_wrong_flag_is_refused(entry: dict[str, Any]) -> None:
    for role in set(Role) - {_role(entry)}:
        with pytest.raises(InputFileError, match="Give it with --"):
            read(role, entry["file"], (CORPUS / entry["file"]).read_bytes())


OTHERS = [entry for entry in _entries() if _role(entry) is None and entry["file"].endswith((".json", ".sarif", ".xml"))]


@pytest.mark.parametrize("entry", OTHERS, ids=[entry["file"] for entry in OTHERS])
def test_real_file_of_a_format_not_read_yet_is_mistaken_for_none(entry: dict[str, Any]) -> None:
    for role in Role:
        with pytest.raises(InputFileError, match="of no known format"):
            read(role, entry["file"], (CORPUS / entry["file"]).read_bytes())
