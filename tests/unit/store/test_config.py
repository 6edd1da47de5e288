"""Settings as `git config -z --list --show-scope` prints them."""

import pytest

from gitgates.errors import StoreError
from gitgates.store.config import Config

LISTED = (
    b"global\0user.name\nAlice\0local\0remote.Origin.Fork.url\nhttps://x.example/a=b\nc\0local\0user.name\nBob\0"
    b"local\0core.flag\0command\0core.fsmonitor\nfalse\0local\0filter.lfs.clean\nx\0global\0filter.Other.clean\ny\0"
)


def test_the_last_value_wins_and_subsections_keep_their_case() -> None:
    config = Config.parse(LISTED)
    assert config.get("User.Name") == "Bob"
    assert config.get("REMOTE.Origin.Fork.URL") == "https://x.example/a=b\nc"
    assert config.get("remote.origin.fork.url") is None
    assert config.get("nosection") is None


def test_a_key_without_value_is_true_and_our_own_settings_are_not_shown() -> None:
    config = Config.parse(LISTED)
    assert config.get("core.flag") == "true"
    assert config.flag("core.flag")
    assert config.get("core.fsmonitor") is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [("yes", True), ("ON", True), ("1", True), ("-1", True), ("0", False), ("no", False), ("", False), ("x", False)],
)
def test_flags(value: str, expected: bool) -> None:
    assert Config.parse(f"local\0a.b\n{value}\0".encode()).flag("a.b") is expected


def test_scopes_tell_the_users_settings_from_the_repositorys() -> None:
    config = Config.parse(LISTED)
    assert config.is_repositorys("user.name")
    assert not config.is_repositorys("filter.Other.clean")
    assert not config.is_repositorys("absent.key")
    assert config.subsections("filter") == ("Other", "lfs")
    assert config.subsections("filter", of_repository=True) == ("lfs",)


@pytest.mark.parametrize("data", [b"local", b"local\0a.b\nc", b"local\0a.b\nc\0x"])
def test_other_output_is_refused(data: bytes) -> None:
    with pytest.raises(StoreError):
        Config.parse(data)


def test_no_settings() -> None:
    assert Config.parse(b"").entries == ()
