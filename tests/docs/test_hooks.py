"""docs/how-to/hooks.md and docs/reference/pre-push.md: the commands work, and the rules are rules."""

import re
from pathlib import Path

from gitgates.config.pre_push import Requirement, read_pre_push
from gitgates.integrations.hooks import HOOKS
from gitgates.integrations.hooks.installing import BEFORE, HookState
from tests.docs.markdown import blocks, rows
from tests.support import CHECKOUT, Gitgates

GUIDE, RULES = CHECKOUT / "docs/how-to/hooks.md", CHECKOUT / "docs/reference/pre-push.md"


def test_the_commands_of_the_guide(workplace: Path, gitgates: Gitgates) -> None:
    (block,) = blocks(GUIDE, "console")
    done = [gitgates(*line.split()[2:]) for line in block.text.splitlines()]
    assert [one.code for one in done] == [0, 0]
    assert done[0].out == done[1].out


def test_the_guide_names_what_there_is() -> None:
    text = GUIDE.read_text()
    assert tuple(sorted(name.strip("`") for name, _ in rows(GUIDE, "hook"))) == tuple(sorted(HOOKS))
    assert all(f"`{state}`" in text for state in HookState)
    assert f"`pre-push{BEFORE}`" in text
    ids = re.findall(r"id: (\S+)", blocks(GUIDE, "yaml")[0].text)
    assert all(f"- id: {one}\n" in (CHECKOUT / ".pre-commit-hooks.yaml").read_text() for one in ids)


def test_the_rules_of_the_reference(tmp_path: Path) -> None:
    (block,) = blocks(RULES, "toml")
    (tmp_path / "pyproject.toml").write_text(block.text)
    first, second = read_pre_push(str(tmp_path))
    assert first.models_for("refs/tags/veran-v6.2") == ("veran:v6.2",)
    assert (second.require, second.test_metrics) == (None, ("junit.xml", "coverage.json"))


def test_the_reference_has_every_key() -> None:
    told = {name for cell, _ in rows(RULES, "key") for name in re.findall(r"`(\w+)`", cell)}
    assert told == {
        "refs",
        "model",
        "context",
        "require",
        "run",
        "metrics",
        "baseline",
        "test_metrics",
        "security_scan",
    }
    (required,) = (value for cell, value in rows(RULES, "key") if cell == "`require`")
    assert re.findall(r'`"([a-z-]+)"`', required) == list(Requirement)
