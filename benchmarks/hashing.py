"""Does hashing artifacts keep up with openssl?"""

import os
import subprocess
from pathlib import Path
from statistics import median

from benchmarks.environment import Installed
from benchmarks.measure import MIB, ROUNDS, Command, Figure, run_once

_SIZE = 512
_FILES = 64
_CODE = """
import sys, time
from gitgates.artifacts.digest import digest
started = time.process_time()
found = digest(sys.argv[1])
print(time.process_time() - started, found.sha256)
"""


def figures(installed: Installed, folder: Path, size: int = _SIZE, rounds: int = ROUNDS) -> list[Figure]:
    """Measure a file of `size` MiB, and a folder with as much in many files; CPU time, in the same rounds.

    Raises:
        RuntimeError: the two programs do not agree on the digest.
    """
    many = folder / "many"
    many.mkdir()
    with (folder / "one").open("wb") as one:
        for number in range(_FILES):
            data = os.urandom(size * MIB // _FILES)
            one.write(data)
            (many / f"{number}").write_bytes(data)
    expected = _openssl(folder, installed)
    openssl: list[float] = []
    ours: dict[str, list[float]] = {"one": [], "many": []}
    for _ in range(rounds):
        argv = ["openssl", "dgst", "-sha256", os.fspath(folder / "one")]
        openssl.append(run_once(Command(lambda argv=argv: argv), installed.environ()).seconds)  # type: ignore[misc]
        for name, costs in ours.items():
            costs.append(_digest(installed, folder / name, expected if name == "one" else None))
    found = []
    for name, title in (("one", "one file"), ("many", f"a folder of {_FILES} files")):
        speed = median(their / our for their, our in zip(openssl, ours[name], strict=True))
        note = f"{size / median(ours[name]):.0f} MiB/s against {size / median(openssl):.0f} MiB/s"
        figure = Figure(f"hashing {title}, {size} MiB, against `openssl dgst`", speed, 0.8, "times as fast", note, True)
        found.append(figure)
    return found


def _openssl(folder: Path, installed: Installed) -> str:
    argv = ["openssl", "dgst", "-sha256", "-r", os.fspath(folder / "one")]
    done = subprocess.run(argv, env=installed.environ(), check=True, capture_output=True, text=True)
    return done.stdout.split()[0]


def _digest(installed: Installed, path: Path, expected: str | None) -> float:
    """Return the CPU seconds of one digest, without the start of Python."""
    argv = [os.fspath(installed.python), "-c", _CODE, os.fspath(path)]
    done = subprocess.run(argv, env=installed.environ(), check=True, capture_output=True, text=True)
    seconds, sha256 = done.stdout.split()
    if expected not in (None, sha256):
        raise RuntimeError(f"openssl says {expected}, gitgates says {sha256}")
    return float(seconds)
