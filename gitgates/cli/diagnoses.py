"""What `doctor` says beyond the ledger: whose `afs.gates` an import finds."""

from gitgates.integrations.afs import examine
from gitgates.ledger.health import Diagnosis, State


def afs_diagnosis() -> Diagnosis:
    """Return which `afs.gates` is in effect in this environment."""
    try:
        found = examine()
    except Exception as error:  # noqa: BLE001 -- AFS's own code runs here, and may raise anything
        return Diagnosis("afs", State.WARNING, f"importing AFS fails: {error!r}", "Reinstall AFS")
    if found.gates is None:
        text = "`import afs.gates` finds nothing: the .pth file of gitgates is not in effect here"
        return Diagnosis(
            "afs", State.WARNING, text, "Use gitgates' own names, or install gitgates with pip into this Python"
        )
    if not found.ours:
        text = f"AFS brings its own afs.gates ({found.gates}), which does not know this ledger"
        return Diagnosis("afs", State.WARNING, text, "Use `gitgates` and `from gitgates import ...`, or upgrade AFS")
    where = f"beside AFS in {found.afs}" if found.afs else "AFS is not installed"
    return Diagnosis("afs", State.OK, f"afs.gates is gitgates' ({where})")
