"""What keeps a reader from knowing every record, each with the command that mends it."""

from gitgates.decision.knowledge import Obstacle
from gitgates.errors import StoreError
from gitgates.ledger.continuity import Lost
from gitgates.ledger.files import Foreign
from gitgates.ledger.locate import Location
from gitgates.store.repository import Repository

RESTORE = "Bring back what is gone: `gitgates doctor --restore`"


def clone_obstacles(repository: Repository, location: Location) -> tuple[Obstacle, ...]:
    """Return what the clone lacks as a whole."""
    obstacles = []
    if repository.is_shallow:
        text = "this clone is shallow: what older commits held cannot be told"
        obstacles.append(Obstacle("shallow", text, "Run `git fetch --unshallow`"))
    if location.behind is not None:
        text = f"incomplete: {location.behind} has records that {location.ref} lacks"
        obstacles.append(Obstacle("incomplete", text, catch_up(repository, location.ref, location.behind)))
    return tuple(obstacles)


def catch_up(repository: Repository, ref: str, behind: str) -> str:
    """Return how to bring a branch up to its remote-tracking ref; `git pull` is for a branch that is checked out."""
    remote, branch = behind.removeprefix("refs/remotes/").split("/", 1)
    if repository.head().ref == ref:
        return f"Run `git pull --no-rebase {remote} {branch}`"
    apart = f"git worktree add ../{branch} {branch}` and there `git pull --no-rebase {remote} {branch}`"
    return f"Run `git fetch {remote} {branch}:{branch}`; if git refuses, since both sides have records: `{apart}"


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
