"""What people see: colour on a terminal only, NO_COLOR, tables, and nothing from records that a terminal obeys."""

import os
import pty
import subprocess
import sys

import pytest

from gitgates.codec.escape import escaped
from tests.cli.project import Project, environment

HOSTILE = "x\x1b[2J\x1b]0;owned\x07\r\u202egnp\u2028y\x9b1m"


def on_terminal(project: Project, *args: str, **more: str) -> str:
    """Return what a person at a terminal would be sent."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "gitgates", *args],
        cwd=project.path,
        env=environment(**{"TERM": "xterm-256color", "COLUMNS": "200", **more}),
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    got = b""
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not data:
            break
        got += data
    process.wait(60)
    os.close(master)
    return got.decode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("Größe δ 模型", "Größe δ 模型"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u2028b", "a\\u2028b"),
        ("a\x9bb", "a\\x9bb"),
        ("a\u200bb", "a\\u200bb"),
        ("a\ud800b", "a\\ud800b"),
        ("a\xa0b", "a b"),
        ("", ""),
    ],
)
def test_escaped(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_colour_on_a_terminal(project: Project) -> None:
    project.approved()
    project.fail("veran:v6.2", "production")
    assert "\x1b[32m" in on_terminal(project, "can-deploy", "--model", "veran:v6.1", "--context", "production")
    assert "\x1b[31m" in on_terminal(project, "status", "--model", "veran:v6.2")
    table = on_terminal(project, "list")
    assert "\x1b[" in table
    assert "─" in table
    assert "\x1b[32m" in on_terminal(
        project, "check", "--model", "a:1", "--metrics", "metrics-v6.1.json", "--no-record"
    )


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
def test_no_colour_where_it_is_not_wanted(variables: dict[str, str], project: Project) -> None:
    project.approved()
    for args in (("list",), ("status", "--model", "veran:v6.1"), ("formats",)):
        got = on_terminal(project, *args, **variables)
        assert len(got.splitlines()) > 1
        assert "\x1b" not in got


def test_json_on_a_terminal_is_json(project: Project) -> None:
    project.approved()
    got = on_terminal(project, "status", "--model", "veran:v6.1", "--json")
    assert got.startswith("{")
    assert "\x1b" not in got


def test_a_person_at_a_terminal_needs_no_pin(project: Project) -> None:
    project.approved()
    subprocess.run(["git", "config", "--unset", "gitgates.root"], cwd=project.path, check=True)
    got = on_terminal(project, "can-deploy", "--model", "veran:v6.1", "--context", "production")
    assert "this clone pins no root" in got
    assert "allowed" in got
    refused = on_terminal(project, "deploy", "--model", "veran:v6.1", "--context", "production", "--target", "t")
    assert "no pin" in refused


def test_a_progress_bar_for_a_person_who_waits(project: Project) -> None:
    with (project.path / "weights.bin").open("wb") as file:
        file.truncate(65 * 2**20)
    got = on_terminal(
        project, "check", "--model", "a:1", "--metrics", "metrics-v6.1.json", "--artifact", "weights.bin", "--no-record"
    )
    assert "hashing" in got
    done = project.ok(
        "check", "--model", "a:1", "--metrics", "metrics-v6.1.json", "--artifact", "weights.bin", "--no-record"
    )
    assert "hashing" not in done.out + done.err


def test_nothing_from_records_reaches_the_terminal(project: Project) -> None:
    context = ("--model", "veran:v6.1", "--context", "staging")
    project.check(context="staging")
    project.ok("approve", *context, "--notes", HOSTILE, "--approved-by", HOSTILE, "--reason", HOSTILE)
    project.ok("deploy", *context, "--target", "t", "--reason", HOSTILE)
    project.ok("reject", *context, "--reason", HOSTILE, "--rejected-by", HOSTILE)
    project.ok("rollback", *context, "--reason", HOSTILE)
    for args in (
        ("history", "--model", "veran:v6.1", "--verbose"),
        ("status", "--model", "veran:v6.1"),
        ("list",),
        ("can-deploy", *context),
        ("can-deploy", *context, "--explain"),
        ("report", "--model", "veran:v6.1", "--verbose"),
        ("deploy", *context, "--target", "t"),
    ):
        done = project(*args)
        for char in "\x1b\x07\r\u202e\u2028\x9b":
            assert char not in done.out + done.err, (args, char)
    history = project.ok("history", "--model", "veran:v6.1").out
    assert "notes: x\\x1b[2J\\x1b]0;owned\\x07\\r\\u202egnp\\u2028y\\x9b1m" in history
    assert "\x1b[2J" not in on_terminal(project, "history", "--model", "veran:v6.1")


def test_json_keeps_what_was_written(project: Project) -> None:
    project.check(context="staging")
    project.ok("approve", "--model", "veran:v6.1", "--context", "staging", "--notes", HOSTILE)
    assert project.json("history", "--model", "veran")["events"][-1]["record"]["notes"] == HOSTILE


def test_markup_of_rich_is_not_obeyed(project: Project) -> None:
    project.check(context="staging")
    project.ok("reject", "--model", "veran:v6.1", "--context", "staging", "--reason", "[red]x[/red] :boom:")
    assert "[red]x[/red] :boom:" in on_terminal(project, "list")
    assert "[red]x[/red] :boom:" in on_terminal(project, "status", "--model", "veran")
