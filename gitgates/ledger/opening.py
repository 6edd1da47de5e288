"""Opening a ledger: which root to trust, where its branch is, and its policies as all that is at hand has them."""

from collections.abc import Sequence

from gitgates.codec.records import RecordCodec
from gitgates.decision.chain import PolicyChain
from gitgates.ledger import locate
from gitgates.ledger.files import Authenticator
from gitgates.ledger.folders import Union
from gitgates.ledger.geneses import only_genesis
from gitgates.ledger.locate import Location, Tip
from gitgates.ledger.pin import Pin
from gitgates.ledger.policies import Policies, read_policies, read_policy_folder
from gitgates.model.frozen import frozen
from gitgates.model.paths import POLICY_FOLDER
from gitgates.store.objects import ObjectReader
from gitgates.store.repository import Repository
from gitgates.trust.verify import Verifier


@frozen
class Found:
    """A ledger that was found.

    Attributes:
        elsewhere: further places that were read for policies: what is checked out, a branch that the ledger has left.
    """

    location: Location
    root: str
    policies: Policies
    elsewhere: tuple[Tip, ...]


def find_ledger(repository: Repository, reader: ObjectReader, pin: Pin | None) -> Found:
    """Return the ledger of this clone: the policies of every place that may have one say which branch it is on.

    Policies count wherever they are, so an old copy can hide none that another copy has.

    Raises:
        NoLedger: there is none.
        CannotDecide: several geneses and no pin, an unreadable policy, or a branch that this clone lacks.
    """
    tips = locate.candidates(repository, reader)
    root, policies = load_policies(repository, reader, pin, [commit for _, commit in tips])
    while True:
        branch = ledger_branch(policies.chain)
        location = locate.follow(repository, reader, branch)
        location = locate.with_left_behind(repository, reader, location, named_branches(policies.chain) - {branch})
        read = [commit for _, commit in tips]
        new = tuple(tip for tip in ((location.ref, location.commit), *location.others) if tip[1] not in read)
        if not new:
            named = location.commits
            return Found(location, root, policies, tuple(tip for tip in tips if tip[1] not in named))
        tips += new
        root, policies = load_policies(repository, reader, pin, [commit for _, commit in tips])


def load_policies(
    repository: Repository, reader: ObjectReader, pin: Pin | None, commits: Sequence[str]
) -> tuple[str, Policies]:
    """Return the root to trust, and its policies in `commits` together.

    Raises:
        CannotDecide: there is no pin and not one genesis, or a policy cannot be read.
    """
    codec = RecordCodec()
    authenticator = Authenticator(Verifier(), codec)
    folder = read_policy_folder(reader, Union(reader, commits).entries(POLICY_FOLDER) or ())
    root = pin.root if pin else only_genesis(repository, commits, folder, authenticator, codec)
    adopted = pin.adopted if pin else None
    return root, read_policies(folder, root, adopted, authenticator, codec.decode)


def ledger_branches(chain: PolicyChain) -> frozenset[str]:
    """Return the branches that the policies in force name: one, but for a fork."""
    return frozenset(chain.policy(head).ledger_branch for head in chain.heads() or (chain.root,))


def ledger_branch(chain: PolicyChain) -> str:
    """Return the branch that the policies name; where they fork, any head's will do: no answer comes of it."""
    return chain.policy((*chain.heads(), chain.root)[0]).ledger_branch


def named_branches(chain: PolicyChain) -> frozenset[str]:
    """Return every branch that the ledger has been on, as the policies name them."""
    return frozenset(chain.policy(policy_id).ledger_branch for policy_id in chain.accepted)
