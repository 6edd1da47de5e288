"""Measure everything and print the table; `python -m benchmarks startup scale` measures parts of it."""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from benchmarks.environment import Installed, install
from benchmarks.measure import Figure

QUESTIONS = (
    "startup",
    "in_process",
    "verifying",
    "hooking",
    "appending",
    "syncing",
    "scale",
    "growing",
    "hashing",
    "examples",
    "dashboard",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; return 1 where a budget is not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("questions", nargs="*", metavar="QUESTION", help=f"any of {', '.join(QUESTIONS)}; default: all")
    asked = parser.parse_args(argv).questions or list(QUESTIONS)
    unknown = [question for question in asked if question not in QUESTIONS]
    if unknown:
        parser.error(f"unknown question {unknown[0]!r}; known: {', '.join(QUESTIONS)}")
    with tempfile.TemporaryDirectory(prefix="gitgates-bench-") as name:
        folder = Path(name)
        installed = install(folder)
        os.environ.update(installed.environ())  # the ledgers are built without this user's settings, too
        figures = [figure for question in asked for figure in _ask(question, installed, folder)]
    print(table(figures))
    print(f"\n{machine()}")
    return 0 if all(figure.is_met for figure in figures) else 1


def _ask(question: str, installed: Installed, folder: Path) -> Sequence[Figure]:
    print(f"measuring: {question}", file=sys.stderr, flush=True)
    place = folder / question
    place.mkdir()
    ask: Callable[[Installed, Path], Sequence[Figure]] = import_module(f"benchmarks.{question}").figures
    return ask(installed, place)


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table."""
    rows = ["| figure | budget | measured | |", "|---|---|---|---|"]
    rows += [f"| {f.name} | {_budget(f)} | {_shown(f.value)} {f.unit}{_verdict(f)} | {f.note} |" for f in figures]
    return "\n".join(rows)


def _budget(figure: Figure) -> str:
    if figure.budget is None:
        return "stated"
    return f"{'at least' if figure.at_least else 'at most'} {figure.budget:g} {figure.unit}"


def _shown(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def _verdict(figure: Figure) -> str:
    return "" if figure.is_met else " **missed**"


def machine() -> str:
    """Return what the figures depend on, without naming the machine."""
    git = subprocess.run(["git", "version"], check=True, capture_output=True, text=True).stdout.split()[2]
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, git {git}, {platform.system()}"


if __name__ == "__main__":
    sys.exit(main())
