"""All that `doctor` looks at, in its order."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from gitgates.errors import GitgatesError, NoLedger, NotAllowed, StoreError
from gitgates.ledger.health import programs
from gitgates.ledger.health.diagnosis import Diagnosis, State, problem
from gitgates.ledger.health.remains import leftovers_diagnoses
from gitgates.ledger.health.remotes import remotes_diagnoses
from gitgates.ledger.index_state import index_state
from gitgates.ledger.obstacles import history_obstacle, lost_obstacles
from gitgates.ledger.pin import CONFIG_KEY
from gitgates.ledger.reading import Ledger
from gitgates.ledger.restoring import find_lost
from gitgates.ledger.writing import principal_of
from gitgates.model.frozen import frozen
from gitgates.store.repository import Repository
from gitgates.trust.signing import find_key


@frozen(kw_only=True)
class Surroundings:
    """Where and as whom to look.

    Attributes:
        path: a folder in the repository; None for the current one.
        root, key: as `--root` and `--key` take them.
        home: the user's home folder.
    """

    path: str | None = None
    root: str | None = None
    key: str | None = None
    environ: Mapping[str, str]
    home: str


def examine(at: Surroundings, now: datetime) -> tuple[Diagnosis, ...]:
    """Return the state of the programs, the repository, the ledger, the key, the index and of what was left behind.

    Nothing is changed, and no error ends it: what cannot be looked at is a problem, and the rest follows.
    """
    return tuple(_examine(at, now))


def _examine(at: Surroundings, now: datetime) -> Iterator[Diagnosis]:
    yield programs.python()
    yield programs.git()
    yield programs.ssh_keygen(at.environ)
    try:
        repository = Repository.open(at.path)
    except StoreError as error:
        yield problem("repository", error)
        return
    yield from _repository(repository)
    yield from leftovers_diagnoses(repository, now)
    try:
        ledger = Ledger.open(at.path, root=at.root, environ=at.environ)
    except NoLedger as error:
        yield Diagnosis("ledger", State.WARNING, error.message, error.remedy)
        return
    except GitgatesError as error:
        yield problem("ledger", error)
        return
    with ledger:
        yield from _ledger(ledger, at, now)


def _repository(repository: Repository) -> Iterator[Diagnosis]:
    kind = "bare repository" if repository.is_bare else "repository"
    yield Diagnosis("repository", State.OK, f"{kind} {repository.worktree or repository.git_dir}")
    if repository.is_shallow:
        text = "this clone is shallow, so what older commits held cannot be told"
        yield Diagnosis("clone", State.PROBLEM, text, "Run `git fetch --unshallow`")
    if repository.is_partial:
        text = "this is a partial clone; records whose objects are absent cannot be read"
        yield Diagnosis("clone", State.WARNING, text, "Run `git fetch --refetch --no-filter`")


def _ledger(ledger: Ledger, at: Surroundings, now: datetime) -> Iterator[Diagnosis]:
    yield Diagnosis("ledger", State.OK, f"on {ledger.location.ref}, root {ledger.root}")
    yield _pin(ledger)
    for one in ledger.clone_obstacles:
        if one.cause != "shallow":  # told of the repository already
            yield Diagnosis("knowledge", State.PROBLEM, one.text, one.remedy)
    try:
        yield Diagnosis("policy", State.OK, ledger.chain.effective())
    except GitgatesError as error:
        yield problem("policy", error)
    else:
        yield _key(ledger, at)
    yield from _records(ledger)
    yield from remotes_diagnoses(ledger, now)
    try:
        yield _index(ledger)
    except GitgatesError as error:
        yield Diagnosis("index", State.WARNING, error.message, "Run `gitgates reindex`")


def _records(ledger: Ledger) -> Iterator[Diagnosis]:
    """Yield the records that were there, as far as this clone knows, and are gone: nothing can be decided then."""
    try:
        lost = lost_obstacles(find_lost(ledger))
    except StoreError as error:
        lost = (history_obstacle(error),)
    except GitgatesError as error:
        yield problem("records", error)
        return
    for one in lost:
        yield Diagnosis("records", State.PROBLEM, one.text, one.remedy)


def _pin(ledger: Ledger) -> Diagnosis:
    if ledger.pin is not None:
        return Diagnosis("pin", State.OK, f"the root is pinned by {ledger.pin.origin}")
    text = "this clone does not say which root it trusts; `can-deploy` and `deploy` will refuse"
    remedy = f"Compare the root with a colleague's, then run `git config {CONFIG_KEY} {ledger.root}`"
    return Diagnosis("pin", State.WARNING, text, remedy)


def _key(ledger: Ledger, at: Surroundings) -> Diagnosis:
    try:
        key = find_key(at.key, at.environ, ledger.repository.config, at.home)
        policy = ledger.chain.current()
        principal = principal_of(policy, key)
    except NotAllowed as error:
        return Diagnosis("signing key", State.WARNING, error.message, error.remedy)
    except GitgatesError as error:
        return Diagnosis("signing key", State.WARNING, f"{error.message}; nothing can be recorded", error.remedy)
    roles = ", ".join(policy.roles_of(principal))
    if not roles:
        text = f"{principal} has a key in the policy and no role"
        return Diagnosis("signing key", State.WARNING, text, "Ask an admin for a role")
    return Diagnosis("signing key", State.OK, f"{key.public.fingerprint} ({key.origin}) of {principal}: {roles}")


def _index(ledger: Ledger) -> Diagnosis:
    state = index_state(ledger)
    differing = (*state.stale, *state.surplus)
    if not differing:
        return Diagnosis("index", State.OK, f"{state.versions} model version(s) indexed")
    if state.is_absent:
        text = "there is no index in this clone: `git log --notes='gates/*'` shows nothing"
    else:
        text = f"the index is stale for: {', '.join(differing)}"
    return Diagnosis("index", State.WARNING, text, "Run `gitgates reindex`")
