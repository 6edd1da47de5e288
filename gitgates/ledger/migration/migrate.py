"""`migrate`: propose the policy that moves the ledger, or finish a move that a policy in force asks for."""

from collections.abc import Callable, Mapping
from datetime import datetime

import attrs

from gitgates.codec.policy_edit import set_ledger_branch
from gitgates.decision.chain import PolicyChain
from gitgates.errors import CannotDecide, ConfigError, InvalidValue
from gitgates.ledger import locate
from gitgates.ledger.endorsing import pending_policies
from gitgates.ledger.genesis import branch_ref
from gitgates.ledger.migration.moving import bring_to, copies_on, settle
from gitgates.ledger.opening import ledger_branch, load_policies, named_branches
from gitgates.ledger.pin import Pin, find_pin
from gitgates.ledger.policy_files import refuse_partial_view, texts_of
from gitgates.ledger.proposing import Draft, propose
from gitgates.ledger.reading import Ledger
from gitgates.ledger.sealing import Progress
from gitgates.ledger.sync.incoming import fetched
from gitgates.ledger.sync.unshared import lacking
from gitgates.ledger.writing import append_change
from gitgates.model.frozen import frozen
from gitgates.model.paths import POLICY_FOLDER
from gitgates.store.append import Appended, Change
from gitgates.store.grow import Content, StoredBlob
from gitgates.store.objects import ObjectReader
from gitgates.store.refs import RefUpdate, update_refs
from gitgates.store.repository import Repository
from gitgates.trust.signing import SigningKey

_BY = "gitgates migrate"


@frozen(kw_only=True)
class Migrated:
    """What came of it.

    Attributes:
        policy: id of the policy that moves the ledger.
        left: the branches that it leaves.
        branch: the one that it moves to.
        lacking: what the policy still lacks, "" where it is in force.
        wrote: whether anything was written.
    """

    policy: str
    left: tuple[str, ...]
    branch: str
    lacking: str = ""
    wrote: bool = True


def open_to_migrate(path: str | None, *, root: str | None, environ: Mapping[str, str]) -> Ledger:
    """Open the ledger as `Ledger.open` does; where the branch that it moves to is nowhere yet, on the one it leaves.

    Raises:
        NoLedger, CannotDecide: it cannot be opened.
        RemoteUnreachable: whether a remote has the branch cannot be told.
    """
    try:
        return Ledger.open(path, root=root, environ=environ)
    except CannotDecide:
        ledger = _open_where_it_was(path, root, environ)
        if ledger is None:
            raise
    if not _fetched(ledger, ledger_branch(ledger.chain)):
        return ledger
    ledger.reader.close()
    return Ledger.open(path, root=root, environ=environ)


def _fetched(ledger: Ledger, branch: str) -> bool:
    """Fetch a branch that this clone lacks; tell whether a remote has it. Made anew here, it would lack records."""
    repository, found = ledger.repository, False
    remotes = (name for name in repository.config.subsections("remote") if repository.config.get(f"remote.{name}.url"))
    for remote in remotes:
        with fetched(repository, remote, branch) as incoming:
            if incoming.tip is not None:
                update_refs(repository, [RefUpdate(incoming.fetched_ref, incoming.tip, incoming.held)])
                found = True
    return found


def _open_where_it_was(path: str | None, root: str | None, environ: Mapping[str, str]) -> Ledger | None:
    repository = Repository.open(path)
    reader = ObjectReader(repository)
    try:
        tips = locate.candidates(repository, reader)
        pin = find_pin(repository, root, environ)
        chosen, policies = load_policies(repository, reader, pin, [commit for _, commit in tips])
        chain = policies.chain
        for branch in _left(chain, chain.effective()):
            try:
                location = locate.follow(repository, reader, branch)
            except CannotDecide:
                continue
            location = locate.with_left_behind(repository, reader, location, named_branches(chain))
            return Ledger(repository, reader, location, chosen, pin, policies)
    except BaseException:
        reader.close()
        raise
    reader.close()
    return None


def migrate(
    ledger: Ledger, signing_key: Callable[[], SigningKey], to: str, now: datetime, progress: Progress
) -> Migrated:
    """Move the ledger to the branch `to`, as far as the admins agree; run again, it goes on where it was.

    Args:
        signing_key: asked only where a policy is to be signed.

    Raises:
        UsageError: `to` cannot be a branch of the ledger, or another ledger is there.
        NotAllowed: the signer is no admin.
        CannotDecide: records or policies are missing, or several policies are in force.
    """
    branch = branch_ref("--to", to)
    joined = _with_copies(ledger, branch)
    heads = joined.chain.heads()
    if len(heads) == 1 and joined.chain.policy(heads[0]).ledger_branch == branch:
        return _finished(joined, heads[0], branch, now)
    left = (ledger_branch(ledger.chain),)
    for waiting in pending_policies(joined):
        if waiting.signed.record.parsed.ledger_branch == branch and waiting.quorums and not waiting.overtaken:
            return Migrated(policy=waiting.signed.id, left=left, branch=branch, lacking=waiting.reason, wrote=False)
    draft = _draft(ledger, branch)
    done = propose(joined, signing_key(), draft, now, progress, moves=True)
    if len(heads) > 1:  # it also follows the policy of an earlier attempt, which never came to the old branch
        _told(joined, left[0], done.id, now)
    return Migrated(policy=done.id, left=left, branch=branch, lacking=done.lacking)


def _with_copies(ledger: Ledger, branch: str) -> Ledger:
    """Return the ledger with what this clone has of `branch`: records, and perhaps the policy of an earlier attempt."""
    there = copies_on(ledger, branch)
    tips = () if there is None else ((there.ref, there.commit), *there.others)
    new = tuple(tip for tip in tips if tip[1] not in ledger.location.commits)
    if not new:
        return ledger
    location = attrs.evolve(ledger.location, others=(*ledger.location.others, *new))
    pin = ledger.pin or Pin(ledger.root, None, "this clone")
    _, policies = load_policies(ledger.repository, ledger.reader, pin, location.commits)
    return Ledger(ledger.repository, ledger.reader, location, ledger.root, ledger.pin, policies)


def _draft(ledger: Ledger, branch: str) -> Draft:
    record = ledger.chain.accepted[ledger.chain.effective()].record
    try:
        text = set_ledger_branch(record.policy_toml, branch.removeprefix("refs/heads/"))
    except InvalidValue as error:
        raise ConfigError(error.message, remedy=error.remedy) from None
    return Draft(policy_toml=text, allowed_signers=record.allowed_signers)


def _finished(ledger: Ledger, policy_id: str, branch: str, now: datetime) -> Migrated:
    """Bring both branches to where the policy in force wants them, whatever is there already."""
    refuse_partial_view(ledger)
    texts = texts_of(ledger.chain)
    new = bring_to(ledger, branch, texts, f"gates: migrate to {branch.removeprefix('refs/heads/')}\n", _BY, now)
    left = _left(ledger.chain, policy_id)
    told = [done for done in (_told(ledger, old, policy_id, now) for old in left) if done is not None]
    settle(ledger, branch, new)
    wrote = bool(told) or new.commit != new.previous
    return Migrated(policy=policy_id, left=left, branch=branch, wrote=wrote)


def _left(chain: PolicyChain, policy_id: str) -> tuple[str, ...]:
    """Return the branches that the ledger was on last, before the one that the policy `policy_id` names."""
    branch = chain.policy(policy_id).ledger_branch
    waiting, left = [policy_id], set()
    for current in waiting:  # which grows meanwhile
        for parent in chain.accepted[current].record.parents:
            if chain.policy(parent).ledger_branch != branch:
                left.add(chain.policy(parent).ledger_branch)
            elif parent not in waiting:
                waiting.append(parent)
    return tuple(sorted(left))


def _told(ledger: Ledger, old: str, policy_id: str, now: datetime) -> Appended | None:
    """Put the policies on the branch that the ledger has left, if whoever reads that alone would not hear of the move.

    Returns:
        None where they are there, or this clone does not have the branch.
    """
    repository, reader = ledger.repository, ledger.reader
    try:
        location = locate.follow(repository, reader, old)
        pin = Pin(ledger.root, None, "this clone")
        _, there = load_policies(repository, reader, pin, location.commits)
        if policy_id in there.chain.accepted or ledger_branch(there.chain) != old:
            return None
    except CannotDecide:  # it is not here, or holds no ledger any more: nobody can take it for the ledger's
        return None
    mine = lacking(ledger, location.commit, ledger.location.commits).files
    files: dict[str, Content] = {
        path: StoredBlob(blob) for path, blob in mine.items() if path.startswith(f"{POLICY_FOLDER}/")
    }
    files |= texts_of(ledger.chain)
    change = Change(files, "gates: the ledger has left this branch\n", replace=frozenset(files))
    return append_change(location, repository, change, _BY, now)
