"""What does a verdict on a batch of examples cost, against numpy's comparison of the same column?"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.environment import Installed
from benchmarks.measure import ROUNDS, Figure
from gitgates.api.examples import ExampleGate

_BUDGET = 3.0
_LARGE = (100_000, 1_000_000)
_SMALL = 1_000
"""Rows of a batch of Hugging Face's, if nothing else is asked for: all fixed costs."""
_SCORES_A_ROUND = 10_000_000


def figures(
    installed: Installed, folder: Path, large: Sequence[int] = _LARGE, scores: int = _SCORES_A_ROUND
) -> list[Figure]:
    """Measure columns of 64 and 32 bits; `scores` are judged in each round."""
    found = []
    for rows in large:
        for kind in (np.float64, np.float32):
            ours, numpys = _measure(rows, kind, scores)
            times = median(one / other for one, other in zip(ours, numpys, strict=True))
            note = f"{median(ours) * 1e6:.0f} µs against {median(numpys) * 1e6:.0f} µs"
            name = f"`ExampleGate` on {rows:,} scores, {kind.__name__}, against numpy's comparison"
            found.append(Figure(name, times, _BUDGET, "times", note))
    ours, numpys = _measure(_SMALL, np.float64, scores // 10)
    times = median(one / other for one, other in zip(ours, numpys, strict=True))
    note = f"{median(ours) * 1e6:.1f} µs against {median(numpys) * 1e6:.1f} µs"
    return [*found, Figure(f"`ExampleGate` on {_SMALL:,} scores", times, _BUDGET, "times", note)]


def _measure(rows: int, kind: type[np.floating[Any]], scores: int) -> tuple[list[float], list[float]]:
    """Return the CPU seconds of one verdict and of one comparison, round by round."""
    gate = ExampleGate("development")
    batch = {"quality": np.random.default_rng(1).random(rows).astype(kind)}
    low = kind(gate.thresholds.min_quality_score)
    repeats = max(1, scores // rows)
    if gate(batch).tolist() != (batch["quality"] >= low).tolist():
        raise RuntimeError("the verdicts are not those of the comparison")
    rounds = [
        (_seconds(lambda: gate(batch), repeats), _seconds(lambda: batch["quality"] >= low, repeats))
        for _ in range(ROUNDS)
    ]
    return [ours for ours, _ in rounds], [numpys for _, numpys in rounds]


def _seconds(work: Callable[[], object], repeats: int) -> float:
    started = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - started) / repeats
