"""The reference document, and how its Python blocks are run."""

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


def run_block(heading: str, **names: Any) -> Names:
    """Run a block; `names` are those that the document leaves open. Returns all names it leaves behind."""
    names.setdefault("__name__", "block")
    exec(compile(python_block(heading), f"{DOCUMENT.name}: {heading}", "exec"), names)
    return names
