"""What does `verify` cost per record, does it share its work, and does its memory stay put?"""

import json
from pathlib import Path
from statistics import median

from benchmarks.environment import Installed
from benchmarks.ledgers import Built, Shape, build
from benchmarks.measure import MIB, Command, Figure, run_once

_ROUNDS = 5
_MEMORY_LIMIT = 64

_CODE = """
import json, sys, time
from datetime import UTC, datetime

def timed(jobs):
    from gitgates.ledger.reading import Ledger
    from gitgates.ledger.verification.verify import verify
    wall, cpu = time.perf_counter(), time.process_time()
    with Ledger.open(environ={}) as ledger:
        done = verify(ledger, datetime.now(UTC), jobs=jobs)
    if done.records != int(sys.argv[2]) or not done.is_clean:
        raise SystemExit(f"{done.records} records, {done.findings[:3]}")
    return time.perf_counter() - wall, time.process_time() - cpu

def bare(count=2000):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    key, message = Ed25519PrivateKey.generate(), bytes(118)
    public, signature = key.public_key(), key.sign(message)
    start = time.process_time()
    for _ in range(count):
        public.verify(signature, message)
    return (time.process_time() - start) / count

if __name__ == "__main__":
    jobs = int(sys.argv[1])
    before = bare()
    wall, cpu = timed(jobs)
    result = {"wall": wall, "cpu": cpu, "bare": (before + bare()) / 2}
    with open(sys.argv[3], "w") as file:
        json.dump(result, file)
"""


def figures(installed: Installed, folder: Path, *, models: int = 100, many_models: int = 1000) -> list[Figure]:
    """Measure `verify` on a middling ledger, and its memory on a large one.

    The work is shared in processes that start anew, so the code lies in a file that they can import.
    """
    middling, large = build(folder / "verify", Shape(models=models)), build(folder / "large", Shape(models=many_models))
    run = _Runs(installed, folder)
    alone, shared = [], []
    for _ in range(_ROUNDS):  # in turns, so that what else the machine does falls on both alike
        alone.append(run(middling, 1))
        shared.append(run(middling, 2))
    records = middling.shape.records
    per_record = median(one["cpu"] / records / one["bare"] for one in alone)
    micro = median(one["cpu"] / records for one in alone) * 1e6
    faster = median(one["wall"] / two["wall"] for one, two in zip(alone, shared, strict=True))
    note = f"{micro:.0f} µs against {median(one['bare'] for one in alone) * 1e6:.0f} µs"
    peak = {built.shape.records: run(built, 2)["peak"] / MIB for built in (middling, large)}
    return [
        Figure("`verify`, per record, against a bare ed25519 verification", per_record, 4.0, "times", note),
        Figure("`verify` with two processes, against one", faster, 1.7, "times as fast", at_least=True),
        *(
            Figure(f"`verify`, peak memory at {count:,} records", value, _MEMORY_LIMIT, "MiB")
            for count, value in peak.items()
        ),
    ]


class _Runs:
    """Runs `verify` in a process of its own."""

    def __init__(self, installed: Installed, folder: Path) -> None:
        self._installed = installed
        self._script = folder / "run_verify.py"
        self._script.write_text(_CODE)
        self._result = folder / "run_verify.json"

    def __call__(self, built: Built, jobs: int) -> dict[str, float]:
        argv = [str(self._installed.python), str(self._script), str(jobs), str(built.shape.records), str(self._result)]
        cost = run_once(Command(lambda: argv, built.path), self._installed.environ())
        return {**json.loads(self._result.read_text()), "peak": cost.peak_bytes}
