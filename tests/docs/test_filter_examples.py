"""docs/how-to/filter-examples.md: its commands and its Python do what it says."""

import gzip
import os
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from gitgates import ExampleGate, GateThresholds, ModelMetrics, QualityGate
from tests.cli.project import environment
from tests.docs.markdown import blocks
from tests.support import CHECKOUT, run

PAGE = CHECKOUT / "docs/how-to/filter-examples.md"
LINES = b'{"quality": 0.9}\n{"quality": 0.3}\n{"quality": 0.6}\n'


def indented() -> list[str]:
    return [line.strip() for line in PAGE.read_text().splitlines() if line.startswith("    ")]


def test_commands(tmp_path: Path) -> None:
    (tmp_path / "examples.jsonl").write_bytes(LINES)
    (tmp_path / "examples.jsonl.gz").write_bytes(gzip.compress(LINES))
    program = tmp_path / "bin" / "gitgates"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m gitgates "$@"\n')
    program.chmod(0o755)
    environ = environment(PATH=f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    first, second = (line for line in indented() if "gitgates filter" in line)
    done = run("sh", "-c", first, cwd=tmp_path, env=environ)
    assert (done.code, done.out) == (0, "kept 2 of 3 examples; 1 with quality below 0.5\n"), done
    assert (tmp_path / "kept.jsonl").read_bytes().count(b"\n") == 2
    assert (tmp_path / "rejected.jsonl").read_bytes() == b'{"quality": 0.3}\n'
    done = run("sh", "-c", second, cwd=tmp_path, env=environ)
    assert done.code == 0, done
    assert gzip.decompress((tmp_path / "kept.jsonl.gz").read_bytes()) == b'{"quality": 0.9}\n'


def test_python() -> None:
    first = blocks(PAGE, "python")[0]
    names: dict[str, Any] = {}
    for line in first.text.splitlines():
        code, _, told = line.partition("  # ")
        if told:
            assert eval(code, names) == eval(told), line
        else:
            exec(code, names)


@pytest.mark.parametrize("score", [0.0, 0.69, 0.7, 1.0])
@pytest.mark.parametrize("context", ["development", "staging", "production"])
def test_the_call_that_the_verdict_is_that_of(context: str, score: float) -> None:
    (call,) = (line for line in indented() if line.startswith("QualityGate("))
    thresholds = GateThresholds(min_throughput_tokens_per_sec=0)
    names = {"QualityGate": QualityGate, "ModelMetrics": ModelMetrics}
    result = eval(call, {**names, "context": context, "thresholds": thresholds, "score": score})
    assert result.passed is ExampleGate(context).passes(score)
