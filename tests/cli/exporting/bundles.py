"""The ledger of the vectors, its audit bundle, and the script run by a shell that finds no gitgates and no Python."""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from gitgates.codec.json_text import render
from tests.support import CHECKOUT, Result, git, run

VECTORS = CHECKOUT / "tests" / "vectors"
INDEX: dict[str, Any] = json.loads((VECTORS / "vectors.json").read_bytes())
ROOT: str = INDEX["root"]
COUNT = len(INDEX["valid"])
POLICY = next(Path(entry["path"]).name for entry in INDEX["valid"] if entry["name"] == "second-policy")
SECOND = POLICY.removesuffix(".json").rpartition("-")[2]
TOOLS = (
    *("git", "ssh-keygen", "sha256sum", "awk", "cat", "cmp", "cp", "find", "grep", "head", "mkdir", "mktemp", "od"),
    *("rm", "sed", "sort", "tr", "wc"),
)
SHELLS = tuple(shell for shell in ("sh", "dash", "bash") if shutil.which(shell))


@frozen
class Bundle:
    """A bundle's folder, the root that an auditor knows, and a folder with all the programs that there are."""

    folder: Path
    root: str
    programs: Path

    def verify(self, *args: str, shell: str = "sh") -> Result:
        """Run the script as an auditor does, with an empty environment."""
        return run("env", "-i", f"PATH={self.programs}", self.programs / shell, self.folder / "verify.sh", *args)

    def one(self, pattern: str) -> Path:
        """Return the first file below `records` that fits."""
        return min((self.folder / "records").glob(pattern))

    def name(self, file: Path) -> str:
        return file.relative_to(self.folder).as_posix()

    def resum(self) -> None:
        """Write `SHA256SUMS` anew, as whoever changes a bundle can."""
        files = sorted(file for file in self.folder.rglob("*") if file.is_file() and file.name != "SHA256SUMS")
        told = (f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {self.name(file)}\n" for file in files)
        (self.folder / "SHA256SUMS").write_text("".join(told))


def link_programs(to: Path, names: Sequence[str] = (*TOOLS, *SHELLS)) -> Path:
    """Make a folder with these programs and no other."""
    to.mkdir()
    for name in names:
        found = shutil.which(name)
        assert found, f"{name} is needed to verify a bundle"
        (to / name).symlink_to(found)
    return to


def problems(result: Result) -> list[str]:
    """Return what a script that must find something wrong found."""
    assert result.code == 1, result
    assert "All " not in result.out
    return [line.removeprefix("PROBLEM: ") for line in result.err.splitlines() if line.startswith("PROBLEM: ")]


def commit(work: Path) -> None:
    git(work, "add", "--all", "--force", ".")
    git(work, "commit", "--quiet", "--message", "Change the ledger")


def like(file: Path, signed: Callable[[bytes], bytes], **fields: Any) -> str:
    """Place a record like the one in `file`, with some fields otherwise, beside it; return its id."""
    data = render({**json.loads(file.read_bytes()), **fields})
    digest = hashlib.sha256(data).hexdigest()
    other = file.with_name(f"{file.stem.rpartition('-')[0]}-{digest}.json")
    other.write_bytes(data)
    other.with_name(f"{other.name}.sig").write_bytes(signed(data))
    return digest
