"""Hostile and broken files through `check`: exit 2, the file named, nothing recorded, within 2 s of CPU and 200 MiB.

The small ones run in this process, for each flag and syntax. Those whose size is the attack run in a process of their
own, which tells what it took.
"""

import codecs
import json
import os
import re
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from tests.cli.project import Project, environment
from tests.support import git

CPU_SECONDS = 2
PEAK_MIB = 200


@attrs.frozen
class Kind:
    """A file that `check` takes.

    Attributes:
        flag: what it is given with, and what else that needs.
        good: a file without a fault.
        number: a number in it, to be put out of range.
        impossible: a change of `good` that makes a sum impossible, and what the message says then.
        wrong_flags: flags that take no such file.
    """

    flag: tuple[str, ...]
    good: bytes
    number: bytes
    impossible: tuple[bytes, bytes, str]
    wrong_flags: tuple[str, ...]

    @property
    def is_json(self) -> bool:
        return self.good.startswith(b"{")


JUNIT = b'<testsuite errors="0"><testcase name="a"/><testcase name="b"/></testsuite>'
COBERTURA = b'<coverage line-rate="0.5" lines-valid="4" lines-covered="2"/>'
LCOV = b"SF:a.c\nDA:1,1\nDA:2,0\nLF:2\nLH:1\nend_of_record\n"
CARD = b"""---
model-index:
- name: m
  results:
  - task: {type: t}
    dataset: {name: d}
    metrics:
    - type: acc
      value: 0.9
---
"""
YAML = b"val:\n  acc: 0.9\nn: 5\n"
CTRF = b"""{"results": {"tool": {}, "summary": {"tests": 1, "failed": 0, "start": 1, "stop": 5},
    "tests": [{"status": "passed"}]}}"""
TRIVY = b'{"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Vulnerabilities": [{"Severity": "LOW"}]}]}'
QUALITY = b'{"quality_score": 0.95}'
MODEL_FLAGS, SCAN = ("--metrics", "--baseline"), "--security-scan"

KINDS = {
    "native tests": Kind(
        ("--test-metrics",),
        b'{"total_tests": 21, "passed_tests": 20, "failed_tests": 1}',
        b"21",
        (b"21", b"20", r"total_tests: is 20, less than passed \+ failed \+ skipped = 21"),
        (*MODEL_FLAGS, SCAN),
    ),
    "ctrf": Kind(("--test-metrics",), CTRF, b"5", (b"5", b"-5", "must be a time after start"), (*MODEL_FLAGS, SCAN)),
    "junit": Kind(
        ("--test-metrics",), JUNIT, b"0", (b"0", b"-1", "errors: must be a count, got '-1'"), (*MODEL_FLAGS, SCAN)
    ),
    "cobertura": Kind(
        ("--test-metrics",),
        COBERTURA,
        b"0.5",
        (b'covered="2"', b'covered="5"', r"lines-covered: is 5, which is not in 0\.\.4"),
        (*MODEL_FLAGS, SCAN),
    ),
    "lcov": Kind(
        ("--test-metrics",), LCOV, b"1,1", (b"LH:1", b"LH:3", r"LH: is 3, which is not in 0\.\.2"), (*MODEL_FLAGS, SCAN)
    ),
    "model": Kind(
        ("--metrics",), QUALITY, b"0.95", (b"0.95", b"95", "quality_score: must be in 0..1"), ("--test-metrics", SCAN)
    ),
    "baseline": Kind(
        ("--metrics", "good.json", "--baseline"),
        QUALITY,
        b"0.95",
        (b"0.95", b"-1", "quality_score: must be in 0..1"),
        ("--test-metrics", SCAN),
    ),
    "model card": Kind(
        ("--quality-score", "t.d.acc", "--metrics"),
        CARD,
        b"0.9",
        (b"0.9", b"90", "must be in 0..1"),
        ("--test-metrics", SCAN),
    ),
    "metrics in YAML": Kind(
        ("--quality-score", "val.acc", "--metrics"),
        YAML,
        b"0.9",
        (b"0.9", b"90", "must be in 0..1"),
        (),
    ),
    "trivy": Kind(
        (SCAN,),
        TRIVY,
        b"2",
        (b"[{", b"[[{", "not complete, valid JSON"),
        ("--test-metrics", *MODEL_FLAGS),
    ),
    "native scan": Kind(
        (SCAN,),
        b'{"critical_vulnerabilities": 0, "high_vulnerabilities": 1}',
        b"1",
        (b"1", b"-1", "high_vulnerabilities: "),
        ("--test-metrics", *MODEL_FLAGS),
    ),
}  # fmt: skip


def _twice(kind: Kind) -> bytes:
    """Repeat the first key, attribute or line that may stand once."""
    if kind.is_json:
        key = kind.good.partition(b":")[0].removeprefix(b"{")
        return b"{" + key + b": 1, " + kind.good[1:]
    if kind.good.startswith(b"<"):
        name, _, rest = kind.good.partition(b" ")
        return name + b" " + rest.partition(b" ")[0].partition(b">")[0] + b" " + rest
    return (
        kind.good.replace(b"SF:a.c\n", b"SF:a.c\nSF:a.c\n")
        .replace(b"- name: m\n", b"- name: m\n  name: m\n")
        .replace(b"n: 5\n", b"n: 5\nn: 5\n")
    )


LAUGHS = b'<!DOCTYPE t [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>\n'
YAML_LAUGHS = b'---\na: &a ["x", "x"]\nb: &b [*a, *a]\nmodel-index: [*b, *b]\n---\n'

FAULTS: dict[str, tuple[Callable[[Kind], bytes], str]] = {
    "truncated": (lambda kind: kind.good[: len(kind.good) * 2 // 3], ""),
    "NaN": (lambda kind: kind.good.replace(kind.number, b"NaN"), ""),
    "1e400": (lambda kind: kind.good.replace(kind.number, b"1e400"), ""),
    "twice": (_twice, "twice|duplicate attribute|not expected here"),
    "BOM": (lambda kind: codecs.BOM_UTF8 + kind.good, "byte order mark"),
    "UTF-16": (lambda kind: kind.good.decode().encode("utf-16"), "UTF-16"),
    "NUL": (lambda kind: kind.good.replace(kind.number, b"\0"), ""),
    "empty": (lambda kind: b"", "is empty"),
    "blank": (lambda kind: b" \n \n", "is empty"),
    "trailing garbage": (lambda kind: kind.good + b"garbage", "Extra data|junk|not expected here|end may be missing"),
    "impossible sum": (lambda kind: kind.good.replace(*kind.impossible[:2]), ""),
    "100,000 levels": (lambda kind: b"[" * 100_000 + b"]" * 100_000, "levels deep"),
    "100,000 levels of XML": (lambda kind: b"<testsuite>" * 100_000, "more than 100 levels deep"),
    "billion laughs": (lambda kind: LAUGHS + JUNIT, "document type of its own"),
    "laughs in a card": (lambda kind: YAML_LAUGHS, ""),
    "laughs in YAML": (lambda kind: b"a: &a [1, 1]\nb: &b [*a, *a]\nc: [*b, *b]\n", ""),
    "not a report": (lambda kind: b"PASSED 12\n", ""),
}
ALLOWED = {
    ("junit", "BOM"), ("cobertura", "BOM"),  # XML's own standard allows it
    ("model card", "trailing garbage"),  # the text of the card
}  # fmt: skip


def _state(project: Project) -> str:
    """Return all refs, and what git says of the worktree's ledger."""
    return git(project.path, "for-each-ref") + git(project.path, "status", "--porcelain", ".quality-gates")


def _refused(project: Project, *args: str, fault: str = "") -> None:
    before, started = _state(project), time.process_time()
    done = project("check", "--model", "veran:v1", *args)
    assert time.process_time() - started < CPU_SECONDS
    assert (done.code, done.out) == (2, ""), done
    assert re.search(fault, done.err), done.err
    assert done.err.startswith("gitgates: hostile: ")
    assert _state(project) == before


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_hostile_file_is_refused_and_nothing_is_recorded(fault: str, name: str, project: Project) -> None:
    kind, (make, words) = KINDS[name], FAULTS[fault]
    (project.path / "good.json").write_bytes(QUALITY)
    (project.path / "hostile").write_bytes(make(kind))
    if (name, fault) in ALLOWED:
        assert project("check", "--model", "veran:v1", "--no-record", *kind.flag, "hostile").code in (0, 1)
        return
    _refused(project, *kind.flag, "hostile", fault=kind.impossible[2] if fault == "impossible sum" else words)


@pytest.mark.parametrize("name", KINDS)
def test_the_file_without_a_fault_is_read(name: str, project: Project) -> None:
    (project.path / "good.json").write_bytes(QUALITY)
    (project.path / "hostile").write_bytes(KINDS[name].good)
    assert project("check", "--model", "veran:v1", "--no-record", *KINDS[name].flag, "hostile").code in (0, 1)


@pytest.mark.parametrize(("name", "flag"), [(name, flag) for name, kind in KINDS.items() for flag in kind.wrong_flags])
def test_a_file_given_with_a_wrong_flag_is_refused(name: str, flag: str, project: Project) -> None:
    (project.path / "good.json").write_bytes(QUALITY)
    (project.path / "hostile").write_bytes(KINDS[name].good)
    extra = ("--metrics", "good.json") if flag == "--baseline" else ()
    _refused(project, *extra, flag, "hostile", fault="which says nothing about .* Give it with --")


@pytest.mark.parametrize("flag", ["--metrics", "--baseline", "--test-metrics", SCAN])
@pytest.mark.parametrize("what", ["a folder", "a FIFO", "a device", "missing"])
def test_what_is_no_file_is_refused(what: str, flag: str, project: Project) -> None:
    target = project.path / "hostile"
    if what == "a folder":
        target.mkdir()
    elif what == "a FIFO":
        os.mkfifo(target)
    elif what == "a device":
        target.symlink_to("/dev/zero")
    (project.path / "good.json").write_bytes(QUALITY)
    extra = ("--metrics", "good.json") if flag == "--baseline" else ()
    _refused(project, *extra, flag, "hostile", fault="cannot be read|folder" if what == "missing" else what)


MIB = 2**20
LARGE = {
    "metrics of 50 MB": ("--metrics", "b'{\"quality_score\": [' + b'1,' * (25 * MIB - 20) + b'1]}'"),
    "metrics of one text": ("--metrics", "b'{\"quality_score\": \"' + b'x' * (50 * MIB - 30) + b'\"}'"),
    "metrics of one key": ("--metrics", "b'{\"quality_score\": 1, \"' + b'x' * (50 * MIB - 40) + b'\": 1}'"),
    "a baseline of 50 MB": ("--baseline", "b'{\"quality_score\": [' + b'1,' * (25 * MIB - 20) + b'1]}'"),
    "a scan of one tool": (SCAN, "b'{\"high_vulnerabilities\": 1, \"scan_tool\": \"' + b'x' * (49 * MIB) + b'\"}'"),
    "a scan of 50 MB": (SCAN, "b'{\"SchemaVersion\": 2, \"Results\": [' + b'{},' * (16 * MIB) + b'{}]}'"),
    "tests of 50 MB": ("--test-metrics", "b'<testsuite>' + b'<testcase/>' * (4 * MIB) + b'</testsuite>'"),
    "tracefile of 50 MB": ("--test-metrics", "b'SF:a\\n' + b'DA:1,1\\n' * (7 * MIB)"),
    "tracefile of as many lines as are read": (
        "--test-metrics",
        "b'SF:a\\n' + b''.join(b'DA:%d,1\\n' % i for i in range(499_000)) + b'x'",
    ),
    "card of 1 MB": ("--metrics", "b'---\\nmodel-index:\\n' + b'- {a: [1, 2, 3, b]}\\n' * 52_000 + b'---\\n'"),
    "YAML of 1 MB": ("--metrics", "b''.join(b'k%d: %d\\n' % (i, i) for i in range(70_000))"),
    "YAML of 50 MB": ("--metrics", "b'a: 1\\n' * (10 * MIB)"),
    "text of 50 MB": ("--metrics", "b'x' * (50 * MIB)"),
    "more than 50 MB": ("--metrics", "b' ' * (50 * MIB + 1)"),
    "billion laughs": (
        "--test-metrics",
        """b'<!DOCTYPE t [<!ENTITY a0 "ha">' + b''.join(b'<!ENTITY a%d "%s">' % (i, b'&a%d;' % (i - 1) * 10)
            for i in range(1, 10)) + b']><testsuite name="&a9;"/>'""",
    ),
    "100,000 levels": ("--metrics", "b'{\"a\":' * 100_000"),
}


@pytest.mark.parametrize(("flag", "made_by"), LARGE.values(), ids=LARGE.keys())
def test_a_large_file_is_refused_within_2_seconds_and_200_mib(
    flag: str, made_by: str, project: Project, tmp_path: Path
) -> None:
    make = f"MIB = {MIB}\nopen('hostile', 'wb').write(({made_by})[:50 * MIB + 1])"
    subprocess.run([sys.executable, "-c", make], check=True, cwd=project.path)
    (project.path / "good.json").write_bytes(QUALITY)
    extra = ["--metrics", "good.json"] if flag == "--baseline" else []
    program = f"""
        import json, re, resource, sys
        from gitgates.cli.main import main
        code = main(["check", "--model", "veran:v1", *{extra!r}, {flag!r}, "hostile"])
        usage = resource.getrusage(resource.RUSAGE_SELF)
        try:  # the peak of this program alone: ru_maxrss starts with that of the process which it was forked from
            peak = int(re.search(r"VmHWM:\\s*(\\d+) kB", open("/proc/self/status").read())[1])
        except FileNotFoundError:  # macOS, in bytes, and new with each program
            peak = usage.ru_maxrss // 1024
        print(json.dumps([code, usage.ru_utime + usage.ru_stime, peak // 1024]))
    """
    before = _state(project)
    unmeasured = {name: value for name, value in environment().items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=project.path, capture_output=True, text=True, env=unmeasured,
    )  # fmt: skip
    assert done.stderr.startswith("gitgates: hostile: "), done
    code, seconds, mebibytes = json.loads(done.stdout)
    assert code == 2
    assert seconds < CPU_SECONDS
    assert mebibytes < PEAK_MIB
    assert _state(project) == before
