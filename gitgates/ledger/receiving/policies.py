"""New policies and endorsements: each judged by the policies that it follows, before any record is judged by them."""

from collections.abc import Iterator, Sequence

import attrs

from gitgates.codec.policy_toml import parse_policy
from gitgates.decision.quorum import Quorum, admins_among, quorums
from gitgates.decision.signed import SignedEndorsement, SignedPolicy
from gitgates.errors import CannotDecide, InvalidValue
from gitgates.ledger.reading import Ledger
from gitgates.ledger.receiving.changes import RefChange, Refusal
from gitgates.ledger.receiving.layout import PEOPLE_FILES
from gitgates.ledger.receiving.server import heads_of
from gitgates.ledger.receiving.trees import ChangedFolder
from gitgates.model.names import ModelVersion
from gitgates.model.paths import (
    LEDGER_FOLDER,
    POLICY_FOLDER,
    SIGNATURE_SUFFIX,
    id_in_name,
    record_path,
    seal_path,
    version_folder,
)
from gitgates.model.policy import Policy
from gitgates.trust.allowed_signers import parse as parse_signers

_TAKE_OUT = "Take it out of what you push"


class PolicyCheck:
    """Judges what a push brings into the policy folder."""

    def __init__(self, change: RefChange, after: Ledger, before: Sequence[Ledger], folder: ChangedFolder) -> None:
        """Take the ledger as it shall be and as it is, and its policy folder."""
        self._change = change
        self._after = after
        self._before = before
        names = {entry.name.decode("utf-8", "replace") for entry in folder.added}
        self._new = {f"{POLICY_FOLDER}/{name.removesuffix(SIGNATURE_SUFFIX)}" for name in names}
        self._names = {entry.name.decode("utf-8", "replace") for entry in folder.entries}

    def refusals(self) -> Iterator[Refusal]:
        """Yield what is wrong with the new policies, endorsements and seals, and with the policies together."""
        policies = self._after.policies
        for file in policies.foreign:
            if file.path.removesuffix(SIGNATURE_SUFFIX) in self._new:
                yield self._refused(file.path, f"no record of this ledger: {file.reason}", _TAKE_OUT)
        for policy in policies.signed:
            if record_path(policy.record, policy.id) in self._new:
                yield from self._policy(policy)
        for endorsement in policies.endorsements:
            if record_path(endorsement.record, endorsement.id) in self._new:
                yield from self._endorsement(endorsement)
        yield from self._strays()
        yield from self._fork()

    def _refused(self, path: str, text: str, remedy: str) -> Refusal:
        return self._change.refused(path, text, remedy)

    def _policy(self, signed: SignedPolicy) -> Iterator[Refusal]:
        chain, path = self._after.chain, record_path(signed.record, signed.id)
        if signed.id == chain.root:
            yield from self._texts(signed)
            return
        if signed.id not in chain.accepted and (reason := self._not_proposed(signed)):
            yield self._refused(path, f"this policy cannot be accepted: {reason}", _TAKE_OUT)
            return
        yield from self._texts(signed)
        yield from self._seal(signed)

    def _not_proposed(self, signed: SignedPolicy) -> str:
        """Return why a policy that is not accepted may not wait for endorsements either, "" if it may."""
        chain = self._after.chain
        if signed.id not in chain.pending:
            return chain.refused[signed.id]
        if any(parent not in chain.accepted for parent in signed.record.parents):
            return "it follows a policy that is not accepted or not there; push or endorse that one first"
        if not any(quorum.signed for quorum in self._quorums(signed) if quorum.of != signed.id):
            return f"{signed.record.author} is no admin of the policy that it follows, by a key that counts"
        return ""

    def _quorums(self, signed: SignedPolicy) -> tuple[Quorum, ...]:
        """Return the quorums of a policy, with its author's signature alone."""
        return tuple(quorums(signed, (), self._after.chain.accepted))

    def _texts(self, signed: SignedPolicy) -> Iterator[Refusal]:
        """People read the texts, programs what was parsed from them: both must say the same."""
        record, path = signed.record, record_path(signed.record, signed.id)
        remedy = "Have an admin write the policy anew with `gitgates policy propose`"
        try:
            parsed = parse_policy(record.policy_toml, parse_signers(record.allowed_signers))
        except InvalidValue as error:
            yield self._refused(path, f"its texts cannot be read: {error.message}", remedy)
            return
        for field in attrs.fields(Policy):
            if getattr(parsed, field.name) != getattr(record.parsed, field.name):
                yield self._refused(path, f"its texts say something else than $.parsed.{field.name}", remedy)

    def _seal(self, signed: SignedPolicy) -> Iterator[Refusal]:
        digest = signed.record.seal
        if digest is None:
            return
        foreign = {file.path for file in self._after.policies.foreign}
        if seal_path(digest).rpartition("/")[2] not in self._names or seal_path(digest) in foreign:
            text = f"a policy names this seal, and it is not there: {signed.id}"
            yield self._refused(seal_path(digest), text, "Push it together with the policy")
            return
        annulled = self._after.chain.annulled() | set(signed.record.annuls)
        for (model, version), heads in self._after.policies.seals.get(digest, {}).items():
            folder = version_folder(ModelVersion(model, version).model, version)
            there = {id_in_name(e.name.decode("utf-8", "replace")) for e in self._after.entries(folder) or ()}
            for missing in sorted(set(heads) - annulled - there):
                text = f"it seals the record {missing}, which is not there"
                yield self._refused(seal_path(digest), text, "Push the records together with the policy")

    def _endorsement(self, signed: SignedEndorsement) -> Iterator[Refusal]:
        record, path = signed.record, record_path(signed.record, signed.id)
        chain = self._after.chain
        endorsed = next((policy for policy in self._after.policies.signed if policy.id == record.endorses), None)
        if record.ledger != chain.root or endorsed is None:
            text = f"it endorses {record.endorses}, which is no policy of this ledger here"
            yield self._refused(path, text, "Push the policy together with it")
            return
        if any(parent not in chain.accepted for parent in endorsed.record.parents):
            yield self._refused(path, "it endorses a policy that follows none that is accepted", _TAKE_OUT)
            return
        made = (record.author, signed.key)
        rules = (quorum.rules for quorum in self._quorums(endorsed))
        if not any(admins_among({made}, rule) for rule in rules):
            text = f"{record.author} is no admin of the policy that it endorses, nor of one that this follows"
            yield self._refused(path, text, _TAKE_OUT)

    def _strays(self) -> Iterator[Refusal]:
        """Yield new files that are neither policy nor endorsement nor a seal that a policy names."""
        policies = self._after.policies
        known = {record_path(one.record, one.id) for one in policies.signed}
        known |= {record_path(one.record, one.id) for one in policies.endorsements}
        known |= {seal_path(one.record.seal) for one in policies.signed if one.record.seal is not None}
        known |= {file.path.removesuffix(SIGNATURE_SUFFIX) for file in policies.foreign}
        for path in sorted(self._new - known):
            yield self._refused(path, "neither a policy nor an endorsement, nor a seal that a policy names", _TAKE_OUT)

    def _fork(self) -> Iterator[Refusal]:
        heads = heads_of(self._after.chain)
        before = {head for ledger in self._before for head in heads_of(ledger.chain)}
        if len(heads) > 1 and set(heads) != before and len(heads) >= len(before):
            yield self._refused(
                POLICY_FOLDER,
                f"{len(heads)} policies would be in force at once: {', '.join(heads)}",
                "Fetch the ledger, then have an admin propose a policy that follows all of them, and push both",
            )


def refuse_people_files(change: RefChange, after: Ledger, folder: ChangedFolder) -> Iterator[Refusal]:
    """Yield the files for people that change and do not say what the policy in force says."""
    changed = {entry.name for entry in (*folder.removed, *folder.added)}
    there = {entry.name: entry for entry in folder.entries}
    if not PEOPLE_FILES & changed:
        return
    remedy = "Have an admin sign the edit with `gitgates policy propose`, or put the policy's own text back"
    try:
        record = after.chain.accepted[after.chain.effective()].record
    except CannotDecide as error:
        yield change.undecided(error)
        return
    for name, text in ((b"policy.toml", record.policy_toml), (b"allowed_signers", record.allowed_signers)):
        path = f"{LEDGER_FOLDER}/{name.decode('ascii')}"
        if name in changed and name not in there:
            yield change.refused(path, "the file would be deleted", remedy)
        elif name in changed:
            data = text.encode("utf-8")
            found = after.reader.get(there[name].id, limit=len(data))
            if found is None or found.data != data:
                yield change.refused(path, "it differs from the policy in force", remedy)
