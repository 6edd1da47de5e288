"""What does the data of a dashboard cost, verified, and once more while nothing has changed?"""

import os
from pathlib import Path
from statistics import median

from benchmarks.environment import Installed
from benchmarks.ledgers import Shape, build
from benchmarks.measure import Command, Cost, Figure, run_once
from gitgates.ledger.dashboard.kept import FILE_NAME

_ROUNDS = 3
_PLAN = "development report approve staging report approve production report approve"

_LOOP = """
import sys
from gitgates import RegistryIntegration
registry = RegistryIntegration()
data, approved = {}, 0
for number in range(int(sys.argv[1])):
    model_name = f"model-{number:04}"
    data[model_name] = {}
    for context in ["development", "staging", "production"]:
        approvals = registry.list_approved_versions(model_name, context)
        data[model_name][context] = {
            "approved_versions": approvals,
            "latest_approval": registry.get_approval_status(
                model_name, approvals[-1] if approvals else None, context
            ),
        }
        approved += len(approvals)
sys.exit(0 if approved == int(sys.argv[2]) else 1)
"""
"""The loop of the reference document, for every model."""

_BARE = """
import sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
key, message = Ed25519PrivateKey.generate(), bytes(118)
public, signature = key.public_key(), key.sign(message)
for _ in range(int(sys.argv[1])):
    public.verify(signature, message)
"""


def figures(
    installed: Installed, folder: Path, *, models: int = 200, versions: int = 50, rounds: int = _ROUNDS
) -> list[Figure]:
    """Measure the loop in a ledger of `models` with a report and an approval of each version in three contexts."""
    built = build(folder / "ledger", Shape(models=models, versions=versions, plan=_PLAN))
    python, records = os.fspath(installed.python), built.shape.records
    loop = Command(lambda: [python, "-c", _LOOP, str(models), str(records // 2)], built.path)
    bare = Command(lambda: [python, "-c", _BARE, str(records)], built.path)
    cache = built.path / ".git" / FILE_NAME
    anew: list[tuple[Cost, Cost]] = []
    again: list[Cost] = []
    for _ in range(rounds):
        cache.unlink(missing_ok=True)
        anew.append((run_once(loop, installed.environ()), run_once(bare, installed.environ())))
        again.append(run_once(loop, installed.environ()))
    relative = median(one.seconds / other.seconds for one, other in anew)
    spent, yardstick = median(one.seconds for one, _ in anew), median(other.seconds for _, other in anew)
    note = f"{spent:.1f} s against {yardstick:.1f} s, {records:,} records"
    name = "a dashboard's data in Python, against bare ed25519 verifications of as many records"
    seconds = median(cost.seconds for cost in again)
    return [
        Figure(name, relative, 2.5, "times", note),
        Figure("the same again, while nothing has changed", seconds, 1.0, "s of CPU"),
    ]
