"""Verification of signatures: never yes where `ssh-keygen -Y check-novalidate` says no."""

from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gitgates.errors import BadSignature, CannotDecide
from gitgates.trust.keys import ED25519, PublicKey
from gitgates.trust.sshsig import NAMESPACE, Signature, parse, signed_data

_TOUCHED = 1
_MAX_KEYS = 1024
# What ssh-keygen says of a well-formed signature that is wrong; any other failure is one of the machine. The last
# two come up where an RSA signature opens to something that is no digest of the kind it claims.
_WRONG = tuple(
    f"Signature verification failed: {reason}"
    for reason in ("incorrect signature", "error in libcrypto", "invalid format")
)


def verify(message: bytes, signature: bytes) -> PublicKey:
    """Return the key that made `signature` over `message`; as `Verifier.verify`, for a single use."""
    return Verifier().verify(message, signature)


class Verifier:
    """Verifies many signatures and remembers the keys it has loaded. Not for use by several threads at once."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        """Make a verifier that runs ssh-keygen, where it must, in `environ` (by default the process's own)."""
        self._environ = environ
        self._loaded: dict[bytes, Ed25519PublicKey] = {}

    def verify(self, message: bytes, signature: bytes, parsed: Signature | None = None) -> PublicKey:
        """Return the key that made the armoured `signature` over `message`; whose key it is, the policy says.

        1. The signature is well formed to the last byte (`sshsig.parse`).
        2. A security key was touched for it.
        3. The key made it: ed25519 in process, other types by ssh-keygen.

        Args:
            parsed: what `sshsig.parse(signature)` gave, where the caller has it already.

        Raises:
            BadSignature: one of these does not hold.
            CannotDecide: 1 and 2 hold, and ssh-keygen, which 3 needs, cannot be run or cannot tell. Treating
                the signature as bad would drop a rejection that counts.
        """
        parsed = parse(signature) if parsed is None else parsed
        if parsed.flags is not None and not parsed.flags & _TOUCHED:
            raise BadSignature("the security key signed without being touched")
        if parsed.key.type == ED25519:
            self._check_ed25519(message, parsed)
        else:
            self._check_by_ssh_keygen(message, signature, parsed.key)
        return parsed.key

    def _check_ed25519(self, message: bytes, parsed: Signature) -> None:
        loaded = self._loaded.get(parsed.key.blob)
        if loaded is None:
            if len(self._loaded) >= _MAX_KEYS:  # a stranger can bring any number of keys, but not fill the memory
                self._loaded.clear()
            loaded = self._loaded[parsed.key.blob] = Ed25519PublicKey.from_public_bytes(parsed.key.blob[-32:])
        try:
            loaded.verify(parsed.raw, signed_data(message, parsed.hash))
        except InvalidSignature:
            raise _incorrect(parsed.key) from None

    def _check_by_ssh_keygen(self, message: bytes, signature: bytes, key: PublicKey) -> None:
        import os  # this branch is rare, and so are its imports
        from tempfile import TemporaryDirectory

        from gitgates.trust import openssh

        with TemporaryDirectory(prefix="gitgates-") as folder:
            path = os.path.join(folder, "signature")
            with open(path, "wb") as file:
                file.write(signature)
            command = ("ssh-keygen", "-Y", "check-novalidate", "-n", NAMESPACE, "-s", path)
            try:
                outcome = openssh.run(command, os.environ if self._environ is None else self._environ, message=message)
            except OSError as error:
                raise _unable(key, f"ssh-keygen cannot be run ({error.strerror})") from None
        if any(words in outcome.complaint for words in _WRONG):
            raise _incorrect(key)
        # The fingerprint proves that both readers found the same key in the file.
        if not outcome.ok or outcome.output.split()[-1:] != [key.fingerprint.encode()]:
            raise _unable(key, f"ssh-keygen says: {outcome.complaint or outcome.output.decode('utf-8', 'replace')}")


def _incorrect(key: PublicKey) -> BadSignature:
    return BadSignature(f"the key {key.fingerprint} did not make this signature over these bytes")


def _unable(key: PublicKey, reason: str) -> CannotDecide:
    return CannotDecide(
        "unreadable",
        f"a signature by a key of type {key.type} cannot be checked here; {reason}",
        remedy="Install OpenSSH 8.2 or newer, with support for this type of key",
    )
