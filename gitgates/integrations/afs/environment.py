"""Which AFS, and whose `afs.gates`, an `import` finds in this environment; for `doctor`."""

from importlib import util

from gitgates.model.frozen import frozen


@frozen
class AfsState:
    """What `import afs` and `import afs.gates` find.

    Attributes:
        afs: where the real AFS lies, or None where there is none.
        gates: the file that `import afs.gates` runs, or None where nothing provides it (the `.pth` file of gitgates is
            not in effect: a `--target` folder on PYTHONPATH, or `python -S`).
        ours: whether that file is gitgates'.
    """

    afs: str | None
    gates: str | None
    ours: bool


def _origin(name: str) -> str | None:
    """Return the file of module `name`, a folder for a package without `__init__.py`, or None. Imports its parents."""
    try:
        spec = util.find_spec(name)
    except ModuleNotFoundError:
        return None
    if spec is None:
        return None
    return spec.origin or next(iter(spec.submodule_search_locations or ()), None)


def examine() -> AfsState:
    """Look without running `afs.gates`; the real AFS's own `afs/__init__.py` runs, and may raise what it raises."""
    gates = _origin("afs.gates")
    return AfsState(afs=_origin("afs"), gates=gates, ours=gates == _origin("gitgates.integrations.afs_gates"))
