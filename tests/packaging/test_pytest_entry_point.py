"""The pytest plug-in out of an installed wheel: pytest finds it by itself, and warns of nothing."""

from pathlib import Path

import pytest

from tests.packaging.environments import make_environment
from tests.support import run

pytestmark = pytest.mark.xdist_group("packaging")  # one worker builds the wheel for all

TESTS = """\
from afs.gates import TestMetrics as OfAfs
from gitgates import TestMetrics

class TestMetricsOfOurs:
    def test_same(self, quality_gate):
        assert TestMetrics is OfAfs
        assert quality_gate.check_tests(TestMetrics(20, 20, 0, 0, 1.5, 90)).passed
"""


def test_pytest_finds_the_plugin_and_warns_of_nothing(tmp_path: Path, wheel: Path) -> None:
    environment = make_environment(tmp_path / "env")
    environment.pip("install", "--force-reinstall", wheel)
    project = tmp_path / "project"
    project.mkdir()
    (project / "test_ours.py").write_text(TESTS)
    gates = ("--gates", "veran:v6.2", "--gates-no-record")
    done = run(environment.python, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider", *gates, cwd=project)
    assert done.code == 0, done.out + done.err
    assert "veran:v6.2 staging: PASSED" in done.out
    assert "1 passed in" in done.out
    assert "warning" not in done.out
