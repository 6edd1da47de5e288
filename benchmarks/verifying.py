"""What does `verify` cost per record, does it share its work, and does its memory stay put?"""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from benchmarks.environment import Installed
from benchmarks.ledgers import Built, Shape, build
from benchmarks.measure import MIB, Command, Figure, run_once

_ROUNDS = 7
_MEMORY_LIMIT = 64

_BARE = """
import time
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
key, message = Ed25519PrivateKey.generate(), bytes(118)
public, signature = key.public_key(), key.sign(message)
start = time.process_time()
for _ in range(5000):
    public.verify(signature, message)
print((time.process_time() - start) / 5000)
"""


def figures(installed: Installed, folder: Path, *, models: int = 200, many_models: int = 1000) -> list[Figure]:
    """Measure `verify` on a middling ledger in every figure, and its memory on a large one too."""
    middling, large = (
        build(folder / "middling", Shape(models=models)),
        build(folder / "large", Shape(models=many_models)),
    )
    environ = installed.environ()
    bare, per_record, faster = [], [], []
    for _ in range(_ROUNDS):  # in turns, so that what else the machine does falls on all alike
        bare.append(_bare_verification(installed, environ))
        alone = run_once(_verify(installed, middling, jobs=1), environ)
        shared = run_once(_verify(installed, middling, jobs=2), environ)
        per_record.append(alone.seconds / middling.shape.records)
        faster.append(alone.elapsed / shared.elapsed)
    relative = median(one / other for one, other in zip(per_record, bare, strict=True))
    note = f"{median(per_record) * 1e6:.0f} µs against {median(bare) * 1e6:.0f} µs"
    return [
        Figure("`verify`, per record, against a bare ed25519 verification", relative, 4.0, "times", note),
        Figure("`verify` with two processes, against one", median(faster), 1.7, "times as fast", at_least=True),
        *(_memory(installed, built) for built in (middling, large)),
    ]


def _verify(installed: Installed, built: Built, *, jobs: int) -> Command:
    argv = installed.command("verify", "--jobs", str(jobs))
    return Command(lambda: argv, built.path)


def _bare_verification(installed: Installed, environ: Mapping[str, str]) -> float:
    """Return the CPU seconds of one verification with nothing around it."""
    argv = [str(installed.python), "-c", _BARE]
    return float(subprocess.run(argv, env=environ, check=True, stdout=subprocess.PIPE).stdout)


def _memory(installed: Installed, built: Built) -> Figure:
    peak = run_once(_verify(installed, built, jobs=2), installed.environ()).peak_bytes / MIB
    return Figure(f"`verify`, peak memory at {built.shape.records:,} records", peak, _MEMORY_LIMIT, "MiB")
