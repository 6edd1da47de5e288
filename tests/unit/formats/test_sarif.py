"""SARIF 2.1.0: security-severity or unknown, suppressions, several runs, and runs that failed."""

from typing import Any

import pytest

from tests.unit.formats.scans import counts, listed, metrics_of, refuse, scan


def _run(*results: Any, rules: Any = (), name: str = "T", **more: Any) -> dict[str, Any]:
    driver = {"name": name, "version": "1.0", "rules": list(rules)}
    return {"tool": {"driver": driver}, "results": list(results), **more}


def _report(*runs: Any) -> dict[str, Any]:
    return {"version": "2.1.0", "runs": list(runs)}


def _rated(severity: Any, **more: Any) -> dict[str, Any]:
    return {"properties": {"security-severity": severity}, **more}


RULES = [_rated("9.8", id="R0"), _rated(7.5, id="R1"), _rated("Medium", id="R2"), {"id": "R3"}]


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (_rated("9.0"), (1, 0, 0, 0, 0)),
        (_rated(8.9), (0, 1, 0, 0, 0)),
        (_rated(4), (0, 0, 1, 0, 0)),
        (_rated("0.1"), (0, 0, 0, 1, 0)),
        (_rated("CRITICAL"), (1, 0, 0, 0, 0)),
        (_rated("0.0"), (0, 0, 0, 0, 1)),
        (_rated("severe"), (0, 0, 0, 0, 1)),
        ({"level": "error"}, (0, 0, 0, 0, 1)),
        ({"ruleId": "R0"}, (1, 0, 0, 0, 0)),
        ({"ruleId": "R1", "ruleIndex": 1}, (0, 1, 0, 0, 0)),
        ({"ruleIndex": 2}, (0, 0, 1, 0, 0)),
        ({"ruleId": "R2", "ruleIndex": -1}, (0, 0, 1, 0, 0)),
        ({"rule": {"id": "R0"}}, (1, 0, 0, 0, 0)),
        ({"rule": {"index": 1}}, (0, 1, 0, 0, 0)),
        ({"ruleId": "R0/part/of"}, (1, 0, 0, 0, 0)),
        ({"ruleId": "R0/part", "ruleIndex": 0}, (1, 0, 0, 0, 0)),
        ({"ruleId": "other"}, (0, 0, 0, 0, 1)),
        (_rated("3.0", ruleId="R0"), (0, 0, 0, 1, 0)),
        (_rated("odd", ruleId="R0"), (1, 0, 0, 0, 0)),
    ],
)
def test_severity_is_the_results_own_or_that_of_its_rule(result: dict[str, Any], expected: tuple[int, ...]) -> None:
    assert counts(scan(_report(_run(result, rules=RULES)))) == expected


def test_rule_of_an_extension() -> None:
    run = _run(
        {"rule": {"index": 0, "toolComponent": {"index": 1}}},
        {"ruleId": "E1"},
        {"rule": {"index": 0, "toolComponent": {}}},
        rules=[_rated("4.0", id="D0")],
    )
    run["tool"]["extensions"] = [{"name": "none"}, {"name": "pack", "rules": [_rated("9.8", id="E1")]}]
    assert counts(scan(_report(run))) == (2, 0, 1, 0, 0)


def test_levels_of_what_has_no_severity_are_told() -> None:
    rules = [{"id": "N", "defaultConfiguration": {"level": "note"}}]
    results = [{"ruleId": "N"}, {"ruleId": "N", "level": "error"}, {"ruleId": "x"}, {"level": "odd"}]
    found = scan(_report(_run(*results, rules=rules)))
    assert counts(found) == (0, 0, 0, 0, 4)
    assert found.notes == ("4 findings have no security-severity; their levels are: 1 error, 2 warning, 1 note",)


@pytest.mark.parametrize(
    ("suppressions", "counted"),
    [
        ([{"kind": "inSource"}], 0),
        ([{"kind": "external", "status": "accepted"}, {"kind": "inSource"}], 0),
        ([{"kind": "external", "status": "underReview"}], 1),
        ([{"kind": "external"}, {"kind": "external", "status": "rejected"}], 1),
        ([], 1),
        (None, 1),
    ],
)
def test_suppressed_results_are_told_and_not_counted(suppressions: Any, counted: int) -> None:
    found = scan(_report(_run(_rated("9.8", suppressions=suppressions), _rated("9.8"))))
    assert counts(found) == (1 + counted, 0, 0, 0, 0)
    assert found.notes == (() if counted else ("1 findings are suppressed and not counted",))


@pytest.mark.parametrize(
    ("more", "counted"),
    [
        ({"kind": "fail"}, 1), ({"kind": "open"}, 1), ({"kind": "review"}, 1), ({"baselineState": "unchanged"}, 1),
        ({"kind": "pass"}, 0), ({"kind": "notApplicable"}, 0), ({"kind": "informational"}, 0),
        ({"baselineState": "absent"}, 0),
    ],
)  # fmt: skip
def test_what_is_no_finding_is_told_and_not_counted(more: dict[str, Any], counted: int) -> None:
    found = scan(_report(_run(_rated("5.0", **more), _rated("5.0"))))
    assert counts(found) == (0, 0, 1 + counted, 0, 0)
    assert found.notes == (() if counted else ("1 findings are passed, informational or absent and not counted",))


def test_runs_add_up() -> None:
    found = scan(_report(_run(_rated("9.8", ruleId="CVE-1")), _run(_rated("9.8", ruleId="CVE-1"), name="U"), _run()))
    assert listed(found) == [("CVE-1", "critical", 2)]
    assert (found.format, metrics_of(found).scan_tool) == ("sarif", "T 1.0+U 1.0")
    many = scan(_report(*[_run(_rated(1), name=name) for name in "ABCDE"]))
    assert metrics_of(many).scan_tool == "A 1.0+B 1.0+C 1.0+2 more"


def test_run_that_found_nothing() -> None:
    found = scan(_report({"tool": {"driver": {}}, "results": []}))
    assert counts(found) == (0, 0, 0, 0, 0)
    assert found.notes == ("SARIF tells what was found, not what was looked at",)
    assert metrics_of(found).scan_tool == "SARIF"


@pytest.mark.parametrize("success", [False, None, "false", 0])
def test_failed_invocation_is_refused(success: Any) -> None:
    run = _run(invocations=[{"executionSuccessful": True}, {"executionSuccessful": success}])
    refuse(_report(_run(), run), r"\$\.runs\[1\]\.invocations\[1\]\.executionSuccessful: is not true: the scan failed")


@pytest.mark.parametrize("kind", ["toolExecutionNotifications", "toolConfigurationNotifications"])
def test_notification_of_an_error_is_refused(kind: str) -> None:
    warned = [{"level": "warning"}, {"message": {"text": "x"}}]
    invocation = {"executionSuccessful": True, kind: warned}
    assert counts(scan(_report(_run(invocations=[invocation])))) == (0, 0, 0, 0, 0)
    failed = invocation | {kind: [*warned, {"level": "error"}]}
    refuse(
        _report(_run(invocations=[failed])),
        rf"\$\.runs\[0\]\.invocations\[0\]\.{kind}\[2\]: the tool tells of an error",
    )


@pytest.mark.parametrize(
    ("report", "fault"),
    [
        ({"version": "2.0.0", "runs": []}, r"\$\.version: only 2\.1\.0 is known"),
        (_report(), r"\$\.runs: is empty: nothing was scanned"),
        (_report({"tool": {"driver": {}}}), r"\$\.runs\[0\]\.results: is missing, so nothing was looked for"),
        (_report() | {"inlineExternalProperties": [{}]}, r"\$\.inlineExternalProperties: parts of runs outside"),
        (_report({"results": []}), r"\$\.runs\[0\]\.tool: is missing"),
        (_report({"results": [], "tool": {}}), r"\$\.runs\[0\]\.tool\.driver: is missing"),
        (_report(_run(3)), r"\$\.runs\[0\]\.results\[0\]: must be an object"),
        (_report(_run({"kind": "odd"})), r"\$\.runs\[0\]\.results\[0\]\.kind: is none of SARIF 2\.1\.0"),
        (
            _report(_run(_rated(11))),
            r"\$\.runs\[0\]\.results\[0\]\.properties\.security-severity: is 11, which is not in",
        ),
        (
            _report(_run({"ruleIndex": 0}, rules=[_rated([])])),
            r"\$\.runs\[0\]\.tool\.driver\.rules\[0\]\.properties\.security-severity: must be a number, or text",
        ),
        (_report(_run({"ruleIndex": 4}, rules=RULES)), r"\$\.runs\[0\]\.results\[0\]\.ruleIndex: is out of range"),
        (
            _report(_run({"ruleIndex": "0"}, rules=RULES)),
            r"\$\.runs\[0\]\.results\[0\]\.ruleIndex: must be a whole number",
        ),
        (
            _report(_run({"ruleIndex": 3, "ruleId": "R0"}, rules=RULES)),
            r"\$\.runs\[0\]\.results\[0\]\.ruleIndex: is that of a rule other than ruleId",
        ),
        (
            _report(_run({"rule": {"index": 0, "toolComponent": {"index": 0}}}, rules=RULES)),
            r"\$\.runs\[0\]\.results\[0\]\.rule\.toolComponent\.index: is out of range",
        ),
    ],
)
def test_other_shapes_are_refused_with_their_field(report: dict[str, Any], fault: str) -> None:
    refuse(report, fault)


def test_rule_id_of_many_parts_is_read_in_good_time() -> None:
    assert counts(scan(_report(_run({"ruleId": "/a" * 400_000}, rules=RULES)))) == (0, 0, 0, 0, 1)
