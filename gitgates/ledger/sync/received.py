"""Which records a commit has, by the names of their files alone."""

from collections.abc import Sequence

from gitgates.errors import InvalidValue
from gitgates.model.names import ModelVersion
from gitgates.model.paths import LEDGER_FOLDER, MODELS_FOLDER, decode_component, id_in_name
from gitgates.store.comparing import differences, names_below
from gitgates.store.repository import Repository


def record_ids(repository: Repository, commit: str) -> tuple[str, ...]:
    """Return the ids of all records of a commit."""
    return tuple(filter(None, map(id_in_name, names_below(repository, commit, LEDGER_FOLDER))))


def new_records(repository: Repository, commits: Sequence[str], theirs: str) -> dict[str, str]:
    """Return the ids of the records that `theirs` has and none of `commits` has, each with its folder."""
    found: dict[str, str] | None = None
    for commit in commits:
        added = {
            identifier: one.folder
            for one in differences(repository, commit, theirs, LEDGER_FOLDER)
            if one.before is None and one.after is not None
            for identifier in (id_in_name(one.after.name.decode("utf-8", "replace")),)
            if identifier is not None
        }
        found = added if found is None else {one: folder for one, folder in found.items() if one in added}
    return found or {}


def version_of_folder(folder: str) -> ModelVersion | None:
    """Return the model version whose folder it is, None where it is another one."""
    if not folder.startswith(f"{MODELS_FOLDER}/"):
        return None
    try:
        model, version = map(decode_component, folder.removeprefix(f"{MODELS_FOLDER}/").split("/"))
        return ModelVersion(model, version)
    except (InvalidValue, ValueError):
        return None
