import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.trust import forge


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, forge.Made]:
    """One key of each type that needs no hardware, with its signature of `forge.MESSAGE` as ssh-keygen wrote it."""
    at = tmp_path_factory.mktemp("types")
    found = {}
    for name, options in forge.TYPES.items():
        public = forge.make_key(at / name, *options)
        found[name] = forge.Made(at / name, public, forge.sign(at / name))
    return found


@pytest.fixture(autouse=True)
def ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests at a terminal must not be asked for passphrases."""
    monkeypatch.setenv("CI", "true")


@pytest.fixture
def agent(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Path], None]]:
    """Run a real ssh-agent; yields a function that adds a key without passphrase."""
    socket = tmp_path_factory.mktemp("a") / "s"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()  # it prints where its socket is once that is there
    monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))

    def add(path: Path) -> None:
        subprocess.run(["ssh-add", "-q", path], check=True)

    yield add
    process.terminate()
    process.wait()
    process.stdout.close()
