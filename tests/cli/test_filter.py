"""`gitgates filter`: all of it, or a line that says which line is wrong."""

import json
import os
import pty
import stat
import sys
from pathlib import Path

import pytest

from tests.cli.project import environment
from tests.support import Gitgates, RepositoryFactory, run

GOOD = b'{"quality": 0.9, "text": "a"}\n'
BAD = b'{"text":"b","quality":0.3}\n'
JUST = b'{"quality": 5e-1, "meta": {"quality": 0}, "note": null, "t": "\\u00e9 \xc3\xa9"}\n'
ARGS = ("--context", "development")
BOTH = ("-o", "kept.jsonl", "--rejected", "rejected.jsonl")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder outside any repository, with examples."""
    place = tmp_path / "data"
    place.mkdir()
    monkeypatch.chdir(place)
    (place / "examples.jsonl").write_bytes(GOOD + BAD + JUST)
    return place


def files(place: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in place.iterdir()}


def test_both_files(here: Path, gitgates: Gitgates) -> None:
    done = gitgates("filter", "examples.jsonl", *ARGS, "--score-field", "quality", *BOTH)
    assert (done.code, done.err) == (0, "")
    assert done.out == "kept 2 of 3 examples; 1 with quality below 0.5\n"
    assert files(here) == {
        "examples.jsonl": GOOD + BAD + JUST, "kept.jsonl": GOOD + JUST, "rejected.jsonl": BAD,
    }  # fmt: skip


def test_json(here: Path, gitgates: Gitgates) -> None:
    done = gitgates("filter", "examples.jsonl", "--context", "production", "-o", "kept.jsonl", "--json")
    assert json.loads(done.out) == {
        "schema": "gitgates/filter/1", "context": "production", "score_field": "quality", "min_quality_score": 0.85,
        "kept": 1, "rejected": 2,
    }  # fmt: skip
    assert (here / "kept.jsonl").read_bytes() == GOOD


def test_nothing_kept_is_no_failure(here: Path, gitgates: Gitgates) -> None:
    (here / "examples.jsonl").write_bytes(BAD)
    assert gitgates("filter", "examples.jsonl", *ARGS, *BOTH).code == 0
    assert (here / "kept.jsonl").read_bytes() == b""


def test_lines_stay_as_they_are(here: Path, gitgates: Gitgates) -> None:
    """But for a byte order mark, empty lines, and the end of the last line."""
    crlf = GOOD.replace(b"\n", b"\r\n")
    (here / "examples.jsonl").write_bytes(b"\xef\xbb\xbf" + JUST + b"\n \r\n" + crlf + GOOD.rstrip())
    assert gitgates("filter", "examples.jsonl", *ARGS, "-o", "kept.jsonl").code == 0
    assert (here / "kept.jsonl").read_bytes() == JUST + crlf + GOOD


def test_the_projects_thresholds_hold(here: Path, gitgates: Gitgates) -> None:
    (here / "gates.toml").write_text("[tool.gitgates.development]\nmin_quality_score = 0.2\n")
    done = gitgates("filter", "examples.jsonl", *ARGS, "-o", "kept.jsonl")
    assert done.out == "kept 3 of 3 examples; 0 with quality below 0.2\n"


def test_another_folder(here: Path, gitgates: Gitgates, tmp_path: Path) -> None:
    done = gitgates("filter", "examples.jsonl", *ARGS, "-C", here, "-o", "kept.jsonl", cwd=tmp_path)
    assert done.code == 0
    assert "kept.jsonl" in files(here)


# --- pipes -----------------------------------------------------------------------------------------------------------


def piped(place: Path, given: bytes, *args: str) -> tuple[int, str, str]:
    done = run(
        sys.executable,
        "-m",
        "gitgates",
        "filter",
        "-",
        *ARGS,
        *args,
        cwd=place,
        env=environment(),
        stdin=given.decode(),
    )
    return done.code, done.out, done.err


def test_standard_streams(here: Path) -> None:
    told = "kept 2 of 3 examples; 1 with quality below 0.5\n"
    assert piped(here, GOOD + BAD + JUST) == (0, (GOOD + JUST).decode(), told)


def test_a_bad_line_lets_nothing_out(here: Path) -> None:
    code, out, err = piped(here, GOOD * 10_000 + b"{}\n", "--rejected", "rejected.jsonl")
    assert (code, out) == (2, "")
    assert "standard input, line 10001: has no field quality" in err
    assert set(files(here)) == {"examples.jsonl"}


def test_a_progress_bar_for_a_terminal_only(here: Path) -> None:
    (here / "examples.jsonl").write_bytes(GOOD * 100_000)
    command = [sys.executable, "-m", "gitgates", "filter", "examples.jsonl", *ARGS, "-o", "kept.jsonl"]
    child, terminal = pty.fork()
    if child == 0:
        os.execve(command[0], command, environment(TERM="xterm"))
    shown = b""
    try:
        while block := os.read(terminal, 65536):
            shown += block
    except OSError:  # the other end is closed
        pass
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert b"filtering" in shown
    assert b"kept 100000 of 100000" in shown


def test_memory_stays_the_same(here: Path) -> None:
    """The largest resident set, with 40 MB of examples against one."""
    code = (
        "import resource, sys; from gitgates.cli.main import main; main(sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peaks = []
    for lines in (1, 10_000):
        (here / "examples.jsonl").write_bytes((b'{"quality": 0.9, "text": "' + b"x" * 4000 + b'"}\n') * lines)
        command = ("filter", "examples.jsonl", *ARGS, *BOTH)
        # A child of a small shell: a process starts with the peak of the one that it was made from.
        done = run("sh", "-c", '"$@"; exit $?', "sh", sys.executable, "-c", code, *command, env=environment())
        assert done.out.startswith(f"kept {lines} of {lines}"), done
        peaks.append(int(done.out.split()[-1]))
    assert peaks[1] < 1.2 * peaks[0]


# --- bad lines -------------------------------------------------------------------------------------------------------

LINES = {
    "no JSON": (b"quality", "is not complete, valid JSON"),
    "cut off": (b'{"quality": 0.9', "is not complete, valid JSON"),
    "two on a line": (b'{"quality": 0.9} {"quality": 0.9}', "is not complete, valid JSON: Extra data"),
    "no object": (b"0.9", "is no JSON object"),
    "no field": (
        b'{"score": 0.9}',
        "has no field quality. Name the field of the score with --score-field; here: score",
    ),
    "null": (b'{"quality": null}', "quality: is missing"),
    "NaN": (b'{"quality": NaN}', "$.quality: NaN is not a number in JSON"),
    "too large a number": (b'{"quality": 1e400}', "1e400 is beyond the range of numbers"),
    "text": (b'{"quality": "0.9"}', "quality: expected a number, got '0.9'"),
    "truth": (b'{"quality": true}', "quality: expected a number, got True"),
    "percent": (b'{"quality": 90}', "quality: must be in 0..1, got 90"),
    "negative": (b'{"quality": -0.5}', "quality: must be in 0..1, got -0.5"),
    "twice": (b'{"quality": 0.9, "quality": 0.1}', "the key 'quality' stands twice"),
    "no UTF-8": (b'{"quality": 0.9, "t": "\xff"}', "is not UTF-8"),
    "deep": (b'{"quality": 0.9, "t": ' + b"[" * 5000 + b"]" * 5000 + b"}", "levels deep"),
    "long": (b'{"quality": 0.9, "t": "' + b"x" * 2**24 + b'"}', "is longer than the 16777216 bytes"),
}


@pytest.mark.parametrize("kind", LINES)
def test_a_bad_line(kind: str, here: Path, gitgates: Gitgates) -> None:
    line, why = LINES[kind]
    (here / "examples.jsonl").write_bytes(GOOD + BAD + line + b"\n" + GOOD)
    (here / "kept.jsonl").write_bytes(b"old\n")
    done = gitgates("filter", "examples.jsonl", *ARGS, *BOTH)
    assert (done.code, done.out) == (2, "")
    assert "gitgates: examples.jsonl, line 3: " in done.err
    assert why in done.err
    assert set(files(here)) == {"examples.jsonl", "kept.jsonl"}
    assert (here / "kept.jsonl").read_bytes() == b"old\n"


# --- files -----------------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "input as output": (("-o", "./examples.jsonl"), "-o: ./examples.jsonl: is the file of the examples"),
    "through a link": (("-o", "link"), "-o: link: is the file of the examples"),
    "a second name": (("-o", "hard"), "-o: hard: is the file of the examples"),
    "input as rejected": (("--rejected", "examples.jsonl"), "--rejected: examples.jsonl: is the file of the examples"),
    "both the same": (("-o", "x", "--rejected", "./x"), "--rejected: ./x: is the file of -o"),
    "a folder": (("-o", "folder"), "-o: folder: is not a file"),
    "a device": (("--rejected", "/dev/null"), "--rejected: /dev/null: is not a file"),
    "no such folder": (("-o", "nowhere/x"), "-o: nowhere/x: cannot be written: No such file or directory"),
    "rejected to standard output": (("--rejected", "-"), "--rejected: standard output is for the kept ones"),
    "JSON among examples": (("--json",), "--json would mix with the kept examples"),
    "an unknown context": (("-o", "x", "--context", "prod"), "--context: unknown context 'prod'"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_refused(kind: str, here: Path, gitgates: Gitgates) -> None:
    (here / "link").symlink_to("examples.jsonl")
    (here / "hard").hardlink_to(here / "examples.jsonl")
    (here / "folder").mkdir()
    args, why = REFUSED[kind]
    before = set(here.iterdir())
    done = gitgates("filter", "examples.jsonl", *ARGS, *args)
    assert done.code == 2, done
    assert why in done.err
    assert set(here.iterdir()) == before
    assert (here / "examples.jsonl").read_bytes() == GOOD + BAD + JUST
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.parametrize("kind", ["missing", "a folder", "a FIFO"])
def test_no_examples(kind: str, here: Path, gitgates: Gitgates) -> None:
    if kind == "a folder":
        (here / "x").mkdir()
    elif kind == "a FIFO":
        os.mkfifo(here / "x")
    done = gitgates("filter", "x", *ARGS, "-o", "kept.jsonl")
    assert done.code == 2
    assert "gitgates: x: " in done.err
    assert ("cannot be read" if kind == "missing" else f"is {kind}") in done.err
    assert not (here / "kept.jsonl").exists()


def test_what_is_replaced(here: Path, gitgates: Gitgates) -> None:
    """The file behind a link, with the permissions that it has."""
    (here / "real").write_text("old")
    (here / "real").chmod(0o640)
    (here / "kept.jsonl").symlink_to("real")
    assert gitgates("filter", "examples.jsonl", *ARGS, "-o", "kept.jsonl").code == 0
    assert (here / "kept.jsonl").is_symlink()
    assert (here / "real").read_bytes() == GOOD + JUST
    assert stat.S_IMODE((here / "real").stat().st_mode) == 0o640


def test_a_full_disk(here: Path) -> None:
    (here / "examples.jsonl").write_bytes(GOOD * 100_000)
    command = 'ulimit -f 100; trap "" XFSZ; exec "$@"'
    gitgates = (sys.executable, "-m", "gitgates", "filter", "examples.jsonl", *ARGS, *BOTH)
    done = run("sh", "-c", command, "sh", *gitgates, cwd=here, env=environment())
    assert done.code == 2, done
    assert "-o: kept.jsonl: cannot be written: File too large" in done.err
    assert set(files(here)) == {"examples.jsonl"}


@pytest.mark.parametrize(
    ("redirected", "why"),
    [
        ("< /dev/null > /dev/full", ""),
        ("<&-", "standard input is closed"),
        ("> /dev/full", "standard output: cannot be written: No space left on device"),
    ],
)
def test_streams_that_are_of_no_use(redirected: str, why: str, here: Path) -> None:
    command = f'cat examples.jsonl | "$0" -m gitgates filter - {" ".join(ARGS)} {redirected}'
    done = run("sh", "-c", command, sys.executable, cwd=here, env=environment())
    assert done.code == (2 if why else 0), done
    assert why in done.err
    assert "Traceback" not in done.err


def test_a_reader_that_has_gone(here: Path) -> None:
    (here / "examples.jsonl").write_bytes(GOOD * 100_000)
    command = f'("$0" -m gitgates filter examples.jsonl {" ".join(ARGS)}; echo $? > code) | head -n 1'
    done = run("sh", "-c", command, sys.executable, cwd=here, env=environment())
    assert done.out == GOOD.decode()
    assert (here / "code").read_text() == "1\n"
    assert "Traceback" not in done.err


def test_in_a_repository_nothing_is_recorded(repository: RepositoryFactory, gitgates: Gitgates) -> None:
    path = repository()
    (path / "examples.jsonl").write_bytes(GOOD)
    assert gitgates("filter", "examples.jsonl", *ARGS, "-o", "kept.jsonl", cwd=path).code == 0
    assert not (path / ".quality-gates").exists()
