"""`doctor`: is everything here that gitgates needs, and in order? Each answer with the command that mends it."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from gitgates.errors import GitgatesError, NoLedger, NotAllowed, StoreError
from gitgates.ledger.freshness import age_text
from gitgates.ledger.index_state import index_state
from gitgates.ledger.pin import CONFIG_KEY
from gitgates.ledger.reading import Ledger
from gitgates.ledger.sync.incoming import SCRATCH
from gitgates.ledger.writing import principal_of
from gitgates.model.frozen import frozen
from gitgates.model.paths import LEDGER_FOLDER
from gitgates.store.diagnostics import Leftover, find_leftovers, git_version
from gitgates.store.history import lacks_commits
from gitgates.store.process import OLDEST_GIT
from gitgates.store.repository import Repository
from gitgates.trust import openssh
from gitgates.trust.signing import find_key

OLDEST_PYTHON = (3, 11)
STALE_SECONDS = 600.0
"""Age from which a lock or scratch file counts as left behind: no command of ours or of git's writes for so long."""


class State(StrEnum):
    """How one thing stands."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@frozen
class Diagnosis:
    """What was found out about one thing.

    Attributes:
        name: what was looked at, in one or two words.
        remedy: the command that mends it, "" where nothing needs mending.
    """

    name: str
    state: State
    text: str
    remedy: str = ""


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
    yield _python()
    yield _git()
    yield _ssh_keygen(at.environ)
    try:
        repository = Repository.open(at.path)
    except StoreError as error:
        yield _problem("repository", error)
        return
    yield from _repository(repository)
    yield from _leftovers(repository, now)
    try:
        ledger = Ledger.open(at.path, root=at.root, environ=at.environ)
    except NoLedger as error:
        yield Diagnosis("ledger", State.WARNING, error.message, error.remedy)
        return
    except GitgatesError as error:
        yield _problem("ledger", error)
        return
    with ledger:
        yield from _ledger(ledger, at)


def _problem(name: str, error: GitgatesError) -> Diagnosis:
    return Diagnosis(name, State.PROBLEM, error.message, error.remedy)


def _python() -> Diagnosis:
    text = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return Diagnosis("python", State.OK, text)
    return Diagnosis("python", State.PROBLEM, f"{text} is too old", "Install gitgates with Python 3.11 or newer")


def _git() -> Diagnosis:
    try:
        text, is_new_enough = git_version()
    except StoreError as error:
        return _problem("git", error)
    if is_new_enough:
        return Diagnosis("git", State.OK, text)
    oldest = ".".join(map(str, OLDEST_GIT))
    return Diagnosis("git", State.PROBLEM, f"{text} is too old", f"Install git {oldest} or newer")


def _ssh_keygen(environ: Mapping[str, str]) -> Diagnosis:
    """ssh-keygen has no option that tells its version; whether it knows -Y shows in what it complains of."""
    remedy = f"Install OpenSSH {openssh.OLDEST} or newer and put it on PATH"
    try:
        outcome = openssh.run(("ssh-keygen", "-Y", "check-novalidate", "-n", "gitgates"), environ)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Diagnosis("ssh-keygen", State.PROBLEM, f"cannot be run: {error}", remedy)
    if outcome.too_old:
        return Diagnosis("ssh-keygen", State.PROBLEM, "cannot check signatures: it is too old", remedy)
    where = shutil.which("ssh-keygen", path=environ.get("PATH"))
    return Diagnosis("ssh-keygen", State.OK, where or "found")


def _repository(repository: Repository) -> Iterator[Diagnosis]:
    kind = "bare repository" if repository.is_bare else "repository"
    yield Diagnosis("repository", State.OK, f"{kind} {repository.worktree or repository.git_dir}")
    if repository.is_shallow:
        text = "this clone is shallow, so what older commits held cannot be told"
        yield Diagnosis("clone", State.PROBLEM, text, "Run `git fetch --unshallow`")
    if repository.is_partial:
        text = "this is a partial clone; records whose objects are absent cannot be read"
        yield Diagnosis("clone", State.WARNING, text, "Run `git fetch --refetch --no-filter`")


def _leftovers(repository: Repository, now: datetime) -> Iterator[Diagnosis]:
    found = leftovers(repository, now)
    for leftover in found:
        age = age_text(timedelta(seconds=leftover.age))
        if leftover.is_lock:
            text = f"{leftover.name} has been there for {age}, and keeps git from writing"
            remedy = f"If no git is running here, delete it: `rm '{leftover.name}'`"
            yield Diagnosis("leftovers", State.PROBLEM, text, remedy)
        elif leftover.may_go:
            text = f"{leftover.name} was left by an interrupted command {age} ago"
            yield Diagnosis("leftovers", State.WARNING, text, "Remove it: `gitgates doctor --clean`")
        else:
            text = f"{leftover.name} is {age} old, and there is a process {leftover.pid} that may be using it"
            yield Diagnosis("leftovers", State.WARNING, text, f"If that is not gitgates: {_by_hand(leftover)}")
    if not found:
        yield Diagnosis("leftovers", State.OK, "no stale lock, scratch file or scratch ref")


def leftovers(repository: Repository, now: datetime) -> tuple[Leftover, ...]:
    """Return what interrupted commands left behind; what is younger than ten minutes may be in use."""
    return find_leftovers(repository, now.timestamp(), STALE_SECONDS, LEDGER_FOLDER, SCRATCH)


def _by_hand(leftover: Leftover) -> str:
    commands = [f"git update-ref -d {ref}" for ref, _ in leftover.refs] or [f"rm '{leftover.name}'"]
    return f"`{'; '.join(commands)}`"


def _ledger(ledger: Ledger, at: Surroundings) -> Iterator[Diagnosis]:
    yield Diagnosis("ledger", State.OK, f"on {ledger.location.ref}, root {ledger.root}")
    yield _pin(ledger)
    for one in ledger.clone_obstacles:
        if one.cause != "shallow":  # told of the repository already
            yield Diagnosis("knowledge", State.PROBLEM, one.text, one.remedy)
    try:
        yield Diagnosis("policy", State.OK, ledger.chain.effective())
    except GitgatesError as error:
        yield _problem("policy", error)
    else:
        yield _key(ledger, at)
    yield from _remotes(ledger)
    try:
        yield _index(ledger)
    except GitgatesError as error:
        yield Diagnosis("index", State.WARNING, error.message, "Run `gitgates reindex`")


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


def _remotes(ledger: Ledger) -> Iterator[Diagnosis]:
    """Compare the ledger's branch with what each remote had when it was last fetched."""
    repository, location = ledger.repository, ledger.location
    if not location.ref.startswith("refs/heads/"):
        text = f"only the remote's copy {location.ref} is here; the first record makes a local branch"
        yield Diagnosis("remote", State.OK, text)
        return
    branch = location.ref.removeprefix("refs/heads/")
    for remote in repository.config.subsections("remote"):
        ref = f"refs/remotes/{remote}/{branch}"
        theirs = repository.refs(ref).get(ref)
        if theirs is None:
            text = f"{remote} is not known to have the branch {branch}"
            yield Diagnosis("remote", State.WARNING, text, "Run `gitgates sync` to fetch and share it")
        elif lacks_commits(repository, location.commit, theirs, LEDGER_FOLDER):
            text = f"{ref} has records that {location.ref} lacks"
            yield Diagnosis("remote", State.OK, f"{text}; both are read, and `gitgates sync` joins them")
        elif lacks_commits(repository, theirs, location.commit, LEDGER_FOLDER):
            text = f"{location.ref} has commits of the ledger that {remote} lacks"
            yield Diagnosis("remote", State.WARNING, text, "Share them: `gitgates sync`")
        else:
            yield Diagnosis("remote", State.OK, f"{remote} has the same records, as of the last fetch")


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
