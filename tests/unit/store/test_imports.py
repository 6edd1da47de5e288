"""The reading half of the store starts without what costs time."""

import subprocess
import sys
from pathlib import Path

import attr

from tests.support import CHECKOUT

READING = ("repository", "objects", "trees", "notes", "config")
COSTLY = {"pathlib", "logging", "tomllib", "hashlib", "tempfile", "random", "json", "rich", "git"}


def test_what_reads_imports_nothing_costly() -> None:
    # -S leaves out the start-up files of site-packages, whose imports are not ours; attrs is found by its folder.
    folders = [str(CHECKOUT), str(Path(attr.__file__).parent.parent)]
    imports = "".join(f"import gitgates.store.{name}\n" for name in READING)
    script = f"import sys\nsys.path[:0] = {folders}\n{imports}print(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & COSTLY == set()
