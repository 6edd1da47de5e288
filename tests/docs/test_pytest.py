"""docs/how-to/pytest.md: its commands print what the page shows, and its tests pass."""

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.project import Project
from tests.cli.pytest_runs import Suite, installed
from tests.docs.markdown import blocks, rows
from tests.support import CHECKOUT, Gitgates, Keys

PAGE = CHECKOUT / "docs/how-to/pytest.md"
CODE = "def weigh(heavy):\n    if heavy:\n        return 2\n    return 1\n"
TESTS = """\
import pytest
from scale import weigh

def test_heavy(): assert weigh(True) == 2
def test_light(): assert weigh(False) == 1
def test_none(): assert weigh(None) == 1
"""


@pytest.fixture
def suite(workplace: Path, gitgates: Gitgates, keys: Keys, tmp_path: Path) -> Suite:
    project = Project(workplace, gitgates, keys.alice)
    project.ok("init")
    (workplace / "broken").mkdir()
    (workplace / "broken/test_broken.py").write_text("def test_bad(): assert 0\ndef test_good(): pass\n")
    (workplace / "eval").mkdir()
    for name in ("m.json", "pytest.ini"):
        (workplace / "eval" / name).write_text("[pytest]\n")
    (workplace / "tests").mkdir()
    (workplace / "tests/test_scale.py").write_text(TESTS)
    (workplace / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    return Suite(project, installed(tmp_path / "site")).write(scale=CODE)


def without_ids(text: str) -> list[str]:
    return re.sub(r"\b[0-9a-f]{12}\b", "ID", text).splitlines()


def test_every_command_prints_what_the_page_shows(suite: Suite) -> None:
    commands = blocks(PAGE, "console")
    assert len(commands) == 5
    codes = {"broken/": 1, "eval/m.json": 4}
    for block in commands:
        command, *shown = without_ids(block.text)
        program, *args = shlex.split(command.removeprefix("$ "))
        assert program == "pytest"
        printed = without_ids(suite.pytest(*args, code=codes.get(args[-1], 0)))
        wanted = [line for line in shown if line != "..."]
        start = printed.index(wanted[0])
        assert printed[start : start + len(wanted)] == wanted, command


def test_the_tests_on_the_page_pass(suite: Suite) -> None:
    (block,) = blocks(PAGE, "python")
    assert "2 passed in" in suite.write(test_model=block.text).pytest("-W", "error", "test_model.py")


def test_the_table_has_every_option_and_no_other(suite: Suite) -> None:
    told = {flag for cell, _ in rows(PAGE, "option") for flag in re.findall(r"--gates[a-z-]*", cell)}
    assert told == set(re.findall(r"^  (--gates[a-z-]*)", suite.pytest("--help"), re.MULTILINE))
