"""The README's session, its Python, its table, its flags and its links: what it says is what happens."""

import argparse
import re
import shlex
from pathlib import Path

import attrs
import pytest

from gitgates.cli.commands import COMMANDS
from gitgates.cli.parser import build_parser
from tests.docs.markdown import anchors, blocks, links, rows
from tests.support import CHECKOUT, Gitgates, git

README = CHECKOUT / "README.md"
DOCUMENTS = sorted([*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md")])
EXIT_CODES = [0, 0, 0, 0, 1, 1]
"""What the story tells: two versions are checked, the second one is refused, and its deploy is too."""


@attrs.frozen
class Step:
    """A command as printed, and the lines below it."""

    command: str
    expected: tuple[str, ...]


def session() -> list[Step]:
    (block,) = blocks(README, "console")
    steps: list[Step] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            steps.append(Step(line[2:], ()))
        else:
            steps[-1] = attrs.evolve(steps[-1], expected=(*steps[-1].expected, line))
    return steps


def assert_shown(expected: tuple[str, ...], shown: list[str]) -> None:
    """Insist on the printed lines in order, one after the other, where `...` stands for any number of lines."""
    place, anything = 0, False
    for line in expected:
        if line == "...":
            anything = True
            continue
        at = shown.index(line, place)
        assert anything or at == place, f"{shown[place:at]} come before {line!r}"
        place, anything = at + 1, False
    assert anything or place == len(shown), f"{shown[place:]} are not in the README"


def subparsers() -> dict[str, argparse.ArgumentParser]:
    parser = build_parser()
    (action,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return dict(action.choices)


def flags_of(parser: argparse.ArgumentParser) -> set[str]:
    """Return the flags of a command, and those of all its actions."""
    own = {option for action in parser._actions for option in action.option_strings}
    below = [a.choices.values() for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    return own.union(*(flags_of(parser) for parsers in below for parser in parsers))


def test_the_session(workplace: Path, gitgates: Gitgates) -> None:
    steps = session()
    assert len(steps) == len(EXIT_CODES)
    for step, code in zip(steps, EXIT_CODES, strict=True):
        program, *args = shlex.split(step.command)
        assert program == "gitgates"
        done = gitgates(*args)
        assert done.code == code, (step.command, done)
        assert_shown(step.expected, done.out.splitlines())
    assert git(workplace, "status", "--porcelain") == ""


def test_the_promise_and_its_limits_are_on_the_first_two_screens() -> None:
    lines = README.read_text().splitlines()
    (limits,) = (i for i, line in enumerate(lines) if "What it does not protect against" in line)
    assert limits < 60
    assert any("is not deployed to prod-cluster: denied" in line for line in lines[:limits])


def test_the_python_block(workplace: Path, gitgates: Gitgates, capfd: pytest.CaptureFixture[str]) -> None:
    assert gitgates("init").code == 0
    (block,) = blocks(README, "python")
    names: dict[str, object] = {}
    exec(block.text, names)
    assert capfd.readouterr().out.startswith("veran:v6.2 staging: PASSED\n")
    assert names["allowed"] is True, names["reason"]


def test_the_toml_block(workplace: Path, gitgates: Gitgates) -> None:
    assert gitgates("init").code == 0
    (block,) = blocks(README, "toml")
    (workplace / "pyproject.toml").write_text(block.text)
    done = gitgates("check", "--model", "veran:v6.1", "--metrics", "metrics-v6.1.json", "--verbose")
    assert done.code == 0
    assert re.search(r"^min_test_pass_rate +0.97 +pyproject.toml$", done.out, re.MULTILINE)


def test_the_table_has_every_command_and_no_other() -> None:
    told = [name for first, _ in rows(README, "command") for name in re.findall(r"`([^`]+)`", first)]
    assert sorted(told) == sorted(command.name for command in COMMANDS)


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(CHECKOUT)))
def test_every_flag_in_code_exists(file: Path) -> None:
    """A flag behind `gitgates COMMAND` is one of that command's; one by itself in the README, of some command's."""
    parsers = subparsers()
    everywhere = set().union(*map(flags_of, parsers.values()))
    code = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", file.read_text(), flags=re.MULTILINE | re.DOTALL))
    for language in ("console", "", "sh", "bash"):
        code += [line for block in blocks(file, language) for line in block.text.replace("\\\n", " ").splitlines()]
    for line in code:
        match = re.search(r"\bgitgates ([a-z-]+)(.*)", line)
        if match and match[1] in parsers:
            own = flags_of(parsers[match[1]])
            for flag in re.findall(r"(?:^|\s)(--[a-z][a-z-]+)", match[2].split(" -- ")[0]):
                assert flag in own, (file.name, line)
        elif file == README and re.fullmatch(r"--[a-z][a-z-]+", line):
            assert line in everywhere, (file.name, line)


def test_pages_that_install_gitgates_say_that_it_is_not_published() -> None:
    workflows = [file for file in (CHECKOUT / "docs").rglob("*") if file.suffix == ".yml" or file.name == "Jenkinsfile"]
    pages = [file for file in DOCUMENTS if file.parent.name != "adr"]
    texts = {file: file.read_text() for file in (*pages, *workflows)}
    named = {file for file, text in texts.items() if re.search(r"pipx? (install|upgrade) [^\n]*\bgitgates\b", text)}
    assert {file.parent.name for file in named} <= {"ci", "server"}  # the machines there need it by name
    for folder in {file.parent for file in named}:
        assert any("README.md#install" in text for file, text in texts.items() if file.parent == folder), folder
    assert "is not on PyPI yet" in README.read_text()


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(CHECKOUT)))
def test_links_point_at_files_and_headings_that_are_there(file: Path) -> None:
    for link in links(file):
        path, _, anchor = link.partition("#")
        target = file.parent / path if path else file
        assert target.exists(), f"{file.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{file.name}: {link}"
