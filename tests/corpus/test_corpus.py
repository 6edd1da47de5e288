"""Real files of other tools against the ground truth of the corpus beside the checkout, file by file.

The rules of comparison, and the cases in which the product's own counting differs on purpose, each with its reason,
are in `of_tests.py`, `of_security.py` and `of_model.py`.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from gitgates.errors import InputFileError
from gitgates.formats.base import Reading, Role
from gitgates.formats.detect import read, read_document
from gitgates.formats.options import DEFAULTS, ReadOptions
from gitgates.formats.registry import FORMATS
from tests.corpus import of_model, of_security, of_tests
from tests.corpus.rules import Rule

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
RULES = of_tests.RULES | of_security.RULES | of_model.RULES
ON_PURPOSE = of_tests.ON_PURPOSE | of_security.ON_PURPOSE | of_model.ON_PURPOSE
REFUSED = of_tests.REFUSED | of_security.REFUSED | of_model.REFUSED
NATIVE = {
    "afs-native/tests-a.json": Role.TESTS,
    "afs-native/tests-b.json": Role.TESTS,
    "afs-native/model-a.json": Role.MODEL,
    "afs-native/security-a.json": Role.SECURITY,
}
# No gate judges it, and a note says so.
ON_PURPOSE["afs-native/model-a.json"] = {"baseline_accuracy": None}


def _entries() -> list[dict[str, Any]]:
    if not (CORPUS / "manifest.toml").exists():
        return []
    files: list[dict[str, Any]] = tomllib.loads((CORPUS / "manifest.toml").read_text(encoding="utf-8"))["file"]
    return files


def _rule(entry: dict[str, Any]) -> Rule:
    if entry["file"] in NATIVE:
        return Rule(NATIVE[entry["file"]], dict)
    return RULES.get(entry["file"]) or RULES[entry["format"]]


def _read(role: Role, file: str, options: ReadOptions = DEFAULTS) -> Reading:
    if (folder := of_model.folder(CORPUS, file)) is not None:
        return read_document(role, folder, options)
    return read(role, file, (CORPUS / file).read_bytes(), options)


ENTRIES = _entries()
NAMES = [entry["file"] for entry in ENTRIES]


@pytest.mark.skipif(not ENTRIES, reason="the corpus is not beside this checkout")
def test_each_format_of_the_corpus_is_read_and_each_exception_is_of_a_file_in_it() -> None:
    assert {entry["format"] for entry in ENTRIES} == {"afs-native", *RULES} - set(NAMES)
    assert {*ON_PURPOSE, *REFUSED, *NATIVE, *of_model.OPTIONS} <= set(NAMES)


def _close(value: Any) -> Any:
    """Allow for the manifest's rounding to four digits behind the point."""
    return pytest.approx(value, abs=5e-5) if isinstance(value, float) else value


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_real_file_gives_the_true_numbers(entry: dict[str, Any]) -> None:
    rule, file = _rule(entry), entry["file"]
    options = of_model.OPTIONS.get(file, rule.options)
    if file in REFUSED:
        with pytest.raises(InputFileError, match=REFUSED[file]):
            _read(rule.role, file, options)
        return
    expected = rule.expected(entry["truth"]) | ON_PURPOSE.get(file, {})
    found = _read(rule.role, file, options).metrics.to_dict()
    assert {name: found.get(name) for name in expected} == {name: _close(value) for name, value in expected.items()}


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_real_file_given_with_a_wrong_flag_is_refused(entry: dict[str, Any]) -> None:
    for role in set(Role) - {_rule(entry).role}:
        # What has no mark of its own is taken for metrics only where it is given as metrics.
        with pytest.raises(
            InputFileError, match="of no known format" if entry["format"] == "dvc" else "Give it with --"
        ):
            _read(role, entry["file"])


@pytest.mark.skipif(not ENTRIES, reason="the corpus is not beside this checkout")
def test_no_row_of_the_registry_hides_a_file_from_its_format() -> None:
    """A row without marks shows each file to the format, so with and without marks the same formats must match."""
    import attrs

    from gitgates.formats.detect import _matching
    from gitgates.formats.document import parse

    for name in NAMES:
        if of_model.folder(CORPUS, name) is not None:
            continue
        document = parse(name, (CORPUS / name).read_bytes())
        seen = [item.name for item in _matching(document, FORMATS)]
        assert seen == [item.name for item in _matching(document, [attrs.evolve(row, marks=()) for row in FORMATS])]
