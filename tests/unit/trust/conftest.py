import pytest

from tests.unit.trust import forge


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, forge.Made]:
    """One key of each type that needs no hardware, with its signature of `forge.MESSAGE` as ssh-keygen wrote it."""
    at = tmp_path_factory.mktemp("types")
    found = {}
    for name, options in forge.TYPES.items():
        public = forge.make_key(at / name, *options)
        found[name] = forge.Made(at / name, public, forge.sign(at / name))
    return found
