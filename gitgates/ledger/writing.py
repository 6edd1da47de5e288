"""Appending to the ledger: who writes, under which policy, after what; then one signed file in one commit."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from gitgates.codec.records import record_id
from gitgates.decision.authority import ROLE_NEEDED
from gitgates.decision.knowledge import MAX_CLOCK_SKEW, Knowledge
from gitgates.decision.signed import Signed, SignedVersionRecord
from gitgates.errors import CannotDecide, NotAllowed
from gitgates.ledger.index import anchor_bytes, note_lines, outcome_word
from gitgates.ledger.locate import VERIFIED_REF, Location
from gitgates.ledger.marks import advance_mark
from gitgates.ledger.reading import Ledger
from gitgates.model.entries import MAX_PARENTS
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion
from gitgates.model.paths import SIGNATURE_SUFFIX, anchor_path, record_path, version_folder
from gitgates.model.policy import Policy
from gitgates.model.records import DecisionRecord, ReportRecord, VersionRecord
from gitgates.model.waivers import WaiverRecord
from gitgates.store.append import Appended, Change, Tip, append
from gitgates.store.pack import object_id
from gitgates.store.refs import RefUpdate, update_refs
from gitgates.store.repository import Identity, Repository
from gitgates.trust.signing import SigningKey


@frozen
class Written:
    """A record that is now in the ledger.

    Attributes:
        commit: the commit that brought it, None where the ledger had it already.
        ref: the branch that it is on.
        remote: a remote to share it by, None where the repository has none.
    """

    id: str
    record: VersionRecord
    path: str
    commit: str | None
    ref: str
    remote: str | None


class Writer:
    """Writes records of model versions, signed with one key, under the policy in force.

    Attributes:
        principal: who the key belongs to.
    """

    def __init__(self, ledger: Ledger, key: SigningKey, now: datetime) -> None:
        """Find out who writes.

        Raises:
            NotAllowed: the key is not one of the policy's.
            CannotDecide: no single policy is in force.
        """
        self._ledger = ledger
        self._key = key
        self._now = now
        self._policy_id = ledger.chain.effective()
        self.principal = principal_of(ledger.chain.policy(self._policy_id), key)

    @property
    def key_text(self) -> str:
        """The key that signs, as `type base64`."""
        return self._key.public.text

    def heading(
        self,
        kind: type[VersionRecord],
        name: ModelVersion,
        context: str,
        known: Knowledge,
        also_after: Iterable[str] = (),
    ) -> dict[str, Any]:
        """Return the fields that every record has, for a record of `kind` written now.

        Args:
            also_after: further ids that the record comes after (the last record of a target).

        Raises:
            NotAllowed: the principal lacks the role, or the policy does not know the context.
            CannotDecide: a report or approval on an incomplete view, or a clock that is far behind.
        """
        policy = self._ledger.chain.policy(self._policy_id)
        needed = ROLE_NEEDED[kind]
        if needed not in policy.roles_of(self.principal):
            raise NotAllowed(
                f"{self.principal} is no {needed} under the policy in force", remedy="Ask an admin for the role"
            )
        if policy.context(context) is None:
            contexts = ", ".join(known_context.name for known_context in policy.contexts)
            raise NotAllowed(f"the policy knows no context {context!r}", remedy=f"Known contexts: {contexts}")
        parents = sorted({*known.heads[:MAX_PARENTS], *also_after})[:MAX_PARENTS]
        return {
            "ledger": self._ledger.root,
            "policy": self._policy_id,
            "parents": tuple(parents),
            "created": time_after((known.records[i].record.created for i in known.heads), self._now),
            "author": self.principal,
            "model": name.model,
            "version": name.version,
            "context": context,
        }

    def append(self, record: VersionRecord, known: Knowledge) -> Written:
        """Sign `record` and append it in one commit, together with its lines in the index."""
        if needs_whole_view(record):
            refuse_incomplete(known)
        data = self._ledger.codec.encode(record)
        signature = self._key.sign(data)
        identifier = record_id(data)
        path = record_path(record, identifier)
        anchor = anchor_bytes(record.model, record.version)
        files = {
            anchor_path(record.model, record.version): anchor,
            path: data,
            path + SIGNATURE_SUFFIX: signature,
        }
        repository = self._ledger.repository
        records: Mapping[str, SignedVersionRecord] = {
            **known.records,
            identifier: Signed(identifier, record, self._key.public.text),
        }
        anchor_id = object_id(repository.object_format, "blob", anchor)
        notes = tuple(note_lines(identifier, record, anchor_id, records))
        change = Change(files, commit_message(identifier, record), notes, replace=_given_by_name(record))
        appended = append_change(self._ledger.location, repository, change, self.principal, self._now)
        return Written(identifier, record, path, appended.commit, appended.ref, self._remote)

    def found(self, signed: SignedVersionRecord) -> Written:
        """Return a record that the ledger has already."""
        path = record_path(signed.record, signed.id)
        return Written(signed.id, signed.record, path, None, self._ledger.location.branch, self._remote)

    @property
    def _remote(self) -> str | None:
        return next(iter(self._ledger.repository.config.subsections("remote")), None)


def _given_by_name(record: VersionRecord) -> frozenset[str]:
    """Return the paths whose content follows from the names of `record`: whatever else is there is foreign.

    Anybody who may push could put something there, and would keep all records of the version from being written.
    """
    folder = version_folder(record.model, record.version)
    model = folder.rpartition("/")[0]
    return frozenset([anchor_path(record.model, record.version), folder, model, model.rpartition("/")[0]])


def time_after(parents: Iterable[datetime], now: datetime) -> datetime:
    """Return the time of a record written now, after records of the times `parents` (rule 8).

    Raises:
        CannotDecide: the clock is more than five minutes behind.
    """
    newest = max(parents, default=None)
    if newest is None or newest < now:
        return now
    if newest - now > MAX_CLOCK_SKEW:
        raise CannotDecide(
            "clock", f"this machine's clock is {newest - now} behind the newest record", remedy="Set the clock"
        )
    return newest + timedelta(microseconds=1)


def principal_of(policy: Policy, key: SigningKey) -> str:
    """Return whose key it is under `policy`; NotAllowed where it is nobody's."""
    for signer in policy.signers:
        if signer.key == key.public.text:
            return signer.principal
    raise NotAllowed(
        f"the key {key.public.fingerprint} ({key.origin}) belongs to no member of this ledger",
        remedy="Sign with a member's key (--key), or ask an admin to add this one",
    )


def needs_whole_view(record: VersionRecord) -> bool:
    """Tell whether a record may only be written by somebody who sees all: what speaks for a deployment."""
    speaks_for = isinstance(record, ReportRecord | WaiverRecord)
    return speaks_for or (isinstance(record, DecisionRecord) and record.approved)


def refuse_incomplete(known: Knowledge) -> None:
    """Raise CannotDecide where records are missing, unreadable or dated ahead."""
    from gitgates.decision.conditions import completeness
    from gitgates.decision.result import State

    view = completeness(known)
    if view.state is not State.MET:
        raise CannotDecide(view.cause, view.reason, remedy=view.remedy)


def commit_message(identifier: str, record: VersionRecord) -> str:
    """Return the message of the commit that appends `record`; `git log` alone reads as an audit log."""
    outcome = outcome_word(record)
    trailers = (
        ("Record", identifier),
        ("Kind", record.kind),
        ("Model", f"{record.model}:{record.version}"),
        ("Context", record.context),
        ("Outcome", outcome),
    )
    subject = f"gates: {record.kind} {record.model}:{record.version} {record.context} {outcome}"
    if isinstance(record, ReportRecord) and record.stage == "post":
        subject += " after deployment"
    return f"{subject}\n\n" + "".join(f"Gates-{name}: {value}\n" for name, value in trailers)


def _any_tip(_: Tip) -> None:
    """Take whatever state the branch is in."""


def append_change(
    location: Location,
    repository: Repository,
    change: Change,
    principal: str,
    now: datetime,
    check_tip: Callable[[Tip], None] = _any_tip,
) -> Appended:
    """Append `change` to the ledger branch; where this clone has only a remote's copy, make the local branch first.

    Args:
        check_tip: raises where `change` does not fit the state that the branch turns out to be in.
    """

    def plan(tip: Tip) -> Change:
        check_tip(tip)
        return change

    ref = location.branch
    if ref != location.ref and ref not in repository.refs(ref):  # an earlier record of the command may have made it
        update_refs(repository, [RefUpdate(ref, location.commit, None)], "gitgates: start from the remote's branch")
    identity = repository.identity(Identity(principal, principal))
    appended = append(repository, ref, plan, identity=identity, seconds=int(now.timestamp()))
    if not ref.startswith("refs/heads/"):  # made to be pushed: no state of this clone yet
        return appended
    if appended.previous is not None and repository.refs(VERIFIED_REF).get(VERIFIED_REF) == appended.previous:
        update_refs(repository, [RefUpdate(VERIFIED_REF, appended.commit, appended.previous)])
        advance_mark(repository, appended.previous, appended.commit)
    return appended
