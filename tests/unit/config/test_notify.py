"""`[tool.gitgates.notify]`: who is told of what."""

import os
from pathlib import Path

import pytest

from gitgates.config.notify import find_routes
from gitgates.config.notify_glance import may_notify
from gitgates.config.notify_routes import EVENTS, LEVELS
from gitgates.errors import ConfigError

TOKEN = "T0KEN"


def write(folder: Path, text: str, name: str = "gates.toml", table: str = "tool.gitgates.notify") -> None:
    (folder / name).write_text(f"[{table}]\n{text}\n")


def test_levels_stand_for_themselves_and_graver_ones(tmp_path: Path) -> None:
    write(tmp_path, 'warning = "w"\nerror = ["e", "w"]\napproved = ["a", "a"]\ninfo = []')
    routes = find_routes(str(tmp_path))
    told = {level: routes.of("tampering", level) for level in LEVELS}
    assert told == {"info": (), "success": (), "warning": ("w",), "error": ("w", "e")}
    assert routes.of("approved", "error") == ("a", "w", "e")
    assert routes.all_names == ("a", "e", "w")
    assert routes.keys_of("w") == ("warning", "error")


def test_gates_toml_beats_pyproject_by_key(tmp_path: Path) -> None:
    write(tmp_path, 'approved = "one"\nrejected = "two"', "pyproject.toml", "tool.afs.gates.notify")
    write(tmp_path, 'approved = "three"')
    assert dict(find_routes(str(tmp_path)).names) == {"approved": ("three",), "rejected": ("two",)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'gate_blocked = "x"',
            "[tool.gitgates.notify] unknown event or level 'gate_blocked'. Did you mean gates_blocked?",
        ),
        ('zzz = "x"', f"Known events and levels: {', '.join((*EVENTS, *LEVELS))}"),
        ("approved = 1", "approved must be a list of names. For example"),
        ('approved = ["x", 1]', "approved must be a list of names"),
        ('approved = "Slack"', "'Slack' is no name for a URL. Use lower-case letters, digits and -"),
        ('approved = "hook-secret"', "'hook-secret' ends like the variable of a secret"),
        (f"approved = {['x'] * 51}", "approved holds 51 names, at most 50 are allowed"),
        (f'approved = "slack://{TOKEN}/b/c"', "a URL is never taken from the repository"),
        (f'approved = ["mailto:/{TOKEN}"]', "a URL is never taken from the repository"),
        (f'slack = "https://{TOKEN}"', "a URL is never taken from the repository"),
        (f'[tool.gitgates.notify.slack]\nurl = "slack://{TOKEN}"', "a URL is never taken from the repository"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, said: str) -> None:
    write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        find_routes(str(tmp_path))
    assert str(tmp_path / "gates.toml") in str(caught.value)
    assert said in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_not_a_table(tmp_path: Path) -> None:
    (tmp_path / "gates.toml").write_text("[tool.gitgates]\nnotify = 1\n")
    with pytest.raises(ConfigError, match=r"tool\.gitgates\.notify is not a table"):
        find_routes(str(tmp_path))


def test_a_cheap_look_comes_first(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    below = tmp_path / "a/b"
    below.mkdir(parents=True)
    assert not may_notify(str(below))
    (tmp_path / "pyproject.toml").write_text("[tool.other]\n")
    assert not may_notify(str(below))
    write(tmp_path, 'approved = "x"')
    assert may_notify(str(below))
    (tmp_path / "gates.toml").unlink()
    (tmp_path / "gates.toml").mkdir()  # it will be said in earnest that this cannot be read
    assert may_notify(str(below))


def test_it_ends_at_the_top_of_the_file_system() -> None:
    assert not may_notify("/")


def test_a_stronger_file_that_says_nothing(tmp_path: Path) -> None:
    write(tmp_path, 'approved = "one"', "pyproject.toml")
    write(tmp_path, "min_quality_score = 0.5", table="tool.gitgates.staging")
    assert find_routes(str(tmp_path)).all_names == ("one",)


@pytest.mark.parametrize("kind", ["device", "fifo", "large"])
def test_a_file_that_is_none_holds_nothing_up(kind: str, tmp_path: Path) -> None:
    """What a pull request can put in the file's place is refused where it decides, and told where it does not."""
    path = tmp_path / "gates.toml"
    if kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.write_bytes(b"# padding\n" * 150_000)
    assert may_notify(str(tmp_path))
    said = "is larger than" if kind == "large" else "not a regular file"
    with pytest.raises(ConfigError, match=f"gates.toml: is .*{said}|gates.toml: {said}"):
        find_routes(str(tmp_path))
