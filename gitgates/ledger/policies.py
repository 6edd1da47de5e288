"""Reading the policy folder: geneses, the chain of one root, and its seals."""

from collections.abc import Callable, Iterable, Mapping

from gitgates.codec.records import record_id
from gitgates.codec.seals import Seal, parse_seal
from gitgates.decision.chain import PolicyChain, build_chain
from gitgates.decision.signed import Signed, SignedEndorsement, SignedPolicy
from gitgates.errors import CannotDecide, InvalidValue
from gitgates.ledger.files import POLICY_LIMIT, Authenticator, FileOfRecord, Foreign, pair_up
from gitgates.model.frozen import frozen
from gitgates.model.paths import POLICY_FOLDER, id_in_name
from gitgates.model.policy import Role
from gitgates.model.records import EndorsementRecord, PolicyRecord, Record
from gitgates.store.objects import ObjectReader
from gitgates.store.trees import TreeEntry

SEAL_SUFFIX = ".seal"
SEAL_LIMIT = 64 * 1024 * 1024
"""Bytes of a seal: some 700,000 model versions."""


@frozen
class PolicyFolder:
    """The files of the policy folder, before a root is chosen."""

    files: tuple[FileOfRecord, ...]
    foreign: tuple[Foreign, ...]
    seal_files: Mapping[str, bytes]


@frozen
class Policies:
    """The policies of one root.

    Attributes:
        seals: those that accepted policies name and that are there, by digest.
        signed, endorsements: every validly signed one, accepted or not.
    """

    chain: PolicyChain
    seals: Mapping[str, Seal]
    foreign: tuple[Foreign, ...]
    signed: tuple[SignedPolicy, ...] = ()
    endorsements: tuple[SignedEndorsement, ...] = ()


def read_policy_folder(reader: ObjectReader, entries: tuple[TreeEntry, ...]) -> PolicyFolder:
    """Return the files of the policy folder."""
    seals = [entry for entry in entries if entry.name.endswith(SEAL_SUFFIX.encode())]
    others = tuple(entry for entry in entries if not entry.name.endswith(SEAL_SUFFIX.encode()))
    paired = tuple(pair_up(reader, POLICY_FOLDER, others, POLICY_LIMIT))
    files = [file for file in paired if isinstance(file, FileOfRecord)]
    foreign = [file for file in paired if isinstance(file, Foreign)]
    contents = reader.get_many((entry.id for entry in seals), limit=SEAL_LIMIT)
    seal_files = {}
    for entry, content in zip(seals, contents, strict=True):
        name = entry.name.decode("ascii", "replace").removesuffix(SEAL_SUFFIX)
        if content is not None and record_id(content.data) == name:
            seal_files[name] = content.data
        else:
            foreign.append(Foreign(f"{POLICY_FOLDER}/{name}{SEAL_SUFFIX}", "its bytes are not those its name says"))
    return PolicyFolder(tuple(files), tuple(foreign), seal_files)


def find_geneses(
    folder: PolicyFolder, authenticator: Authenticator, decode: Callable[[bytes], Record]
) -> tuple[str, ...]:
    """Return the ids of all root policies in the folder that one of their own admins signed."""
    geneses = []
    for file in folder.files:
        root = _as_root(file, authenticator, decode)
        if root is not None:
            policy = root.record.parsed
            if policy.holds(root.record.author, root.key) and Role.ADMIN in policy.roles_of(root.record.author):
                geneses.append(root.id)
    return tuple(sorted(geneses))


def _as_root(
    file: FileOfRecord, authenticator: Authenticator, decode: Callable[[bytes], Record]
) -> Signed[PolicyRecord] | None:
    """Return the self-signed root policy that `file` is, if it is one. Its keys stand in itself: it is parsed first."""
    try:
        claimed = decode(file.data)
    except InvalidValue:
        return None
    if not isinstance(claimed, PolicyRecord) or claimed.parents:
        return None
    own_keys = frozenset(signer.key for signer in claimed.parsed.signers)
    signed = authenticator.authenticate(file, own_keys)
    return Signed(signed.id, claimed, signed.key) if isinstance(signed, Signed) else None


def read_policies(
    folder: PolicyFolder,
    root: str,
    adopted: str | None,
    authenticator: Authenticator,
    decode: Callable[[bytes], Record],
) -> Policies:
    """Return the chain of `root`: its record, then every record signed by a key that an earlier one lists.

    Raises:
        CannotDecide: the root is not there or not valid, or a policy is of a newer format.
    """
    waiting = {file.path: file for file in folder.files}
    policies: list[SignedPolicy] = []
    endorsements: list[SignedEndorsement] = []
    for path, file in waiting.items():
        if id_in_name(path) == root and (genesis := _as_root(file, authenticator, decode)) is not None:
            policies.append(genesis)
            del waiting[path]
            break
    foreign = {}
    known: frozenset[str] = frozenset(s.key for policy in policies for s in policy.record.parsed.signers)
    grown = bool(known)
    while grown:
        grown = False
        for path, file in tuple(waiting.items()):
            signed = authenticator.authenticate(file, known)
            if isinstance(signed, Foreign):
                foreign[path] = signed
                continue
            del waiting[path]
            foreign.pop(path, None)
            if isinstance(signed.record, PolicyRecord):
                policies.append(Signed(signed.id, signed.record, signed.key))
                known |= {signer.key for signer in signed.record.parsed.signers}
                grown = True
            elif isinstance(signed.record, EndorsementRecord):
                endorsements.append(Signed(signed.id, signed.record, signed.key))
    _refuse_newer((*folder.foreign, *foreign.values()))
    chain = build_chain(root, policies, endorsements, adopted)
    all_foreign = (*folder.foreign, *foreign.values())
    return Policies(chain, _named_seals(folder, chain), all_foreign, tuple(policies), tuple(endorsements))


def _refuse_newer(foreign: Iterable[Foreign]) -> None:
    for file in foreign:
        if file.newer or file.lacking:
            cause = "newer format" if file.newer else "unreadable"
            remedy = "Upgrade gitgates" if file.newer else "Fetch the ledger's branch"
            raise CannotDecide(cause, f"{file.path}: {file.reason}", remedy=remedy)


def _named_seals(folder: PolicyFolder, chain: PolicyChain) -> dict[str, Seal]:
    seals = {}
    for signed in chain.accepted.values():
        digest = signed.record.seal
        if digest is not None and digest in folder.seal_files:
            try:
                seals[digest] = parse_seal(folder.seal_files[digest])
            except InvalidValue as error:
                raise CannotDecide(
                    "unreadable", f"the seal {digest} of the policy {signed.id}: {error.message}"
                ) from None
    return seals
