"""How the files are shown that a report was made from, and which of their numbers were taken."""

from typing import Any

from gitgates.model.provenance import Input


def input_value(item: Input) -> dict[str, Any]:
    """Return a file for JSON, as the record has it."""
    value: dict[str, Any] = {"role": item.role, "file": item.file, "format": item.format, "sha256": item.sha256}
    if item.read_from:
        value["read_from"] = [{"metric": source.metric, "path": source.path} for source in item.read_from]
    return value


def input_line(item: Input) -> str:
    """Return a file as a line for people: what it was read as, and the numbers that were chosen among several."""
    chosen = "".join(f", {source.metric} from {source.path}" for source in item.read_from or ())
    return f"{item.role}: {item.file} ({item.format}{chosen}), sha256 {item.sha256}"
