"""What the packaging tests share: one wheel, built from a copy of the checkout."""

import sys
from pathlib import Path

import pytest

from tests.packaging.environments import copy_of_checkout
from tests.support import run


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = copy_of_checkout(tmp_path_factory.mktemp("source"))
    out = tmp_path_factory.mktemp("wheel")
    built = run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, source)
    assert built.code == 0, built.out + built.err
    (wheel,) = out.glob("*.whl")
    return wheel
