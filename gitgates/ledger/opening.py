"""Opening a ledger: which root to trust, and its policies as one commit has them."""

from gitgates.codec.records import RecordCodec
from gitgates.decision.chain import PolicyChain
from gitgates.ledger.files import Authenticator
from gitgates.ledger.folders import folder_entries
from gitgates.ledger.geneses import only_genesis
from gitgates.ledger.locate import Location
from gitgates.ledger.pin import Pin
from gitgates.ledger.policies import Policies, read_policies, read_policy_folder
from gitgates.model.paths import POLICY_FOLDER
from gitgates.store.objects import ObjectReader
from gitgates.store.repository import Repository
from gitgates.trust.verify import Verifier


def load_policies(
    repository: Repository, reader: ObjectReader, pin: Pin | None, location: Location
) -> tuple[str, Policies]:
    """Return the root to trust, and its policies at `location`.

    Raises:
        CannotDecide: there is no pin and not one genesis, or a policy cannot be read.
    """
    codec = RecordCodec()
    authenticator = Authenticator(Verifier(), codec)
    folder = read_policy_folder(reader, folder_entries(reader, location.commit, POLICY_FOLDER) or ())
    root = pin.root if pin else only_genesis(repository, location, folder, authenticator, codec)
    adopted = pin.adopted if pin else None
    return root, read_policies(folder, root, adopted, authenticator, codec.decode)


def ledger_branch(chain: PolicyChain) -> str:
    """Return the branch that the policies name; where they fork, any head's will do: no answer comes of it."""
    return chain.policy((*chain.heads(), chain.root)[0]).ledger_branch
