"""The promises of `tests/conftest.py`, on which every other test rests."""

import os
import socket
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.support import CHECKOUT, Keys, RepositoryFactory, Result, git, run


def test_home_is_the_tests_own(home: Path, tmp_path: Path) -> None:
    assert Path.home() == home
    assert not home.is_relative_to(tmp_path)
    assert run("git", "config", "--global", "user.email").out == "alice@example.com\n"


def test_nothing_leaks() -> None:
    assert [name for name in os.environ if name.startswith("GITGATES_") or name in {"CI", "SSH_AUTH_SOCK"}] == []
    assert (time.tzname[0], os.environ["GIT_CONFIG_NOSYSTEM"]) == ("UTC", "1")


def test_no_network() -> None:
    with socket.socket() as opened, pytest.raises(AssertionError, match="no network"):
        opened.connect(("192.0.2.1", 80))
    with socket.socket() as opened, pytest.raises(ConnectionRefusedError):
        opened.connect(("127.0.0.1", 1))


def test_keys_are_real(keys: Keys) -> None:
    listed = run("ssh-keygen", "-l", "-f", keys.bob.path)
    assert "bob@example.com (ED25519)" in listed.out
    assert keys.alice.public.startswith("ssh-ed25519 AAAA")
    assert len({keys.alice.public, keys.bob.public, keys.carol.public}) == 3


def test_repository(repository: RepositoryFactory) -> None:
    assert git(repository(), "log", "--format=%an %s") == "Alice Example First"
    assert git(repository("empty", commits=False), "symbolic-ref", "HEAD") == "refs/heads/main"
    assert git(repository("bare", bare=True), "rev-parse", "--is-bare-repository") == "true"
    assert len(git(repository("long", sha256=True), "rev-parse", "HEAD")) == 64
    with pytest.raises(AssertionError, match=r"git .* failed"):
        git(repository("other"), "rev-parse", "nonsense")


@pytest.fixture
def skipping_run(tmp_path: Path) -> Path:
    """Make a suite of a passing, a skipped and an expectedly failing test, and a module that is skipped whole."""
    (tmp_path / "conftest.py").write_text((CHECKOUT / "tests/conftest.py").read_text())
    (tmp_path / "test_some.py").write_text(
        textwrap.dedent("""
            import pytest
            def test_passes(): pass
            @pytest.mark.deep
            def test_long(): raise RuntimeError
            @pytest.mark.skip(reason="not today")
            def test_skipped(): pass
            @pytest.mark.xfail
            def test_expected(): raise RuntimeError
        """)
    )
    (tmp_path / "test_whole.py").write_text("import pytest\npytest.skip('no such thing', allow_module_level=True)\n")
    (tmp_path / "pytest.ini").write_text(f"[pytest]\npythonpath = {CHECKOUT}\nmarkers = deep\n")
    return tmp_path


def pytest_in(folder: Path, *args: str, env: dict[str, str] | None = None) -> Result:
    return run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *args, cwd=folder, env=env)


def test_skips_pass_by_default_and_deep_tests_are_left_out(skipping_run: Path) -> None:
    assert "1 passed, 2 skipped, 1 deselected, 1 xfailed" in pytest_in(skipping_run).out


def test_require_all_turns_skips_into_failures(skipping_run: Path) -> None:
    strict = {"GITGATES_REQUIRE_ALL": "1"}
    result = pytest_in(skipping_run, "test_some.py", env=strict)
    assert result.code == 1
    assert "1 passed, 1 deselected, 1 xfailed, 1 error" in result.out
    assert "a skip fails. Skipped: not today" in result.out
    whole = pytest_in(skipping_run, "test_whole.py", env=strict)
    assert whole.code != 0
    assert "a skip fails. Skipped: no such thing" in whole.out


def test_deep_runs_the_long_tests(skipping_run: Path) -> None:
    assert "1 failed, 1 passed, 2 skipped, 1 xfailed" in pytest_in(skipping_run, "--deep").out
