"""The reference document, and how its Python blocks are run."""

import ast
from typing import Any

import pytest

from tests.docs.markdown import blocks
from tests.support import CHECKOUT

DOCUMENT = CHECKOUT.parent / "shared/reference/gates-integration.md"
ABSENT = pytest.mark.skipif(not DOCUMENT.exists(), reason="the reference document is not beside this checkout")

Names = dict[str, Any]


def python_block(heading: str) -> str:
    (block,) = (block for block in blocks(DOCUMENT, "python") if block.heading == heading)
    return block.text


class FillIn(ast.NodeTransformer):
    """Puts a number where the document passes `...` for "whatever you measured"; everything else stays as printed."""

    def visit_keyword(self, node: ast.keyword) -> ast.keyword:
        if isinstance(node.value, ast.Constant) and node.value.value is Ellipsis:
            node.value = ast.copy_location(ast.Constant(0.9), node.value)
        return node


def run_block(heading: str, **names: Any) -> Names:
    """Run a block; `names` are those that the document leaves open. Returns all names it leaves behind."""
    names.setdefault("__name__", "block")
    tree = FillIn().visit(ast.parse(python_block(heading)))
    exec(compile(ast.fix_missing_locations(tree), f"{DOCUMENT.name}: {heading}", "exec"), names)
    return names
