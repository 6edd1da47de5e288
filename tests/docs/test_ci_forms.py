"""docs/how-to/ci/README.md: its commands and its Python run, and show what it says."""

import re
import shlex
from pathlib import Path

import pytest

from gitgates.cli.ci_output import FORMATS
from tests.docs.markdown import rows
from tests.support import CHECKOUT, Gitgates

PAGE = CHECKOUT / "docs/how-to/ci/README.md"


def test_commands(workplace: Path, gitgates: Gitgates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JENKINS_URL", "https://ci.example.com/")
    monkeypatch.setenv("BUILD_URL", "https://ci.example.com/job/veran/7/")
    assert gitgates("init").code == 0
    printed = []
    for line in re.findall(r"^\$ gitgates (.*)$", PAGE.read_text(), re.MULTILINE):
        command, _, file = line.partition(" > ")
        done = gitgates(*shlex.split(command))
        assert done.code == 0, done
        printed.append(done.out)
        if file:
            (workplace / file).write_text(done.out)
    first, _, _, _, shown, history, again = printed
    assert "recorded report" in first
    assert "CI says, unverified: run url https://ci.example.com/job/veran/7/, system jenkins" in shown
    assert "CI says, unverified: " in history
    assert "already recorded: report " in again
    assert [path.name for path in (workplace / "gates-reports").glob("*.xml")] == ["veran@v6.1@production.xml"]
    assert (workplace.parent / "gates.sarif").read_text().startswith("{")


def test_python(workplace: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    scope: dict[str, object] = {}
    exec(code, scope)
    assert scope["path"] == "build/veran@v6.1@staging.xml"
    assert 'failures="0"' in (workplace / "build/veran@v6.1@staging.xml").read_text()


def test_forms() -> None:
    assert tuple(form.strip("`") for form, _ in rows(PAGE, "form")) == FORMATS
