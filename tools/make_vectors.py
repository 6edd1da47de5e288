"""Make the test vectors of the record format: `python -m tools.make_vectors [FOLDER]`, by default `tests/vectors`.

Every run gives the same bytes. README.md in that folder is written by hand and left alone.
"""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gitgates.codec.json_text import render
from gitgates.model.paths import LEDGER_FOLDER
from tools.vectors_gates import gates, unknown_severities
from tools.vectors_invalid import build_invalid
from tools.vectors_ledger import Built, build
from tools.vectors_metrics import metrics
from tools.vectors_signing import ALICE, BOB, MALLORY
from tools.vectors_values import values
from tools.vectors_waivers import waivers

FORMAT = "gitgates-vectors/1"
DEFAULT = Path(__file__).resolve().parent.parent / "tests" / "vectors"


def make() -> dict[str, bytes]:
    """Return every file of the vectors by its path."""
    built = build()
    files = {f"ledger{path.removeprefix(LEDGER_FOLDER)}": data for path, data in built.files.items()}
    invalid = []
    for item in build_invalid(built):
        file = f"invalid/{item.name}.json"
        files |= {file: item.data, f"{file}.sig": item.signature}
        told = {"name": item.name, "file": file, "path": item.path, "step": item.step, "reason": item.reason}
        invalid.append(told | {"newer": item.newer, "says": item.says})
    rules = {"gates": gates(), "unknown_severities": unknown_severities(), "metrics": metrics(), "waivers": waivers()}
    for name, content in (values() | rules).items():
        files[f"values/{name}.json"] = render(content)
    index = {
        "format": FORMAT,
        "keys": [_key(key) for key in (ALICE, BOB, MALLORY)],
        "known_keys": [key.public.text for key in (ALICE, BOB)],
        "root": built.ids["root"],
        "valid": [_valid(built, name) for name in built.paths],
        "invalid": invalid,
        "decisions": _decisions(built),
        "values": sorted(file for file in files if file.startswith("values/")),
    }
    return files | {"vectors.json": render(index)}


def _key(key: Any) -> dict[str, Any]:
    return {"principal": key.principal, "seed": key.seed.hex(), "public": key.public.text}


def _valid(built: Built, name: str) -> dict[str, Any]:
    path = built.paths[name]
    file = f"ledger{path.removeprefix(LEDGER_FOLDER)}"
    return {"name": name, "file": file, "path": path, "id": built.ids[name], "key": built.authors[name].public.text}


def _decisions(built: Built) -> list[Mapping[str, Any]]:
    """Return what the ledger says at some times, with some records left out; every answer is written by hand."""
    january, march, long_ago = (
        "2026-01-06T00:00:00.000000Z",
        "2026-03-15T00:00:00.000000Z",
        "2026-01-05T09:01:00.000000Z",
    )
    cases = (
        ("v6.2", "production", january, (), "allowed", ""),
        ("v6.2", "production", march, (), "denied", ""),
        ("v6.2", "production", long_ago, (), "cannot decide", "clock"),
        ("v6.2", "production", january, ("approval",), "cannot decide", "incomplete"),
        ("v6.2", "production", january, ("report",), "cannot decide", "incomplete"),
        ("v6.2", "production", january, ("report-after-deployment",), "allowed", ""),
        ("v6.2", "production", january, ("endorsement",), "cannot decide", "incomplete"),
        ("v6.2", "staging", january, (), "denied", ""),
        ("v6.2", "mars", january, (), "denied", ""),
        ("v6.3", "development", january, (), "denied", ""),
        ("v6.3", "development", january, ("rollback",), "allowed", ""),
        ("v6.3", "development", january, ("rollback", "approval-forced"), "denied", ""),
        ("v6.3", "development", january, ("withdrawal",), "cannot decide", "incomplete"),
        ("v5.0", "production", january, (), "denied", ""),
        ("v6.4", "production", january, (), "denied", ""),
        ("v6.5", "development", january, (), "denied", ""),
    )
    return [
        {
            "model": "veran",
            "version": version,
            "context": context,
            "now": now,
            "without": [built.ids[name] for name in left_out],
            "answer": answer,
            "cause": cause,
        }
        for version, context, now, left_out, answer, cause in cases
    ]


def write(folder: Path) -> None:
    """Write the vectors into `folder`, in place of older ones."""
    for name in ("ledger", "invalid", "values"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for path, data in make().items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
