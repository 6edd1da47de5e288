"""The demo: the main job as a session of real commands, in a repository and a home of its own."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

from gitgates.cli.output import BOLD, Output
from gitgates.errors import StoreError
from gitgates.model.frozen import frozen

FILES = os.path.join(os.path.dirname(__file__), "demo_files")
_TESTS = "--test-metrics junit.xml --test-metrics coverage.json --security-scan scan.json"


@frozen
class Step:
    """One command of the session, why it is there, and the exit code that it must have."""

    why: str
    command: str
    code: int = 0


STEPS = (
    Step("A ledger in this repository; you are its first member.", "gitgates init"),
    Step(
        "Judge v6.1 on what pytest, coverage.py, the scanner and the evaluation wrote.",
        f"gitgates check --model veran:v6.1 --context production --metrics metrics-v6.1.json {_TESTS}",
    ),
    Step("A person approves.", 'gitgates approve --model veran:v6.1 --context production --notes "ship it"'),
    Step("May it go to production?", "gitgates can-deploy --model veran:v6.1 --context production"),
    Step(
        "Deploy it, recorded before and after.",
        "gitgates deploy --model veran:v6.1 --context production --target prod-cluster -- echo deploying",
    ),
    Step(
        "The next version is worse than the one before.",
        "gitgates check --model veran:v6.2 --context production --metrics metrics-v6.2.json"
        f" --baseline metrics-v6.1.json {_TESTS}",
        1,
    ),
    Step("Nobody can wave it through.", "gitgates approve --model veran:v6.2 --context production", 1),
    Step(
        "And the deploy script does not run.",
        "gitgates deploy --model veran:v6.2 --context production --target prod-cluster -- echo deploying",
        1,
    ),
    Step("Every record verifies.", "gitgates verify"),
    Step("git log alone is an audit log.", "git --no-pager log --format=%s --reverse"),
)


def run_demo(output: Output, *, keep: bool) -> int:
    """Run all steps; return 0 if each ended as it must, 1 if not."""
    folder = tempfile.mkdtemp(prefix="gitgates-demo-")
    try:
        environ = _prepare(folder)
        steps, good = [], True
        for step in STEPS:
            steps.append(_run(step, folder, environ, output))
            code = steps[-1]["exit_code"]
            good = code == step.code
            if not good:
                output.error(f"the step ended with {code} instead of {step.code}")
                break
        output.json("demo/1", {"steps": steps, "as_expected": good})
        if good:
            output.line()
            output.line("The deploy was refused, as it should be.", BOLD)
    finally:
        if keep:
            output.note(f"the repository is {_repository(folder)}; its home is {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if good else 1


def _run(step: Step, folder: str, environ: dict[str, str], output: Output) -> dict[str, Any]:
    """Run a step, show it as it goes, and return it for JSON."""
    output.line()
    output.line(f"# {step.why}", BOLD)
    output.line(f"$ {step.command}", BOLD)
    sys.stdout.flush()
    captured = subprocess.PIPE if output.as_json else None
    done = subprocess.run(
        _argv(step.command), cwd=_repository(folder), env=environ, check=False, stdout=captured, text=True
    )
    return {"why": step.why, "command": step.command, "exit_code": done.returncode, "output": done.stdout or ""}


def _repository(folder: str) -> str:
    return os.path.join(folder, "veran")


def _argv(command: str) -> Sequence[str]:
    import shlex

    program, *rest = shlex.split(command)
    return [sys.executable, "-m", "gitgates", *rest] if program == "gitgates" else [program, *rest]


def _prepare(folder: str) -> dict[str, str]:
    """Make a home with a git identity and a signing key, and a repository with the files; return the environment."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITGATES_", "SSH_"))}
    environ |= {"HOME": folder, "XDG_CONFIG_HOME": os.path.join(folder, ".config"), "GIT_CONFIG_NOSYSTEM": "1"}
    repository = _repository(folder)
    shutil.copytree(FILES, repository)
    os.mkdir(os.path.join(folder, ".ssh"), 0o700)
    key = os.path.join(folder, ".ssh", "id_ed25519")
    for command in (
        ["git", "config", "--global", "user.name", "Alice"],
        ["git", "config", "--global", "user.email", "alice@example.com"],
        ["git", "init", "--quiet", "--initial-branch=main"],
        ["git", "add", "."],
        ["git", "commit", "--quiet", "--message=veran with its tests"],
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "alice@example.com", "-f", key],
    ):
        try:
            subprocess.run(command, cwd=repository, env=environ, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise StoreError(f"the demo cannot be set up: {error}", remedy="Install git and OpenSSH") from None
    return environ
