"""What do the hooks add to a push of records?"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.environment import Installed
from benchmarks.ledgers import Built, Shape, build
from benchmarks.measure import Command, Cost, Figure, milliseconds, ratio, side_by_side, yardstick
from gitgates.ledger.locate import DEDICATED_BRANCH
from gitgates.ledger.pin import CONFIG_KEY

_PRE_PUSH, _PRE_RECEIVE = "pre-push", "pre-receive"
_NEW = {_PRE_PUSH: 10, _PRE_RECEIVE: 100}
_BUDGETS = {_PRE_PUSH: 7.0, _PRE_RECEIVE: 12.0}


def figures(installed: Installed, folder: Path, *, models: int = 100) -> list[Figure]:
    """Measure the installed scripts on the last records of a ledger: few model versions with twenty records, many with
    one. git itself is not measured; the scripts get the arguments and lines that it gives them.

    Args:
        models: how many the large ledgers have; a small one shows that it makes no difference.
    """
    shapes = {
        "few": Shape(models=2),
        "long": Shape(models=models),
        "wide": Shape(models=models, versions=_NEW[_PRE_RECEIVE], plan="production report"),
    }
    commands = {"yardstick": yardstick(installed)}
    for name, shape in shapes.items():
        commands |= dict(hooks_of(installed, build(folder / name, shape)))
    costs = side_by_side(commands, environ_of(installed))
    base = costs.pop("yardstick")
    return [_figure(title, cost, base) for title, cost in sorted(costs.items())]


def environ_of(installed: Installed) -> dict[str, str]:
    """Return the environment in which the scripts find the gitgates that is measured, and no other."""
    environ = installed.environ()
    return {**environ, "PATH": f"{installed.python.parent}{os.pathsep}{environ['PATH']}"}


def _figure(title: str, costs: list[Cost], base: list[Cost]) -> Figure:
    note = f"{milliseconds(costs):.0f} ms against {milliseconds(base):.0f} ms"
    budget = next(most for hook, most in _BUDGETS.items() if hook in title)
    return Figure(title, ratio(costs, base), budget, "times", note)


def hooks_of(installed: Installed, built: Built) -> Iterator[tuple[str, Command]]:
    """Yield both hooks, each where it belongs: in the clone, and in a bare repository that has all objects already."""
    root = _git(built.path, "config", CONFIG_KEY)
    server = built.path.with_name(f"{built.path.name}.git")
    _git(built.path.parent, "clone", "--quiet", "--bare", built.path.name, server.name)
    _git(server, "config", CONFIG_KEY, root)
    new = _git(built.path, "rev-parse", DEDICATED_BRANCH)
    for hook, path in ((_PRE_PUSH, built.path), (_PRE_RECEIVE, server)):
        subprocess.run(
            installed.command("hooks", "install"), cwd=path, env=installed.environ(), check=True, capture_output=True
        )
        old = _git(built.path, "rev-parse", f"{DEDICATED_BRANCH}~{_NEW[hook]}")
        _git(server, "update-ref", DEDICATED_BRANCH, old)
        versions = -(-_NEW[hook] // built.shape.records_each)
        new_ones = f"`{hook}` of {_NEW[hook]} records of {versions} model version{'s' * (versions > 1)}"
        title = f"{new_ones}, in a ledger of {built.shape.records:,}"
        yield title, _command(path, hook, old, new, server)


def _command(path: Path, hook: str, old: str, new: str, server: Path) -> Command:
    folder = path if hook == _PRE_RECEIVE else path / ".git"
    script = str(folder / "hooks" / hook)
    if hook == _PRE_RECEIVE:
        return Command(lambda: [script], path, stdin=f"{old} {new} {DEDICATED_BRANCH}\n".encode())
    line = f"{DEDICATED_BRANCH} {new} {DEDICATED_BRANCH} {old}\n"
    return Command(lambda: [script, "origin", str(server)], path, stdin=line.encode())


def _git(path: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=path, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()
