"""What `doctor` says beyond the ledger: whether the hooks are in force, and whose `afs.gates` an import finds."""

from collections.abc import Iterator

from gitgates.errors import StoreError
from gitgates.integrations.afs.environment import examine
from gitgates.integrations.hooks.installing import IN_FORCE, HookState, offered, status
from gitgates.ledger.health.diagnosis import Diagnosis, State
from gitgates.store.repository import Repository

_UNTOUCHED = (HookState.ABSENT, HookState.OTHER)


def hooks_diagnosis(path: str | None) -> Iterator[Diagnosis]:
    """Yield how the git hooks of the repository stand; nothing where there is none. To have none of ours is fine."""
    try:
        repository = Repository.open(path)
    except StoreError:  # told already
        return
    try:
        hooks = [status(repository, name) for name in offered(repository)]
    except StoreError as error:
        yield Diagnosis("hooks", State.WARNING, error.message, "Look at what is there")
        return
    if all(hook.state in _UNTOUCHED for hook in hooks):
        names = ", ".join(hook.name for hook in hooks)
        yield Diagnosis("hooks", State.OK, f"none is installed; `gitgates hooks install` would install {names}")
        return
    is_whole = all(hook.state in IN_FORCE for hook in hooks)
    text = "; ".join(f"{hook.name}: {hook.state}" for hook in hooks)
    remedy = "" if is_whole else "Run `gitgates hooks install`"
    yield Diagnosis("hooks", State.OK if is_whole else State.WARNING, text, remedy)


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
