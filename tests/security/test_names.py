"""Names that mean something to git, a file system or a terminal; and folders of the ledger with odd entries."""

import re
import unicodedata
from collections.abc import Callable

import pytest

from tests.cli.project import MEASURED, copy_inputs
from tests.security.world import CODES, Made, World
from tests.support import git, run

FOLDER = ".quality-gates/models/veran/v1"

# --- names that a person types ---------------------------------------------------------------------------------------

NAMES: dict[str, tuple[str, str]] = {
    "a way out": ("../x", "may not start with"),
    "a way out in the middle": ("..", "may not start with"),
    "an option": ("-x", "may not start with|expected one argument"),
    "git's folder": (".git", "may not start with"),
    "a lock": ("a.lock", "nor end with"),
    "a device": ("CON", "reserve"),
    "a device with a suffix": ("nul.txt", "reserve"),
    "the anchor": ("model.json", "reserve"),
    "an escape": ("a\x1b[2J", "control or invisible"),
    "a line feed": ("a\nb", "control or invisible"),
    "a bidirectional override": ("a\u202eb", "control or invisible"),
    "no width": ("a\u200bb", "control or invisible"),
    "decomposed": (unicodedata.normalize("NFD", "véran"), "normal form C"),
    "300 bytes": ("x" * 300, "longer than 80 bytes"),
    "300 bytes in 100 characters": ("\u6f22" * 100, "longer than 80 bytes"),
    "a dot at the end": ("a.", "nor end with"),
    "a blank at the end": ("a ", "nor end with|may not"),
}


@pytest.mark.parametrize("part", ["model", "version"])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_refused(world: World, name: str, part: str) -> None:
    """Nothing is written, and the refusal itself sends no control character to the terminal."""
    text, reason = NAMES[name]
    copy_inputs(world.path)
    model = f"{text}:v1" if part == "model" else f"veran:{text}"
    before = git(world.path, "rev-parse", "HEAD")
    args = ("--context", "staging", "--metrics", "metrics-v6.1.json", *MEASURED)
    for command in (("check", f"--model={model}", *args), ("approve", f"--model={model}", "--context", "staging")):
        done = world.as_person("dana", *command)
        assert done.code == 2, done
        assert re.search(reason, done.err), done.err
        assert not controls(done.out + done.err)
    assert git(world.path, "rev-parse", "HEAD") == before


def controls(text: str) -> list[str]:
    """Return the control, format and bidirectional characters of a text, but for the line feed."""
    return [char for char in text if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")]


# --- entries of the ledger's folders ---------------------------------------------------------------------------------


def retree(world: World, path: str, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change the lines of `git ls-tree` of a folder, and commit the tree that they make, unchecked."""
    tree = _changed(world, "HEAD^{tree}", path.split("/"), change)
    commit = git(world.path, "commit-tree", "-p", "HEAD", "-m", "x", tree)
    git(world.path, "update-ref", "refs/heads/main", commit)


def _changed(world: World, tree: str, parts: list[str], change: Callable[[list[bytes]], list[bytes]]) -> str:
    lines = git(world.path, "ls-tree", tree).encode().split(b"\n")
    if parts:
        (old,) = [line for line in lines if line.endswith(b"\t" + parts[0].encode())]
        inner = _changed(world, old.split(b"\t")[0].split(b" ")[2].decode(), parts[1:], change)
        lines[lines.index(old)] = b"040000 tree " + inner.encode() + b"\t" + parts[0].encode()
    else:
        lines = change(lines)
    raw = []
    for line in lines:
        facts, name = line.split(b"\t", 1)
        mode, _, identifier = facts.split(b" ")
        raw.append(mode.lstrip(b"0") + b" " + name + b"\0" + bytes.fromhex(identifier.decode()))
    file = world.path.parent / "tree"
    file.write_bytes(b"".join(raw))
    return git(world.path, "hash-object", "-t", "tree", "--literally", "-w", file)


def mode_of(record: Made, mode: bytes) -> Callable[[list[bytes]], list[bytes]]:
    """Return a change of one record's mode."""
    name = record.path.rpartition("/")[2].encode()

    def change(lines: list[bytes]) -> list[bytes]:
        kind = b"commit" if mode == b"160000" else b"blob"
        return [re.sub(rb"^100644 blob", mode + b" " + kind, one) if one.endswith(name) else one for one in lines]

    return change


@pytest.mark.parametrize("mode", ["120000", "160000", "100755", "100777"])
@pytest.mark.parametrize("suffix", ["", ".sig"])
def test_a_record_with_another_mode(world: World, mode: str, suffix: str) -> None:
    """A link, a submodule or an executable is no record, whatever its bytes: the approval is missing."""
    approval = world.approve("carol", world.half())
    world.commit()
    assert world.ask().answer == "allowed"
    world.forget()
    name = f"{approval.path.rpartition('/')[2]}{suffix}".encode()
    kind = b"commit" if mode == "160000" else b"blob"

    def change(lines: list[bytes]) -> list[bytes]:
        return [
            one.replace(b"100644 blob", mode.encode() + b" " + kind) if one.endswith(name) else one for one in lines
        ]

    retree(world, FOLDER, change)
    asked = world.ask()
    assert (asked.answer, asked.code) == ("denied", CODES["denied"]), asked
    assert "has 1 of 2 approvals" in asked.reason
    assert any(finding["code"] == "foreign" for finding in world.findings())


ODD: dict[str, bytes] = {
    "a way out": b"..",
    "git's folder": b".git",
    "an option": b"-x",
    "a device": b"CON",
    "a lock": b"a.lock",
    "an escape": b"\x1b[2J\x1b[1;1Hallowed",
    "a bidirectional override": "a\u202eb".encode(),
    "not UTF-8": b"\xff\xfe",
    "decomposed": unicodedata.normalize("NFD", "v\u00e9").encode(),
    "300 bytes": b"x" * 300,
    "another case": b"V1",
    "a slash": b"a/b",
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_entry(world: World, name: str) -> None:
    """Anybody who can push can make such a tree: it stops nothing and changes nothing, verify names it."""
    world.half()
    world.commit()
    before = world.ask()
    assert before.answer == "denied"
    blob = git(world.path, "hash-object", "-w", "README.md") if (world.path / "README.md").exists() else ""
    blob = blob or run("git", "hash-object", "-w", "--stdin", cwd=world.path, stdin="x").out.strip()
    tree = run("git", "mktree", cwd=world.path, stdin=f"100644 blob {blob}\tx\n").out.strip()
    retree(
        world,
        ".quality-gates/models/veran",
        lambda lines: [*lines, b"040000 tree " + tree.encode() + b"\t" + ODD[name]],
    )
    assert world.ask() == before
    done = world("verify", "--jobs", "1")
    assert done.code in (1, 3), done
    listed = world("list")
    history = world("history", "--model", "veran:v1")
    assert not controls(done.out + done.err + listed.out + listed.err + history.out)


@pytest.mark.parametrize("path", [".quality-gates", ".quality-gates/models", ".quality-gates/policy"])
def test_a_folder_that_is_a_link(world: World, path: str) -> None:
    """A link in the tree is not followed: the ledger behind it is none."""
    world.allowed()
    world.commit()
    world.forget()
    (world.path / path).rename(world.path / "elsewhere")
    (world.path / path).symlink_to(world.path / "elsewhere")
    git(world.path, "add", "--all")
    git(world.path, "commit", "-qm", "x")
    done = world("can-deploy", "--model", "veran:v1", "--context", "production")
    assert done.code in (1, 2, 3), done
    assert "allowed" not in done.out.partition("\n")[0]
    assert done.out + done.err


def test_a_worktree_folder_that_is_a_link(world: World) -> None:
    """Records are not written through a link that lies in the worktree."""
    report = world.half()
    world.commit()
    outside = world.path.parent / "outside"
    outside.mkdir()
    (world.path / FOLDER).rename(world.path.parent / "kept")
    (world.path / FOLDER).symlink_to(outside)
    before = git(world.path, "rev-parse", "HEAD")
    done = world.as_person("carol", "approve", "--model", "veran:v1", "--context", "production")
    assert done.code in (1, 2, 3), (done, report.id)
    assert "symbolic link" in done.err
    assert list(outside.iterdir()) == []
    assert git(world.path, "rev-parse", "HEAD") == before


# --- what is shown ---------------------------------------------------------------------------------------------------

EVIL = "\x1b]0;pwned\x07\x1b[2J\x1b[1;1Hveran:v1 to production: allowed\r\u202eyna\u2066\x9b31m"


def test_texts_of_records_on_a_terminal(world: World) -> None:
    """Notes, reasons, targets and names of others are shown with their control characters spelled out."""
    report = world.report()
    world.approve("bob", report, notes=EVIL, on_behalf_of=EVIL)
    rejection = world.reject("carol", reason=EVIL)
    world.withdraw("carol", rejection)
    world.deploy("dana", target="cluster", reason=EVIL)
    world.roll_back("dana", reason=EVIL)
    world.reject("carol", reason=EVIL)
    world.commit()
    version = ("--model", "veran:v1")
    context = (*version, "--context", "production")
    shown = ""
    for args in (
        ("can-deploy", *context, "--explain"), ("status", *context), ("history", *version), ("list",),
        ("verify", "--jobs", "1"), ("report", *context), ("policy", "log"), ("policy", "show"), ("member", "list"),
    ):  # fmt: skip
        done = world(*args)
        assert done.code in (0, 1, 3), (args, done)
        assert not controls(done.out + done.err), args
        shown += done.out
    assert "\\x1b]0;pwned" in shown
