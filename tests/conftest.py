"""Hermetic tests: nothing of the user's home, git configuration, agent, CI or network is seen or touched."""

import os
import socket
import time
from collections.abc import Generator, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.support import Gitgates, Key, Keys, RepositoryFactory, Result, exit_code, folder, git, run

REQUIRE_ALL = bool(os.environ.get("GITGATES_REQUIRE_ALL"))

# Any of these in the environment of whoever starts the tests could change what a test sees.
LEAKY_PREFIXES = (
    "GIT_", "GITGATES_", "GATES_", "XDG_", "LC_", "SSH_", "GITHUB_", "GITLAB_", "CI_", "RUNNER_", "JENKINS_", "BUILD_",
)  # fmt: skip
LEAKY_NAMES = (
    "CI", "EDITOR", "VISUAL", "PAGER", "EMAIL", "DISPLAY", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "TERM",
    "MODEL_VERSION",
)  # fmt: skip

GIT_CONFIG = """\
[user]
    name = Alice Example
    email = alice@example.com
[init]
    defaultBranch = main
[advice]
    detachedHead = false
[gc]
    auto = 0
"""

settings.register_profile("default", deadline=None)
settings.register_profile("deep", deadline=None, max_examples=2000)


# --- the run ---------------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--deep", action="store_true", help="run the long tests too")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("deep" if config.getoption("--deep") else "default")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests out unless asked for. Left out, not skipped: they were never part of the short run."""
    if config.getoption("--deep"):
        return
    deep = [item for item in items if item.get_closest_marker("deep")]
    if deep:
        config.hook.pytest_deselected(items=deep)
        items[:] = [item for item in items if not item.get_closest_marker("deep")]


def _fail_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    report.outcome = "failed"
    report.longrepr = f"GITGATES_REQUIRE_ALL is set, so a skip fails. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        _fail_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if REQUIRE_ALL and report.skipped:
        _fail_skip(report)
    return report


# --- the surroundings ------------------------------------------------------------------------------------------------


def _is_local(address: object) -> bool:
    if not isinstance(address, tuple):  # a Unix socket's path
        return True
    host = str(address[0])
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuse connections of this process to anything but this machine."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(real: Any) -> Any:
        def method(self: socket.socket, address: Any) -> Any:
            if not _is_local(address):
                raise AssertionError(f"a test tried to reach {address!r}: tests have no network")
            return real(self, address)

        return method

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(connect))
        patch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
        yield


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give each test a home folder of its own, outside its `tmp_path`, and an environment without surprises."""
    home = tmp_path_factory.mktemp("home")
    for name in os.environ:
        if name.startswith(LEAKY_PREFIXES) or name in LEAKY_NAMES:
            monkeypatch.delenv(name)
    (home / ".gitconfig").write_text(GIT_CONFIG)
    surroundings = {
        "HOME": home,
        "USERPROFILE": home,
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_DATA_HOME": home / ".local/share",
        "XDG_STATE_HOME": home / ".local/state",
        "GIT_CONFIG_GLOBAL": home / ".gitconfig",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "COLUMNS": "100",
    }
    for name, value in surroundings.items():
        monkeypatch.setenv(name, str(value))
    time.tzset()
    yield home
    monkeypatch.undo()
    time.tzset()


# --- what tests work with --------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Keys made by real ssh-keygen, without passphrases."""
    at = tmp_path_factory.mktemp("keys")

    def make(name: str) -> Key:
        principal = f"{name}@example.com"
        made = run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", principal, "-f", at / name)
        if made.code != 0:
            raise AssertionError(f"ssh-keygen made no key: {made.err}")
        public = (at / f"{name}.pub").read_text().rsplit(" ", 1)[0]
        return Key(principal, at / name, public)

    return Keys(make("alice"), make("bob"), make("carol"))


@pytest.fixture
def repository(tmp_path: Path) -> RepositoryFactory:
    """Make real repositories; see `RepositoryFactory`."""

    def make(name: str = "work", *, bare: bool = False, sha256: bool = False, commits: bool = True) -> Path:
        path = tmp_path / name
        object_format = "sha256" if sha256 else "sha1"
        git(tmp_path, "init", "--quiet", f"--object-format={object_format}", *(["--bare"] if bare else []), path)
        if commits and not bare:
            (path / "README.md").write_text("A model.\n")
            git(path, "add", "README.md")
            git(path, "commit", "--quiet", "--message", "First")
        return path

    return make


@pytest.fixture
def gitgates(capfd: pytest.CaptureFixture[str]) -> Gitgates:
    """Run gitgates in process; see `Gitgates`. Captures what processes started by it write, too."""

    def call(*args: str | Path, cwd: Path | None = None) -> Result:
        from gitgates.cli.main import main

        capfd.readouterr()
        with folder(cwd):
            try:
                code = main([os.fspath(arg) for arg in args])
            except SystemExit as end:
                code = exit_code(end)
        out, err = capfd.readouterr()
        return Result(code, out, err)

    return call
