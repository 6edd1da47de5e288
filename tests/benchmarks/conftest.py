"""A gitgates to measure that needs no installation: this checkout, behind scripts with the names of the installed."""

import shlex
import sys
from pathlib import Path

import pytest

from benchmarks.environment import Installed
from tests.support import CHECKOUT


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    home, scripts = tmp_path / "home", tmp_path / "bin"
    for folder in (home, scripts):
        folder.mkdir()
    (home / ".gitconfig").write_text("[user]\n\tname = Bench\n\temail = bench@example.com\n")
    for name, module in (("python", ""), ("gitgates", "-m gitgates")):
        script = scripts / name
        run = f'PYTHONPATH={shlex.quote(str(CHECKOUT))} exec {shlex.quote(sys.executable)} {module} "$@"'
        script.write_text(f"#!/bin/sh\n{run}\n")
        script.chmod(0o755)
    made = Installed(scripts / "python", home)
    for name, value in made.environ().items():
        monkeypatch.setenv(name, value)
    return made
