"""The page on verifying by hand, and a clone to try it on."""

import re
from pathlib import Path

from attrs import frozen

from tests.support import CHECKOUT, Result, git, run

PAGE = (CHECKOUT / "docs" / "how-to" / "verify-by-hand.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
TOOLS = (
    "sh",
    "git",
    "ssh-keygen",
    "sha256sum",
    "sed",
    "awk",
    "od",
    "tr",
    "sort",
    "grep",
    "head",
    "cat",
    "wc",
    "mktemp",
    "rm",
)


@frozen
class Made:
    """A clone of a repository with a ledger, and its root."""

    clone: Path
    root: str

    @property
    def folder(self) -> Path:
        return self.clone / ".quality-gates"

    def one(self, kind: str) -> Path:
        """Return a record of `kind`."""
        return min(self.folder.rglob(f"*-{kind}-*.json"))

    def commit(self) -> None:
        git(self.clone, "add", "--all", "--force", ".quality-gates")
        git(self.clone, "commit", "--quiet", "--message", "Change the ledger")


def run_page(made: Made, programs: Path) -> Result:
    """Run the commands of the page, as they are printed, with no other programs than those in the folder `programs`."""
    first, *others = BLOCKS
    assert [line.partition("=")[0] for line in first.splitlines()] == ["CLONE", "BRANCH", "ROOT"]
    script = "".join([f"CLONE='{made.clone}'\nBRANCH=HEAD\nROOT={made.root}\n", *others])
    return run(programs / "sh", env={"PATH": str(programs)}, stdin=script)


def flip(file: Path, position: int) -> None:
    data = bytearray(file.read_bytes())
    data[position] ^= 1
    file.write_bytes(data)


def problems(result: Result) -> list[str]:
    assert result.code == 1
    assert "All " not in result.out
    return [line.removeprefix("PROBLEM: ") for line in result.err.splitlines() if line.startswith("PROBLEM: ")]
