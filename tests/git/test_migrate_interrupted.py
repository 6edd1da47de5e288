"""A move that is cut off, overtaken, or finds something unreadable: nothing is lost, and `migrate` finishes it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gitgates.errors import StoreError
from gitgates.ledger.migration.migrate import migrate as move
from tests.git.ledgers import commit_files
from tests.git.team import LEDGER, Clone, Team, files_of
from tests.git.test_migrate import branch_of, has_branch, migrate, moved, policies
from tests.support import CHECKOUT, git

# Kills itself when the step is reached: the names are those of what is done next.
CHILD = """
import os, signal, sys
from gitgates.cli.main import main
from gitgates.ledger import policy_files

def cut(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(policy_files, sys.argv[1], cut)
main(sys.argv[2:])
"""
STEPS = {"the new branch": "bring_to", "the old branch": "append_change", "the configuration": "settle"}


def killed_before(step: str, clone: Clone, to: str) -> None:
    args = (sys.executable, "-c", CHILD, STEPS[step], "migrate", "--to", to, "--key", str(clone.key.path))
    done = subprocess.run(args, cwd=clone.path, env={**clone.environ, "PYTHONPATH": str(CHECKOUT)})
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("to", ["quality-gates", "elsewhere"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_before(code: Team, step: str, to: str) -> None:
    """Readers find `quality-gates` by themselves, and `elsewhere` only by the policy on the old branch."""
    alice = code.alice
    alice.approve("veran:v1", alice.report("veran:v1"))
    killed_before(step, alice, to)
    assert has_branch(alice, to) == (step != "the new branch")
    assert alice.allowed("veran:v1") == "allowed"
    rejection = alice.reject("veran:v1")
    assert alice.allowed("veran:v1") == "denied"
    migrate(code, alice, to)
    assert branch_of(alice) == f"refs/heads/{to}"
    assert policies(alice) == 4  # the root, two members, and one move
    assert alice.git("config", "gitgates.ledger") == f"refs/heads/{to}"
    assert rejection.path in dict(files_of(alice.path, to))
    assert alice.git("rev-parse", f"{to}:{LEDGER}/policy") == alice.git("rev-parse", f"main:{LEDGER}/policy")
    assert "nothing is left to do" in migrate(code, alice, to).out
    assert alice.allowed("veran:v1") == "denied"
    assert code.cli(alice, "verify", "--jobs", "1").code == 0
    git(alice.path, "fsck", "--strict", "--no-dangling")


def test_overtaken_after_it_was_killed(code: Team) -> None:
    """Another policy came before the move was finished: the next attempt follows both."""
    alice = code.alice
    killed_before("the old branch", alice, "elsewhere")
    alice.propose("allow_force = false", "allow_force = true")
    assert branch_of(alice) == "refs/heads/main"
    migrate(code, alice, "elsewhere")
    assert branch_of(alice) == "refs/heads/elsewhere"
    assert policies(alice) == 6
    with alice.open() as ledger:
        production = ledger.chain.current().context("production")
        assert production is not None
        assert production.allow_force
    assert alice.git("rev-parse", f"elsewhere:{LEDGER}/policy") == alice.git("rev-parse", f"main:{LEDGER}/policy")
    assert code.cli(alice, "verify", "--jobs", "1").code == 0


def test_a_policy_written_meanwhile(code: Team) -> None:
    """Somebody signs a policy while this one seals: neither branch gets the one that would fork."""
    alice = code.alice
    alice.report("veran:v1")

    def busy(count: int, total: int) -> None:
        alice.propose("allow_force = false", "allow_force = true")

    with alice.open() as ledger, pytest.raises(StoreError, match="somebody wrote a policy or an endorsement meanwhile"):
        move(ledger, alice.signer, "quality-gates", alice.later(), busy)
    assert not has_branch(alice, "quality-gates")
    assert policies(alice) == 4


def test_garbage_on_the_branch_that_was_left(code: Team) -> None:
    """Files that are called like records and are none cost time, and change no answer."""
    alice = moved(code)
    name = f"20260101T000000Z-decision-{'0' * 64}.json"
    commit_files(alice.path, "x", {f"{LEDGER}/models/veran/v1/{name}": "{}"})
    assert alice.allowed("veran:v1") == "allowed"
    done = alice.sync()
    assert (done.sent, done.foreign) == ((), (f"{LEDGER}/models/veran/v1/{name}",))
    assert alice.allowed("veran:v1") == "allowed"
    assert "nothing is left to do" in migrate(code, alice).out


def test_a_branch_that_was_left_and_cannot_be_read(code: Team) -> None:
    """Its tree is gone from this clone: there may have been a rejection. Fetched anew, it blocks nobody."""
    alice, bob = code.alice, code.bob
    moved(code)
    bob.reject("veran:v1")
    bob.git("fetch", "--quiet", "origin", "main")
    bob.git("merge", "--quiet", "--no-edit", "FETCH_HEAD")
    bob.git("push", "--quiet", "origin", "main")
    alice.git("fetch", "--quiet", "origin")
    tree = alice.git("rev-parse", f"refs/remotes/origin/main:{LEDGER}/models")
    file = alice.path / ".git/objects" / tree[:2] / tree[2:]
    held = Path(f"{file}.held")
    file.rename(held)
    done = code.cli(alice, "can-deploy", "--model", "veran:v1", "--context", "staging")
    assert done.code == 3
    assert "refs/remotes/origin/main" in done.out + done.err
    held.rename(file)
    assert alice.allowed("veran:v1") == "denied"


def test_the_folder_is_deleted_on_the_branch_that_was_left(code: Team) -> None:
    alice = moved(code)
    alice.git("rm", "-r", "--quiet", LEDGER)
    alice.git("commit", "--quiet", "--message", "The ledger lives elsewhere")
    assert alice.allowed("veran:v1") == "allowed"
    assert "nothing is left to do" in migrate(code, alice).out
    assert alice.git("ls-tree", "--name-only", "main") == "train.py"
    records = alice.records()
    migrate(code, alice, "main")
    assert alice.records().items() > records.items()
    assert alice.allowed("veran:v1") == "allowed"
    assert code.cli(alice, "verify", "--jobs", "1").code == 0
