"""The threat model and the attack tables say the same: every link leads to a test, and every test is linked."""

import ast
import re

import pytest

from tests.support import CHECKOUT

DOCUMENT = CHECKOUT / "docs" / "threat-model.md"
MODULES = sorted(
    path for path in (CHECKOUT / "tests" / "security").glob("test_*.py") if path.name != "test_threat_model.py"
)
LINK = re.compile(r"`tests/security/(test_\w+\.py)::(test_\w+)(?:\[([^]]+)\])?`")
LOOSE = re.compile(r"tests/security/\w+\.py|test_\w+\.py::|::test_")


def links() -> set[tuple[str, str, str]]:
    """Return module, test and row of every link; the row is "" where the link names none."""
    return set(LINK.findall(DOCUMENT.read_text()))


def names_in(module: str) -> set[str]:
    tree = ast.parse((CHECKOUT / "tests" / "security" / module).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def texts_in(module: str) -> set[str]:
    tree = ast.parse((CHECKOUT / "tests" / "security" / module).read_text())
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_link_leads_to_a_test() -> None:
    there = {path.name: names_in(path.name) for path in MODULES}
    assert [(module, name) for module, name, _ in sorted(links()) if name not in there.get(module, ())] == []


def test_every_row_that_is_linked_is_there() -> None:
    there = {path.name: texts_in(path.name) for path in MODULES}
    rows = [(module, row) for module, _, row in sorted(links()) if row and row not in there.get(module, ())]
    assert rows == []


@pytest.mark.parametrize("module", [path.name for path in MODULES])
def test_every_test_is_linked(module: str) -> None:
    linked = {name for linked_module, name, _ in links() if linked_module == module}
    assert names_in(module) - linked == set()


def test_no_link_is_spelled_in_another_way() -> None:
    assert LOOSE.findall(LINK.sub("", DOCUMENT.read_text())) == []


def test_every_row_of_the_tables_ends_in_a_link() -> None:
    """Tables of attacks have the heading `| Attack |`; each of their rows names the test that carries it out."""
    rows, inside = [], False
    for line in DOCUMENT.read_text().splitlines():
        inside = (inside or line.startswith("| Attack |")) and line.startswith("|")
        if inside and not line.startswith(("| Attack |", "|---")):
            rows.append(line)
    assert len(rows) > 20
    assert [row for row in rows if not LINK.search(row.split("|")[-2])] == []
