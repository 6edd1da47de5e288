"""What does a whole command cost, and how much memory does it take?"""

from pathlib import Path

from benchmarks.commands import commands_on
from benchmarks.environment import Installed
from benchmarks.ledgers import Shape, build
from benchmarks.measure import Figure, milliseconds, peak_mib, ratio, side_by_side, yardstick

_BUDGETS = {"can-deploy": 5.0, "status": 5.0, "check": 7.0}


def figures(installed: Installed, folder: Path) -> list[Figure]:
    """Measure commands on a version with 20 records."""
    built = build(folder / "startup", Shape())
    commands = {"yardstick": yardstick(installed), **commands_on(installed, built, folder)}
    costs = side_by_side(commands, installed.environ())
    base = costs.pop("yardstick")
    found = []
    for name, budget in _BUDGETS.items():
        note = f"{milliseconds(costs[name]):.0f} ms against {milliseconds(base):.0f} ms"
        found.append(Figure(f"`{name}`, whole process", ratio(costs[name], base), budget, "times", note))
    peak = max(peak_mib(cost) for cost in costs.values())
    return [*found, Figure("peak memory of these", peak, 48, "MiB")]
