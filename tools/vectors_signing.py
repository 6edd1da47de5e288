"""Fixed keys and signatures for the test vectors. The seeds are published: these keys protect nothing."""

from hashlib import sha256

from attrs import frozen
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gitgates.trust.keys import ED25519, SK_ED25519, PublicKey
from gitgates.trust.sshsig import armour, signed_data
from gitgates.trust.wire import pack

PREAMBLE = b"SSHSIG\0\0\0\1"
_APPLICATION = b"ssh:"


@frozen
class VectorKey:
    """A key whose seed everybody knows: the SHA-256 of `gitgates test key NAME`."""

    name: str

    @property
    def seed(self) -> bytes:
        """The 32 bytes that the key is made from (RFC 8032)."""
        return sha256(f"gitgates test key {self.name}".encode()).digest()

    @property
    def principal(self) -> str:
        """Who it belongs to."""
        return f"{self.name}@example.com"

    @property
    def public(self) -> PublicKey:
        """Its public key."""
        return PublicKey.from_blob(pack(ED25519.encode(), self._point))

    @property
    def public_sk(self) -> PublicKey:
        """The public key of a security key with the same seed."""
        return PublicKey.from_blob(pack(SK_ED25519.encode(), self._point, _APPLICATION))

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @property
    def _point(self) -> bytes:
        return self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        """Return the armoured signature of `message` that every reader accepts."""
        return armour(self.blob(message))

    def blob(
        self, message: bytes, *, namespace: bytes = b"gitgates", reserved: bytes = b"", hashing: str = "sha512"
    ) -> bytes:
        """Return the signature of `message` before it is armoured; other arguments make one that nobody may accept."""
        digest = sha256(message).digest() if hashing == "sha256" else signed_data(message, "sha512")[-64:]
        signed = b"SSHSIG" + pack(namespace, reserved, hashing.encode(), digest)
        inner = pack(ED25519.encode(), self._private.sign(signed))
        return PREAMBLE + pack(self.public.blob, namespace, reserved, hashing.encode(), inner)

    def sign_as_security_key(self, message: bytes, *, touched: bool) -> bytes:
        """Return the armoured signature of a security key, whose user touched it or did not."""
        state = bytes([int(touched)]) + (7).to_bytes(4, "big")
        digest = sha256(signed_data(message, "sha512")).digest()
        raw = self._private.sign(sha256(_APPLICATION).digest() + state + digest)
        inner = pack(SK_ED25519.encode(), raw) + state
        return armour(PREAMBLE + pack(self.public_sk.blob, b"gitgates", b"", b"sha512", inner))


ALICE, BOB, MALLORY = VectorKey("alice"), VectorKey("bob"), VectorKey("mallory")
