"""`pytest --gates`: what a run becomes when it is judged and recorded."""

import json
import shutil
from pathlib import Path

import pytest

from gitgates.api.session import Session
from gitgates.integrations.pytest_plugin.options import Hidden
from tests.cli.project import Project
from tests.cli.pytest_runs import GATES, MODEL, Suite, installed
from tests.support import Keys, git

CODE = """\
def weigh(heavy):
    if heavy:
        return 2
    return 1
"""
TESTS = """\
import pytest
from scale import weigh

def test_heavy():
    assert weigh(True) == 2

@pytest.mark.skip(reason="no scale here")
def test_scale():
    raise AssertionError

def test_light():
    assert weigh(False) == 1

def test_again():
    assert weigh(1) == 2
"""
EVERY_OUTCOME = """\
import pytest

def test_passed(): pass
def test_failed(): assert 0
@pytest.mark.skip
def test_skipped(): pass
@pytest.mark.xfail
def test_xfailed(): assert 0
@pytest.mark.xfail
def test_xpassed(): pass
@pytest.mark.xfail(strict=True)
def test_xpassed_strictly(): pass
@pytest.fixture
def broken(): raise OSError
@pytest.fixture
def broken_later():
    yield
    raise OSError
def test_error(broken): pass
def test_error_at_its_end(broken_later): pass
def test_failed_subtest(subtests):
    for number in range(3):
        with subtests.test(number=number):
            assert number
def test_skipped_subtest(subtests):
    with subtests.test("one"):
        pytest.skip("not here")
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return installed(tmp_path / "site")


@pytest.fixture
def suite(project: Project, site: Path) -> Suite:
    return Suite(project, site).write(scale=CODE, test_scale=TESTS)


@pytest.fixture
def unrecorded(tmp_path: Path, project: Project, site: Path) -> Suite:
    """Give a suite in a folder without a repository."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return Suite(Project(folder, project.run, project.key), site).write(scale=CODE, test_scale=TESTS)


def test_a_run_is_judged_and_recorded(suite: Suite) -> None:
    suite.project.check("veran:v6.1", "staging")
    (suite.project.path / "weights.bin").write_bytes(b"weights")
    printed = suite.pytest(
        *(*GATES, "--gates-context", "staging", "--gates-artifact", "weights.bin"),
        *("--gates-metrics", "metrics-v6.2.json", "--gates-baseline", "veran:v6.1"),
    )
    assert "veran:v6.2 staging: PASSED" in printed
    assert "compared with veran:v6.1" in printed
    assert "recorded report" in printed
    assert suite.counts() == {"total_tests": 4, "passed_tests": 3, "failed_tests": 0, "skipped_tests": 1}
    report = suite.report()
    tests = report["inputs"][0]
    assert (tests["role"], tests["file"], tests["format"]) == ("tests", "pytest.json", "pytest-json-report")
    assert [item["path"] for item in report["subject"]["artifacts"]] == ["weights.bin"]
    suite.project.ok("verify")


def test_coverage_fails_a_run_whose_tests_passed_and_is_what_check_takes(suite: Suite) -> None:
    suite.write(test_scale=TESTS.replace("weigh(False) == 1", "True"))
    measured = ("--cov=scale", "--cov-branch", "--cov-report=json")
    printed = suite.pytest(*GATES, *measured, "--gates-tests", "counted.json", code=1)
    assert "coverage 66.67% is below 80.00%" in printed
    report = suite.report()
    assert report["outcome"] == "failed"
    again = suite.project.json(
        *("check", "--model", MODEL, "--no-record", "--test-metrics", "counted.json"),
        *("--test-metrics", "coverage.json"),
        code=1,
    )
    assert [check["message"] for check in again["checks"]] == [check["message"] for check in report["checks"]]
    counted = next(item for item in report["inputs"] if item["file"] == "counted.json")
    assert counted in again["inputs"] or counted["sha256"] in {item["sha256"] for item in again["inputs"]}
    assert "PASSED" in suite.pytest(*GATES, *measured, "--gates-no-record", "--gates-threshold=min_code_coverage=0.5")
    lines = suite.pytest(*GATES, *measured, "--gates-no-record", "--gates-coverage", "lines", code=1)
    assert "coverage 75.00% is below 80.00%" in lines


def test_workers_change_no_number(suite: Suite) -> None:
    run = (*GATES, "--cov=scale", "--cov-branch", "-k", "not again")
    suite.pytest(*run)
    alone, inputs = suite.counts(), suite.report()["inputs"]
    printed = suite.pytest(*run, "-n", "2")
    assert "note: perhaps not the whole suite: -k, 1 deselected" in printed
    assert suite.counts() == alone == {
        "total_tests": 3, "passed_tests": 2, "failed_tests": 0, "skipped_tests": 1, "coverage_percent": 100
    }  # fmt: skip
    names = [item["file"] for item in suite.report()["inputs"]]
    assert names == [item["file"] for item in inputs] == ["pytest.json (-k, 1 deselected)", "coverage.json"]


def test_a_crashed_worker_is_a_failed_test(suite: Suite) -> None:
    suite.write(test_crash="import os\n\ndef test_crash():\n    os._exit(1)\n\ndef test_after():\n    pass\n")
    assert "pass rate 80.00% (4/5) is below 95.00%" in suite.pytest(*GATES, "-n", "1", code=1)
    assert suite.counts() == {"total_tests": 6, "passed_tests": 4, "failed_tests": 1, "skipped_tests": 1}


def test_every_outcome_counts_as_in_the_junit_file_of_the_same_run(suite: Suite) -> None:
    suite.write(test_scale=EVERY_OUTCOME)
    suite.pytest(*GATES, "--junit-xml=own.xml", code=1)
    assert suite.counts() == {"total_tests": 10, "passed_tests": 2, "failed_tests": 5, "skipped_tests": 3}
    by_hand = suite.project.json("check", "--model", MODEL, "--no-record", "--test-metrics", "own.xml", code=1)
    assert by_hand["checks"][0]["message"] == suite.report()["checks"][0]["message"]


def test_a_rerun_counts_once_by_its_last_run(suite: Suite) -> None:
    flaky = "tried = []\n\ndef test_flaky():\n    tried.append(1)\n    assert len(tried) > 1\n"
    suite.write(test_scale=f"{flaky}\ndef test_bad():\n    assert 0\n")
    printed = suite.pytest(*GATES, "--reruns", "1", code=1)
    assert "note: pytest.json: 2 tests failed at first and were run again" in printed
    assert suite.counts() == {"total_tests": 2, "passed_tests": 1, "failed_tests": 1, "skipped_tests": 0}


@pytest.mark.parametrize(
    ("test", "options", "code", "reason"),
    [
        (
            "def test_last(): assert 0",
            ("-x",),
            1,
            "the run was cut short: 5 of 6 tests did not run",
        ),
        ("def test_last(): raise KeyboardInterrupt", (), 2, "the run was interrupted"),
        ("import pytest\ndef test_last(): pytest.exit('enough', returncode=0)", (), 1, "the run was interrupted"),
        ("import missing_module", (), 2, "the run was interrupted"),
        ("def test_last(): pass", ("--setup-plan",), 1, "the run was cut short: 5 of 6 tests did not run"),
        ("def test_last(): pass", ("-k", "none_of_them"), 5, "no test ran"),
    ],
)
def test_part_of_a_run_is_never_recorded(
    suite: Suite, test: str, options: tuple[str, ...], code: int, reason: str
) -> None:
    suite.write(test_a=f"{test}\n\ndef test_more(): pass\n")
    kept = ("--gates-tests", "counted.json")
    assert f"gitgates: not recorded: {reason}" in suite.pytest(*GATES, *options, *kept, code=code)
    assert suite.reports() == []
    by_hand = suite.project("check", "--model", MODEL, "--test-metrics", "counted.json")
    assert by_hand.code != 0, by_hand


def test_a_file_that_cannot_be_collected_is_a_failed_test_where_the_run_goes_on(suite: Suite) -> None:
    suite.write(test_a="import missing_module\n")
    printed = suite.pytest(*GATES, "--continue-on-collection-errors", code=1)
    assert "1 files that could not be collected are counted as failed tests" in printed
    assert suite.counts() == {"total_tests": 5, "passed_tests": 3, "failed_tests": 1, "skipped_tests": 1}


def test_all_that_check_takes(suite: Suite) -> None:
    path = suite.project.path
    metrics = (path / "metrics-v6.1.json").read_text()
    suite.write(test_model=f"def test_model():\n    open('measured.json', 'w').write({metrics!r})\n")
    first = git(path, "rev-list", "--max-parents=0", "HEAD")
    printed = suite.pytest(
        *(*GATES, "--gates-context", "production", "--cov=scale", "--gates-metrics", "measured.json"),
        *("--gates-baseline", "metrics-v6.1.json", "--gates-security-scan", "scan.json", "--gates-strict"),
        *("--gates-expect-tests", "4", "--gates-commit", first),
    )
    assert "veran:v6.2 production: PASSED" in printed
    report = suite.report("production")
    assert [item["role"] for item in report["inputs"]] == ["tests", "tests", "model", "security", "baseline"]
    assert report["subject"]["commit"] == first


def test_what_keeps_a_report_from_being_made_fails_the_run(suite: Suite) -> None:
    few = suite.pytest(*GATES, "--gates-expect-tests", "4", code=1)
    assert "not recorded: pytest.json: tells of 3 tests that ran (1 skipped), and --gates-expect-tests expects" in few
    missing = suite.pytest(*GATES, "--gates-metrics", "nowhere.json", code=1)
    assert "nowhere.json: cannot be read: No such file or directory" in missing
    (suite.project.path / "model.dvc").write_text("outs: []\n")
    assert "model.dvc: is a DVC file" in suite.pytest(*GATES, "--gates-artifact", "model.dvc", code=1)
    assert "pytest-cov: gives no coverage: No data to report" in suite.pytest(
        *GATES, "--cov=nothing_of_this_name", "--cov-report=", code=1
    )
    assert suite.reports() == []


def test_a_run_that_could_not_be_recorded_does_not_start(
    suite: Suite, unrecorded: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = suite.pytest(*GATES, "--gates-context", "lab", code=4)
    assert "the policy knows no context 'lab'" in unknown or "unknown context 'lab'" in unknown
    nowhere = unrecorded.pytest(*GATES, code=4)
    assert "or judge without a record: --gates-no-record" in nowhere
    assert "passed" not in nowhere
    assert "not recorded\n" in unrecorded.pytest(*GATES, "--gates-no-record")
    monkeypatch.setenv("GITGATES_SIGNING_KEY", "nowhere")
    keyless = suite.pytest(*GATES, code=4)
    assert "nowhere" in keyless
    assert "or judge without a record: --gates-no-record" in keyless


def test_what_goes_wrong_while_the_tests_run_is_told(
    suite: Suite, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = shutil.copy(keys.alice.path, tmp_path / "key")
    shutil.copy(f"{keys.alice.path}.pub", tmp_path / "key.pub")
    monkeypatch.setenv("GITGATES_SIGNING_KEY", str(key))
    suite.write(test_scale=f"import os\n\ndef test_key():\n    os.remove({str(key)!r})\n")
    gone = suite.pytest(*GATES, "-p", "no:terminal", code=1)
    assert gone.startswith("gitgates: not recorded: ")
    assert "or judge without a record: --gates-no-record" in gone
    suite.write(test_scale="import os\n\ndef test_folder():\n    os.mkdir('counted.json')\n")
    folder = suite.pytest(*GATES, "--gates-no-record", "--gates-tests", "counted.json", code=1)
    assert "counted.json: Is a directory. Choose another file" in folder
    assert suite.reports() == []


def test_an_error_in_a_plugin_of_pytest_is_no_whole_run(suite: Suite) -> None:
    suite.write(conftest="def pytest_runtest_logreport(report):\n    raise ValueError('a bad plug-in')\n")
    broken = suite.pytest(*GATES, code=3)
    assert "gitgates: not recorded: the run did not finish (exit code 3)" in broken
    assert suite.reports() == []


MISUSES = {
    "--gates veran": "expected NAME:VERSION, got 'veran'",
    "--gates a:b --gates-context Lab": "a context is 1 to 40 of",
    "--gates a:b --collect-only": "--collect-only runs nothing",
    "--gates a:b --gates-no-record --gates-push": "--gates-no-record writes nothing that --gates-push could share",
    "--gates a:b --gates-remote x": "--gates-remote is given without --gates-push",
    "--gates a:b --gates-expect-tests 0": "--gates-expect-tests: must be at least 1, got 0",
    "--gates a:b --gates-baseline live": "--gates-baseline is given without --gates-metrics",
    "--gates a:b --gates-quality-score x": "--gates-quality-score is given without --gates-metrics",
    "--gates a:b --gates-target x": "--gates-target is given without --gates-baseline live",
    "--gates a:b --gates-threshold x": "--gates-threshold: expected NAME=NUMBER, got 'x'",
    "--gates a:b --gates-threshold max_regression=1 --gates-threshold max_regression=1": "is given twice",
    "--gates a:b --gates-threshold max_regresion=1": "max_regression",
    "--gates a:b --gates-tests nowhere/x.json": "cannot be written",
    "--gates-metrics x.json": "--gates-metrics is given without --gates",
}


def test_options_that_make_no_sense_are_refused(suite: Suite) -> None:
    several = "import json, pytest, sys\nfor args in json.loads(sys.argv[1]): print('code', int(pytest.main(args)))"
    done = suite.python("-c", several, json.dumps([misuse.split() for misuse in MISUSES]))
    assert done.out.count("code 4\n") == len(MISUSES), done.out + done.err
    told = done.err.splitlines()
    for misuse, reason in MISUSES.items():
        assert any(reason in line for line in told), misuse


def test_no_value_of_an_option_moves_the_settings(suite: Suite, keys: Keys) -> None:
    path = suite.project.path
    for folder in ("eval", "plain"):
        (path / folder).mkdir()
        shutil.copy(path / "metrics-v6.1.json", path / folder / "m.json")
    (path / "eval/pytest.ini").write_text("[pytest]\npython_functions = test_light\n")
    (path / "args.txt").write_text("--gates-metrics\neval/m.json\n")
    refused = "looks for its own settings beside a value that is a word of its own. Write --gates-"
    for given in (("--gates-metrics", "eval/m.json"), ("@args.txt",)):
        assert f"{refused}metrics=eval/m.json" in suite.pytest(*GATES, *given, code=4)
    assert f"{refused}key={keys.alice.path}" in suite.pytest(*GATES, "--gates-key", keys.alice.path, code=4)
    assert suite.reports() == []
    for harmless in (("--gates-metrics=eval/m.json",), ("--gates-metrics", "plain/m.json")):
        assert "perhaps not" not in suite.pytest(*GATES, *harmless)
        assert suite.counts()["total_tests"] == 4
    named = suite.pytest(*GATES, "--gates-no-record", "-c", "eval/pytest.ini", "--gates-metrics", "eval/m.json", ".")
    assert "note: which tests there are, the settings say: python_functions=test_light" in named
    assert "note: perhaps not the whole suite: -c" in named


def test_the_tests_of_another_repository_are_not_recorded_in_this_one(suite: Suite, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "other")
    for folder in ("other", "none"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "pytest.ini").write_text("[pytest]\n")
        (tmp_path / folder / "test_other.py").write_text("def test_other(): pass\n")
        told = suite.pytest(*GATES, tmp_path / folder, code=4)
        assert f"settings are in {tmp_path / folder}, not in the repository that pytest was started in" in told
    assert suite.reports() == []


CUT_DOWN = """\
import pytest

collect_ignore = ["suite/test_broken.py", "setup.py"]

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    yield
    items.pop()
"""


def test_a_suite_that_settings_or_a_conftest_cut_down_is_told_of(suite: Suite) -> None:
    suite.write(conftest=CUT_DOWN, setup="")
    (suite.project.path / "suite/.hidden").mkdir(parents=True)
    for name in ("test_broken.py", "test_more.py", "check_more.py"):
        (suite.project.path / "suite" / name).write_text("def test_one(): pass\ndef test_two(): pass\n")
    chosen = "testpaths=suite, python_files=test_*.py check_*.py, norecursedirs=slow .*"
    settings = chosen.replace(", ", "\n")
    (suite.project.path / "pytest.ini").write_text(f"[pytest]\n{settings}\n")
    for workers in ((), ("-n", "1")):
        printed = suite.pytest(*GATES, *workers)
        assert f"note: which tests there are, the settings say: {chosen}\n" in printed
        assert "note: perhaps not the whole suite: 1 dropped, 1 ignored\n" in printed
        assert suite.report()["inputs"][0]["file"] == f"pytest.json ({chosen}, 1 dropped, 1 ignored)"
        assert suite.counts()["total_tests"] == 3
    long = f"suite/check_{'x' * 80}.py"
    (suite.project.path / long).write_text("def test_one(): pass\n")
    one = suite.pytest(*GATES, "--gates-no-record", "--noconftest", long)
    assert f"note: perhaps not the whole suite: only suite/check_{'x' * 62}…\n" in one


SEES_NO_KEY = """\
import os

assert "GITGATES_SIGNING_KEY" not in os.environ

def test_key():
    assert "GITGATES_SIGNING_KEY" not in os.environ
"""


def test_no_traceback_prints_the_key() -> None:
    assert "secret" not in repr(Session(environ=Hidden(GITGATES_SIGNING_KEY="secret")))


def test_neither_tests_nor_conftest_nor_workers_see_the_key(suite: Suite) -> None:
    suite.write(conftest=SEES_NO_KEY, test_key=SEES_NO_KEY)
    script = "import os, pytest, sys; pytest.main(sys.argv[1:]); print(len(os.environ['GITGATES_SIGNING_KEY']) > 9)"
    for workers in ((), ("-n", "1")):
        printed = suite.python("-c", script, *GATES, *workers).out
        assert "recorded report" in printed
        assert printed.endswith("True\n")


ENDS = {
    "at_start": "import pytest\ndef pytest_configure(): pytest.exit('enough', returncode=0)",
    "in_session": "import pytest\ndef pytest_sessionstart(): pytest.exit('enough', returncode=0)",
    "at_end": "import pytest\ndef pytest_sessionfinish(): pytest.exit('enough', returncode=0)",
}
AFTER_ALL = "def pytest_unconfigure(): raise SystemExit({code})"


def test_no_run_ends_well_that_was_not_judged(suite: Suite) -> None:
    suite.write(**ENDS)
    hiding = ("--help", "-VV", "--markers", "--fixtures", "--fixtures-per-test")
    runs = [*([f"--override-ini=addopts={option}"] for option in hiding), *(["-p", name] for name in ENDS)]
    several = "import json, pytest, sys\nfor args in json.loads(sys.argv[1]): print('\\ncode', int(pytest.main(args)))"
    done = suite.python("-c", several, json.dumps([["-p", "no:cacheprovider", *GATES, *run] for run in runs]))
    assert done.out.count("\ncode 1\n") == len(runs), done.out + done.err
    told = "gitgates: not recorded: "
    assert done.err.count(f"{told}pytest ended before the tests had run\n") == len(hiding[:3]) + len(ENDS), done.err
    assert (done.out + done.err).count(f"{told}no test ran\n") == len(hiding[3:])
    assert suite.reports() == []
    assert "usage:" in suite.pytest(*GATES, "--help")


def test_who_ends_the_process_gets_the_exit_code_of_the_gates(suite: Suite) -> None:
    suite.write(after_all=AFTER_ALL.format(code=0))
    assert "PASSED" in suite.pytest(*GATES, "-p", "after_all")
    failed = suite.pytest(*GATES, "-p", "after_all", "--gates-no-record", "--gates-expect-tests=9", code=1)
    assert "tells of 3 tests that ran" in failed
    suite.write(after_all=AFTER_ALL.format(code=7))
    suite.pytest(*GATES, "-p", "after_all", code=7)
    suite.write(conftest="raise SystemExit(0)")
    assert "not recorded: a conftest.py ended the process (0)" in suite.pytest(*GATES, code=4)


def test_push_shares_the_record_or_fails_the_run(suite: Suite, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "origin.git")
    git(suite.project.path, "remote", "add", "origin", tmp_path / "origin.git")
    git(suite.project.path, "push", "--quiet", "--set-upstream", "origin", "main")
    assert "here and on origin" in suite.pytest(*GATES, "--gates-push")
    assert "gates: report veran:v6.2 staging passed" in git(tmp_path / "origin.git", "log", "--format=%s", "main")
    git(suite.project.path, "remote", "set-url", "origin", tmp_path / "gone.git")
    printed = suite.pytest(*GATES, "--gates-push", code=1)
    assert "gitgates: recorded in this clone, and not shared" in printed
    assert "in this clone only; share it: gitgates sync" in printed


GATED = """\
import pytest
from gitgates import ModelMetrics, QualityGate, TestMetrics
from afs.gates import TestMetrics as OfAfs

class TestMetricsOfOurs:
    def test_same(self):
        assert TestMetrics is OfAfs

def test_good(quality_gate):
    report = quality_gate.check_all("veran", "v6.2", model_metrics=ModelMetrics(0.9, throughput_tokens_per_sec=99))
    assert report.all_passed(), report.failed_checks()
    assert isinstance(quality_gate, QualityGate)

def test_context(quality_gate):
    assert (quality_gate.context, quality_gate.thresholds.min_quality_score) == CONTEXT
"""


def test_the_fixture_and_classes_called_test_give_no_warning(suite: Suite) -> None:
    (suite.project.path / "gates.toml").write_text("[tool.gitgates.staging]\nmin_quality_score = 0.55\n")
    # As Python's start with the .pth file, and as a program that runs pytest itself.
    start = "import sys, _gitgates_afs, gitgates, pytest; _gitgates_afs.install(); sys.exit(pytest.main(sys.argv[1:]))"
    for context, options in (("('staging', 0.55)", ()), ("('production', 0.85)", ("--gates-context", "production"))):
        suite.write(test_scale=GATED.replace("CONTEXT", context))
        done = suite.python("-c", start, "-W", "error", "-p", "no:cacheprovider", *options)
        assert done.code == 0, done.out + done.err
        assert "3 passed in" in done.out
        assert "warning" not in done.out


def test_the_fixture_has_the_thresholds_that_the_run_is_judged_by(suite: Suite) -> None:
    part = suite.project.path / "part"
    part.mkdir()
    (part / "pytest.ini").write_text("[pytest]\n")
    (part / "gates.toml").write_text("[tool.gitgates.staging]\nmin_test_pass_rate = 0.55\n")
    test = "def test_rate(quality_gate): assert quality_gate.thresholds.min_test_pass_rate == {}\n"
    (part / "test_rate.py").write_text(test.format(0.55))
    suite.pytest("part")
    (part / "test_rate.py").write_text(test.format(0.95))
    assert "pass rate 100.00% (1/1) meets 95.00%" in suite.pytest(*GATES, "--gates-no-record", "--cov=part", "part")


def test_a_run_without_gates_loads_nothing_of_it(suite: Suite) -> None:
    script = (
        "import pytest, sys; pytest.main(['-q']); print(*sorted(m for m in sys.modules if m.startswith('gitgates')))"
    )
    last = suite.python("-c", script).out.splitlines()[-1]
    assert last == "gitgates gitgates.integrations gitgates.integrations.pytest_plugin"
