"""Making a ledger: the root policy, with whoever makes it in all roles, pinned in this clone."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from gitgates.codec.policy_toml import initial_policy, parse_policy
from gitgates.codec.records import RecordCodec, record_id
from gitgates.errors import InvalidValue, NoLedger, StoreError, UsageError
from gitgates.ledger import locate
from gitgates.ledger.locate import VERIFIED_REF
from gitgates.ledger.marks import write_marks
from gitgates.ledger.pin import CONFIG_KEY
from gitgates.ledger.texts import GITATTRIBUTES, GITIGNORE, README
from gitgates.model import fields
from gitgates.model.frozen import frozen
from gitgates.model.paths import LEDGER_FOLDER, SIGNATURE_SUFFIX, record_path
from gitgates.model.policy import Signer
from gitgates.model.records import PolicyRecord
from gitgates.store.append import Change, append
from gitgates.store.create import create_repository
from gitgates.store.objects import ObjectReader
from gitgates.store.refs import RefUpdate, update_refs
from gitgates.store.remotes import advertised, remote_of
from gitgates.store.repository import Identity, Repository
from gitgates.trust.allowed_signers import render as render_signers
from gitgates.trust.signing import SigningKey

_BRANCH = re.compile(r"(?!.*(//|\.\.|/\.|\./|\.lock(/|$)|[./]$))[A-Za-z0-9_][A-Za-z0-9._/-]*")
"""What git and the policy take for a branch, and nobody for an option."""


@frozen
class Genesis:
    """A new ledger: the id of its root, the branch it lives on, and who made it."""

    root: str
    ref: str
    principal: str
    commit: str


def default_principal(repository: Repository) -> str:
    """Return the principal that git's `user.email` suggests.

    Raises:
        UsageError: there is no e-mail address, or one that cannot be a principal.
    """
    email = (repository.config.get("user.email") or "").lower()
    if not fields.PRINCIPAL.fullmatch(email):
        raise UsageError(
            f"git's user.email is {email!r}, which cannot be a principal", remedy="Name one with --principal"
        )
    return email


def create_ledger(
    repository: Repository, key: SigningKey, principal: str, now: datetime, branch: str | None = None
) -> Genesis:
    """Make a ledger on `branch`, or on the branch that is checked out, and pin its root in this clone.

    Raises:
        UsageError: there is a ledger already, no branch to put it on, or `principal` cannot be one.
    """
    _refuse_second(repository)
    ref = _ledger_ref(repository, branch)
    try:
        signers = render_signers([Signer(principal, key.public.text)])
    except InvalidValue as error:
        raise UsageError(f"--principal: {error.message}", remedy=error.remedy) from None
    policy_toml = initial_policy(principal, ref)
    record = PolicyRecord(
        created=now,
        author=principal,
        policy_toml=policy_toml,
        allowed_signers=signers,
        parsed=parse_policy(policy_toml, [Signer(principal, key.public.text)]),
    )
    data = RecordCodec().encode(record)
    root = record_id(data)
    path = record_path(record, root)
    files = {
        f"{LEDGER_FOLDER}/README.md": README.format(root=root).encode(),
        f"{LEDGER_FOLDER}/.gitattributes": GITATTRIBUTES.encode(),
        f"{LEDGER_FOLDER}/.gitignore": GITIGNORE.encode(),
        f"{LEDGER_FOLDER}/policy.toml": policy_toml.encode(),
        f"{LEDGER_FOLDER}/allowed_signers": signers.encode(),
        path: data,
        path + SIGNATURE_SUFFIX: key.sign(data),
    }
    message = f"gates: policy root by {principal}\n\nGates-Record: {root}\nGates-Kind: policy\n"
    identity = repository.identity(Identity(principal, principal))
    change = Change(files, message)
    done = append(repository, ref, lambda _: change, identity=identity, seconds=int(now.timestamp()))
    if done.commit is None:
        raise StoreError(f"{ref} did not take the root policy")
    update_refs(repository, [RefUpdate(VERIFIED_REF, done.commit, None)])
    write_marks(repository, [done.commit])
    repository.set_config(CONFIG_KEY, root)
    repository.set_config(locate.CONFIG_KEY, ref)
    return Genesis(root, ref, principal, done.commit)


def create_embedded(
    path: str, find_key: Callable[[Repository], SigningKey], environ: Mapping[str, str], now: datetime
) -> Genesis:
    """Make a repository with a ledger in the folder `path`, for programs that have no repository of their own."""
    repository = create_repository(path)
    try:
        principal = default_principal(repository)
    except UsageError:
        user = "".join(
            char for char in environ.get("USER", "").lower() if char in "abcdefghijklmnopqrstuvwxyz0123456789._-"
        )
        principal = user or "owner"
    return create_ledger(repository, find_key(repository), principal, now)


def _refuse_second(repository: Repository) -> None:
    with ObjectReader(repository) as reader:
        try:
            (ref, _), *_ = locate.candidates(repository, reader)
        except NoLedger:
            return
    raise UsageError(
        f"there is a ledger already, on {ref}", remedy="Look at it with `gitgates list` and `gitgates verify`"
    )


def refuse_unseen(repository: Repository, remote: str | None, branch: str | None) -> None:
    """Raise UsageError where the ledger could not be shared, or the remote may have one already that is not here.

    Args:
        remote: None for the branch's own.
        branch: as for `create_ledger`.

    Raises:
        RemoteUnreachable: what the remote has cannot be told.
    """
    ref = _ledger_ref(repository, branch)
    name = remote or remote_of(repository, ref)
    if name is None:
        text = "this repository has no remote to push to"
        raise UsageError(text, remedy="Add one with `git remote add origin URL`; nothing was written")
    there = advertised(repository, name, [ref]).get(ref)
    if there is not None and repository.resolve(there) is None:
        raise UsageError(
            f"{name} has commits on {ref.removeprefix('refs/heads/')} that are not here: a ledger may be among them",
            remedy=f"Run `git fetch {name}`, and see with `gitgates list`; nothing was written",
        )


def _ledger_ref(repository: Repository, branch: str | None) -> str:
    if branch is not None:
        return branch_ref("--ledger-branch", branch)
    ref = repository.head().ref
    if ref is None:
        raise UsageError("no branch is checked out", remedy="Name the ledger's branch with --ledger-branch")
    return ref


def branch_ref(option: str, branch: str) -> str:
    """Return the full name of a branch that somebody gave with `option`; UsageError where none can be called that."""
    name = branch.removeprefix("refs/heads/")
    if _BRANCH.fullmatch(name) is None:
        raise UsageError(f"{option}: {branch!r} cannot be a branch of the ledger", remedy="For example quality-gates")
    return f"refs/heads/{name}"
