"""A machine that a CI system starts a job on: real git, bash, pytest and gitgates, and next to nothing of its own.

What the jobs install is here already, so `pip` only notes what it was asked for, and a project that is installed with
`-e .` is found by PYTHONPATH. `trivy` is no scanner: it hands out what a real one wrote, see tests/data/ci. `docker`
does nothing.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

from gitgates.cli.demo import FILES
from tests.support import CHECKOUT, Gitgates, Keys, Result, git, run

SCAN = CHECKOUT / "tests/data/ci/trivy.json"
REPOSITORY = "example/veran"

_PYTHON = """\
#!/bin/sh
[ "$1" = -P ] && shift
case "$1 $2" in
  "-m pip") shift 2; exec pip "$@" ;;
  "-m venv") mkdir -p "$3/bin" && exec ln -s {programs}/* "$3/bin/" ;;
esac
PYTHONPATH="$PWD/src:$PYTHONPATH" exec {python} "$@"
"""
_PROGRAMS = {
    "python": _PYTHON,
    "python3": _PYTHON,
    "pip": '#!/bin/sh\necho "$@" >> {programs}/../installed\n',
    "pytest": '#!/bin/sh\nexec python -m pytest -p no:cacheprovider "$@"\n',
    "gitgates": '#!/bin/sh\nexec {python} -m gitgates "$@"\n',
    "docker": "#!/bin/sh\n",
    "trivy": """\
#!/bin/sh
while [ $# -gt 0 ]; do
  if [ "$1" = --output ]; then cp {scan} "$2"; fi
  shift
done
""",
}
PROJECT = {
    "src/veran/__init__.py": "def double(number):\n    return 2 * number\n",
    "src/afs/__init__.py": "def double(number):\n    return 2 * number\n",
    "tests/test_double.py": "import afs, veran\n\n"
    "def test_veran():\n    assert veran.double(2) == 4\n\n"
    "def test_afs():\n    assert afs.double(2) == 4\n",
    "evaluate.py": "import pathlib\nprint(pathlib.Path('metrics.json.kept').read_text())\n",
    "deploy.sh": '#!/bin/sh\necho "$GATES_MODEL:$GATES_VERSION to $GATES_TARGET" >> "$HOME/deployed"\n',
    ".gitignore": "__pycache__/\n.coverage\n",
}
PUSH_IS_ALLOWED = "TEST_MAY_PUSH"
"""Set in the environment of what may push: a stand-in for the credentials of a host, asked for by a hook of origin."""
_HOOK = f"""\
#!/bin/sh
[ -n "${PUSH_IS_ALLOWED}" ] || {{ echo "no permission to push" >&2; exit 1; }}
"""


@attrs.frozen
class Origin:
    """The repository as its host has it, with a ledger of which alice, bob (checker) and carol (deployer) are members.

    Attributes:
        path: the bare repository.
        work: alice's clone.
        root: of the ledger.
        branch: that the ledger is on.
    """

    path: Path
    work: Path
    root: str
    branch: str
    keys: Keys
    gitgates: Gitgates

    def head(self, ref: str = "refs/heads/main") -> str:
        return git(self.path, "rev-parse", ref)

    def refs(self) -> dict[str, str]:
        lines = git(self.path, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.split() for line in lines)

    def reports(self) -> list[str]:
        """Return the subjects of the commits that recorded something but a policy, the newest first."""
        found = git(self.path, "log", "--format=%s", "--grep=^Gates-Record:", self.branch).splitlines()
        return [line for line in found if " policy " not in line]

    def pull_request(self) -> tuple[str, str]:
        """Open pull request 1 as GitHub does; return the commits of its head and of the merge that is checked out."""
        git(self.work, "switch", "--quiet", "--create", "change", "main")
        (self.work / "NEWS.md").write_text("Faster.\n")
        git(self.work, "add", "NEWS.md")
        git(self.work, "commit", "--quiet", "--message", "Faster")
        self.push("HEAD:refs/pull/1/head")
        git(self.work, "switch", "--quiet", "--detach", "main")
        git(self.work, "merge", "--quiet", "--no-ff", "--message", "Merge 1", "change")
        self.push("HEAD:refs/pull/1/merge")
        git(self.work, "switch", "--quiet", "main")
        return self.head("refs/pull/1/head"), self.head("refs/pull/1/merge")

    def push(self, *refspecs: str) -> None:
        done = run("git", "push", "--quiet", "origin", *refspecs, cwd=self.work, env={PUSH_IS_ALLOWED: "yes"})
        assert done.code == 0, done

    def as_alice(self, *args: str) -> Result:
        """Run gitgates in alice's clone; she may push."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GITGATES_SIGNING_KEY", str(self.keys.alice.path))
            patch.setenv(PUSH_IS_ALLOWED, "yes")
            done = self.gitgates(*args, cwd=self.work)
        assert done.code == 0, done
        return done


def make_origin(path: Path, keys: Keys, gitgates: Gitgates, branch: str) -> Origin:
    """Make the project, its ledger and its members, all pushed; only who is told to may push from then on."""
    origin, work = path / "origin.git", path / "alice"
    git(path, "init", "--quiet", "--bare", origin)
    git(path, "clone", "--quiet", origin, work)
    numbers = (Path(FILES) / "metrics-v6.1.json").read_text()
    for name, text in {**PROJECT, "metrics.json": numbers, "metrics.json.kept": numbers}.items():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(text)
    (work / "deploy.sh").chmod(0o755)
    git(work, "add", ".")
    git(work, "commit", "--quiet", "--message", "A model")
    git(work, "push", "--quiet", "origin", "main")
    own = ("--ledger-branch", branch) if branch != "main" else ()
    made = Origin(origin, work, "", branch, keys, gitgates)
    value = json.loads(made.as_alice("init", *own, "--push", "--json").out)
    for key, role in ((keys.bob, "checker"), (keys.carol, "deployer")):
        made.as_alice("member", "add", key.principal, "--role", role, "--public-key", key.public, "--push")
    hook = origin / "hooks/pre-receive"
    hook.write_text(_HOOK)
    hook.chmod(0o755)
    return attrs.evolve(made, root=value["root"])


@attrs.frozen
class Machine:
    """Where jobs run.

    Attributes:
        path: the programs, the home of the jobs and their folders are below it.
    """

    path: Path

    @classmethod
    def make(cls, path: Path) -> "Machine":
        programs = path / "programs"
        programs.mkdir(parents=True)
        (path / "home").mkdir()
        for name, text in _PROGRAMS.items():
            script = programs / name
            script.write_text(text.format(programs=programs, python=sys.executable, scan=SCAN))
            script.chmod(0o755)
        return cls(path)

    @property
    def home(self) -> Path:
        return self.path / "home"

    def installed(self) -> list[str]:
        """Return what pip was asked for, a call a line."""
        return (self.path / "installed").read_text().splitlines()

    def environment(self, **more: str) -> dict[str, str]:
        """Return all that a job sees; nobody has told git who it is."""
        return {
            "PATH": f"{self.path / 'programs'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": f"{CHECKOUT}{os.pathsep}{CHECKOUT / 'shim'}",
            "CI": "true",
            **more,
        }

    def folder(self, name: str) -> Path:
        """Return a new folder for a job."""
        number = len(list(self.path.glob(f"{name}-*"))) + 1
        made = self.path / f"{name}-{number}"
        made.mkdir()
        return made

    def bash(self, script: str, cwd: Path, environ: dict[str, str], *options: str) -> Result:
        """Run a script as the CI systems do: from a file, in an environment that holds `environ` alone."""
        file = self.path / "script.sh"
        file.write_text(script)
        return run("env", "-i", *(f"{k}={v}" for k, v in environ.items()), "bash", *options, file, cwd=cwd)


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return `below` with what `above` has; tables are merged, all else is replaced."""
    result = dict(below)
    for name, value in above.items():
        old = result.get(name)
        result[name] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result
