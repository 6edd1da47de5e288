"""docs/tutorial/: every command, from the first to the last, prints what the page shows."""

import os
import re
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path

import attrs
import pytest

from tests.docs.markdown import blocks
from tests.support import CHECKOUT, Result, git, run

pytestmark = [
    pytest.mark.xdist_group("sklearn"),  # slow to start: they shall not keep two workers busy
    pytest.mark.skipif(not (find_spec("sklearn") and find_spec("bandit")), reason="needs scikit-learn and bandit"),
]

PAGE = CHECKOUT / "docs/tutorial/README.md"
CHANGING = (
    (r"SHA256:[\w+/]{43}", "SHA256:KEY"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME"),
    (r"\b([0-9a-f]{64}|[0-9a-f]{12})\b", "ID"),
    (r"_+ coverage: platform .* _+", "PLATFORM"),  # with Python's version
    (r"passed in [\d.]+s", "passed"),
)
# Of the run that this test is part of: the tutorial's pytest is to be one of its own.
LEAKY = ("COV_", "COVERAGE_", "PYTEST_XDIST_", "PYTEST_ADDOPTS", "PYTEST_PLUGINS")


@attrs.frozen
class Step:
    """A command of the page, on one line or several, and the output that stands below it."""

    command: str
    shown: str

    @property
    def code(self) -> int:
        """Return the exit code that goes with the words of the output."""
        return int(bool(re.search(r": (FAILED|denied)\b", self.shown)))


def steps() -> list[Step]:
    found = []
    for block in blocks(PAGE, "console"):
        for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            lines = part.splitlines(keepends=True)
            end = next(i for i, line in enumerate(lines) if not line.endswith("\\\n")) + 1
            found.append(Step("".join(lines[:end]), "".join(lines[end:])))
    return found


def alike(output: str, home: Path) -> str:
    """Return an output without what differs from run to run."""
    output = output.replace(str(home), "/home/you")
    for pattern, word in CHANGING:
        output = re.sub(pattern, word, output)
    return output


@attrs.define
class Terminal:
    """A shell at `folder`, which shows all that its commands print."""

    folder: Path

    def type(self, command: str) -> Result:
        if command.startswith("cd "):
            self.folder = Path(command.split()[1]).expanduser()
            return Result(0, "", "")
        return run("sh", "-c", f"exec 2>&1\n{command}", cwd=self.folder)


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Give a terminal at this checkout, with the programs that the page asks for."""
    for name in [name for name in os.environ if name.startswith(LEAKY)]:
        monkeypatch.delenv(name)
    program = tmp_path / "bin/gitgates"
    program.parent.mkdir()
    python, path = shlex.quote(sys.executable), shlex.quote(os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "shim")]))
    program.write_text(f'#!/bin/sh\nPYTHONPATH={path} exec {python} -m gitgates "$@"\n')
    program.chmod(0o755)
    folders = (program.parent, Path(sys.executable).parent, os.environ["PATH"])
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))
    monkeypatch.setenv("COLUMNS", "80")  # as wide as the page
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # for fifty flowers, more are slower
    return Terminal(CHECKOUT)


def test_every_command_prints_what_the_page_shows(terminal: Terminal, home: Path) -> None:
    told = steps()
    for step in told:
        done = terminal.type(step.command)
        assert done.code == step.code, (step.command, done.out)
        assert alike(done.out, home) == alike(step.shown, home), step.command
    flowers = home / "flowers"
    served = (flowers / "serving.joblib").read_bytes()
    assert served == (flowers / "v1.joblib").read_bytes()
    assert git(flowers, "status", "--porcelain") == ""

    (deploy,) = {step.command for step in told if "gitgates deploy --model flowers:v1" in step.command}
    (flowers / "v1.joblib").write_bytes(served + b"\0")
    done = terminal.type(deploy)
    assert done.code == 1
    assert done.out.startswith("flowers:v1 is not deployed to greenhouse: denied\n  the file v1.joblib "), done.out
    assert (flowers / "serving.joblib").read_bytes() == served

    # Before version 1 there was none: the script must not serve it again and have that called a rollback.
    (flowers / "v1.joblib").write_bytes(served)
    rollback = "gitgates rollback --model flowers:v1 --context production"
    assert terminal.type(f"{rollback} -- ./deploy.sh").code == 2
    done = terminal.type(f"{rollback} --or-take-off -- ./deploy.sh")
    assert (done.code, "GATES_TO_VERSION" in done.out, "serves" in done.out) == (1, True, False), done.out


def test_the_page_shows_the_projects_own_settings() -> None:
    (settings,) = blocks(PAGE, "toml")
    assert settings.text == (PAGE.parent / "flowers/pyproject.toml").read_text()


def test_the_page_has_all_that_the_story_needs() -> None:
    commands = [step.command.split() for step in steps()]
    story = [words[1] for words in commands if words[0] == "gitgates"]
    assert story == [
        "init", "policy", "check", "can-deploy", "approve", "deploy", "check", "approve", "deploy", "live",
        "monitor", "monitor", "deploy", "verify",
    ]  # fmt: skip
    assert {words[0] for words in commands} >= {"pytest", "bandit", "python"}
    assert [step.code for step in steps() if "gitgates monitor" in step.command] == [1, 0]
