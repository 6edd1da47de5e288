"""A signer in this process, thousands of times faster than ssh-keygen. Its seed is published: it protects nothing."""

import os
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from attrs import frozen
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from gitgates.trust.keys import ED25519, PublicKey
from gitgates.trust.sshsig import NAMESPACE, armour, signed_data
from gitgates.trust.wire import pack

PRINCIPAL = "bench@example.com"
_PREAMBLE = b"SSHSIG\0\0\0\1"


@frozen(slots=False)
class Signer:
    """An ed25519 key that is the same on every machine."""

    @cached_property
    def private(self) -> Ed25519PrivateKey:
        """The private key."""
        return Ed25519PrivateKey.from_private_bytes(sha256(b"gitgates benchmark key").digest())

    @cached_property
    def public(self) -> PublicKey:
        """The public key."""
        point = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return PublicKey.from_blob(pack(ED25519.encode(), point))

    def sign(self, message: bytes) -> bytes:
        """Return the armoured signature that `ssh-keygen -Y sign` would make."""
        inner = pack(ED25519.encode(), self.private.sign(signed_data(message, "sha512")))
        return armour(_PREAMBLE + pack(self.public.blob, NAMESPACE.encode(), b"", b"sha512", inner))

    def write(self, path: Path) -> Path:
        """Write the private key as ssh-keygen does, for commands that sign, and return `path`."""
        text = self.private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        with open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(text)
        path.with_name(f"{path.name}.pub").write_text(f"{self.public.text}\n")
        return path
