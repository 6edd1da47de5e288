"""What keeps a reader from knowing every record, each with the command that mends it."""

from collections.abc import Set

from gitgates.decision.knowledge import Obstacle
from gitgates.errors import StoreError
from gitgates.ledger.continuity import Lost
from gitgates.ledger.files import Foreign
from gitgates.ledger.locate import REFUSED, Location
from gitgates.ledger.overwriting import overwriting_fetches
from gitgates.store.repository import Repository

RESTORE = "Bring back what is gone: `gitgates doctor --restore`"


def clone_obstacles(repository: Repository, location: Location) -> tuple[Obstacle, ...]:
    """Return what the clone lacks as a whole."""
    obstacles = []
    if repository.is_shallow:
        text = "this clone is shallow: what older commits held cannot be told"
        obstacles.append(Obstacle("shallow", text, "Run `git fetch --unshallow`"))
    obstacles += overwriting_fetches(repository.config)
    for ref in location.broken:
        text = f"{ref} names a commit that this clone does not have, so it cannot be told what the clone knew"
        remedy = "Fetch it from a clone that has it; or `gitgates doctor --accept-rewind`, where that is lost for good"
        obstacles.append(Obstacle("unreadable", text, remedy))
    for name in dict.fromkeys(ref.removeprefix(f"{REFUSED}/").rpartition("/")[0] for ref in location.refused):
        text = f"incomplete: the last sync refused {name}, and records that came with it are not read"
        remedy = "See why with `gitgates sync`; where records were lost, `gitgates sync --restore` brings them back"
        obstacles.append(Obstacle("incomplete", text, remedy))
    return tuple(obstacles)


def policies_elsewhere(known: Set[str], there: Set[str], ref: str) -> tuple[Obstacle, ...]:
    """Return an obstacle where a place that was read beside the ledger's branch has policies that the branch lacks.

    Args:
        known: ids of the accepted policies.
        there: ids of the policies on the branch `ref`.
    """
    lacking = sorted(known - there)
    if not lacking:
        return ()
    text = f"incomplete: {ref} lacks policies that this clone has elsewhere: {', '.join(lacking)}"
    return (Obstacle("incomplete", text, "Run `gitgates sync`; if that does not help, somebody took them away"),)


def lost_obstacles(lost: tuple[Lost, ...]) -> tuple[Obstacle, ...]:
    """Return an obstacle for the records that were there and are gone or changed."""
    if not lost:
        return ()
    names = ", ".join(one.path.rpartition("/")[2] for one in lost)
    text = f"incomplete: {len(lost)} record(s) that were in this ledger are gone or changed: {names}"
    return (Obstacle("incomplete", text, RESTORE),)


def history_obstacle(error: StoreError) -> Obstacle:
    """Return why it cannot be told what the commits since the last verification took away."""
    text = f"what the commits since the last verification did cannot be read: {error.message}"
    return Obstacle("unreadable", text, error.remedy or "Run `git fetch --refetch --no-filter`")


def file_obstacle(file: Foreign) -> Obstacle:
    """Return why a file that may be a record cannot be read."""
    if file.newer:
        return Obstacle("newer format", f"{file.path}: {file.reason}", "Upgrade gitgates")
    return Obstacle("unreadable", f"{file.path}: {file.reason}", "Run `git fetch --refetch --no-filter`")
