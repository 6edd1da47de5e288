"""Many appends from one process: rejections, which can be made at any time."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.environment import Installed

_CODE = """
import sys
from gitgates import RegistryIntegration
from gitgates.api.session import Session
key, *names = sys.argv[1:]
registry = RegistryIntegration(session=Session(key=key))
print("ready", flush=True)
sys.stdin.readline()
for name in names:
    model, _, version = name.partition(":")
    registry.reject_version(model, version, "production", reason="quality below the bar")
"""


class Rejecting:
    """A running program that rejects model versions, one append after the other, once it is told to go on."""

    def __init__(self, installed: Installed, path: Path, key: Path, names: Sequence[str]) -> None:
        """Start it, and wait until it has imported what it needs."""
        argv = [os.fspath(installed.python), "-c", _CODE, os.fspath(key), *names]
        self._process = subprocess.Popen(
            argv, cwd=path, env=installed.environ(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._input, output = self._process.stdin, self._process.stdout
        if self._input is None or output is None:
            raise AssertionError("unreachable: both were asked for as pipes")
        output.readline()

    def go(self) -> None:
        """Have it append."""
        if self._input is not None:
            self._input.write("go\\n")
            self._input.flush()

    def wait(self) -> None:
        """Wait for its end.

        Raises:
            CalledProcessError: an append failed; it has said why.
        """
        self._process.communicate()
        if self._process.returncode:
            raise subprocess.CalledProcessError(self._process.returncode, self._process.args)


def reject_all(installed: Installed, path: Path, key: Path, names: Sequence[str]) -> None:
    """Reject all of `names` in the clone at `path`, one after the other."""
    process = Rejecting(installed, path, key, names)
    process.go()
    process.wait()
