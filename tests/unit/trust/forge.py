"""Keys by real ssh-keygen, signatures put together by hand, and what ssh-keygen says of them."""

import hashlib
import os
import subprocess
from pathlib import Path

from attrs import frozen
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gitgates.trust import sshsig
from gitgates.trust.wire import pack, pack_integer

MESSAGE = b'{\n  "format": "gitgates-record/1"\n}\n'
PREAMBLE = b"SSHSIG\0\0\0\1"
TYPES = {
    "ed25519": ("-t", "ed25519"),
    "ecdsa256": ("-t", "ecdsa", "-b", "256"),
    "ecdsa384": ("-t", "ecdsa", "-b", "384"),
    "ecdsa521": ("-t", "ecdsa", "-b", "521"),
    "rsa": ("-t", "rsa", "-b", "2048"),
}


@frozen
class Made:
    """A key pair on disk, and a signature of `MESSAGE` by it."""

    path: Path
    public: str
    signature: bytes


def make_key(path: Path, *options: str, passphrase: str = "") -> str:
    """Let ssh-keygen make a key; return its public key without comment."""
    subprocess.run(["ssh-keygen", "-q", *options, "-N", passphrase, "-C", "me", "-f", path], check=True)
    return " ".join(path.with_name(path.name + ".pub").read_text().split(" ")[:2])


def sign(path: Path, message: bytes = MESSAGE, namespace: str = "gitgates", *options: str) -> bytes:
    """Sign as a person would with ssh-keygen."""
    command: list[str | Path] = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", path, *options]
    return subprocess.run(command, input=message, stdout=subprocess.PIPE, check=True).stdout


def ssh_keygen_accepts(message: bytes, signature: bytes, folder: Path) -> bool:
    """Tell whether ssh-keygen takes `signature` for a valid one of `message`, by whatever key."""
    (folder / "oracle.sig").write_bytes(signature)
    command: list[str | Path] = ["ssh-keygen", "-Y", "check-novalidate", "-n", "gitgates", "-s", folder / "oracle.sig"]
    return subprocess.run(command, input=message, capture_output=True).returncode == 0


def ssh_keygen_verifies(signers: str, principal: str, signature: bytes, folder: Path) -> bool:
    """Tell whether ssh-keygen takes `signature` of `MESSAGE` for one by `principal` under the file `signers`."""
    (folder / "oracle.sig").write_bytes(signature)
    (folder / "oracle.signers").write_bytes(signers.encode())
    command = ["ssh-keygen", "-Y", "verify", "-n", "gitgates", "-I", principal]
    files: list[str | Path] = ["-f", folder / "oracle.signers", "-s", folder / "oracle.sig"]
    return subprocess.run([*command, *files], input=MESSAGE, capture_output=True).returncode == 0


def ssh_keygen_fingerprint(public: str, folder: Path) -> str | None:
    """Return what `ssh-keygen -l` prints of a public key, or None where it refuses the key."""
    (folder / "oracle.pub").write_text(public + "\n")
    done = subprocess.run(["ssh-keygen", "-l", "-f", folder / "oracle.pub"], capture_output=True, text=True)
    return done.stdout.split(" ")[1] if done.returncode == 0 else None


def b64(blob: bytes) -> str:
    """Return `blob` in base64."""
    import base64

    return base64.b64encode(blob).decode()


def dearmour(signature: bytes) -> bytes:
    """Return the blob in an armoured signature."""
    import base64

    return base64.b64decode(b"".join(signature.splitlines()[1:-1]))


def assemble(
    key: bytes, inner: bytes, *, namespace: bytes = b"gitgates", reserved: bytes = b"", hash_name: bytes = b"sha512"
) -> bytes:
    """Return an armoured signature with these fields, whatever they hold."""
    return sshsig.armour(PREAMBLE + pack(key, namespace, reserved, hash_name, inner))


@frozen
class SecurityKey:
    """What a FIDO key does, in software."""

    private: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
    application: bytes = b"ssh:"

    @property
    def type(self) -> bytes:
        curve = isinstance(self.private, ec.EllipticCurvePrivateKey)
        return b"sk-ecdsa-sha2-nistp256@openssh.com" if curve else b"sk-ssh-ed25519@openssh.com"

    @property
    def blob(self) -> bytes:
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            return pack(self.type, b"nistp256", point, self.application)
        return pack(self.type, self.private.public_key().public_bytes_raw(), self.application)

    def sign(self, message: bytes, flags: int = 1, tail: bytes = b"") -> bytes:
        """Return the armoured signature that a key gives with these flags: bit 0 says that it was touched."""
        counter = bytes([flags]) + (7).to_bytes(4, "big")
        data = sshsig.signed_data(message, "sha512")
        signed = hashlib.sha256(self.application).digest() + counter + hashlib.sha256(data).digest()
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(self.private.sign(signed, ec.ECDSA(SHA256())))
            raw = pack(pack_integer(r), pack_integer(s))
        else:
            raw = self.private.sign(signed)
        return assemble(self.blob, pack(self.type, raw) + counter + tail)


def security_keys() -> dict[str, SecurityKey]:
    """Return one new security key of each kind."""
    return {
        "sk-ed25519": SecurityKey(ed25519.Ed25519PrivateKey.generate()),
        "sk-ecdsa": SecurityKey(ec.generate_private_key(ec.SECP256R1())),
    }


def surroundings(**more: str) -> dict[str, str]:
    """Return the environment of this test with `more`."""
    return {**os.environ, **more}


def stand_in(folder: Path, script: str, name: str = "ssh-keygen") -> dict[str, str]:
    """Put a program of this name in front of the real one; return the environment that finds it."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return surroundings(PATH=f"{folder}:/usr/bin:/bin")


def askpass(folder: Path) -> str:
    """Return a program that knows the passphrase `secret`, and leaves the file `asked` when it is run."""
    stand_in(folder, f"touch '{folder}/asked'\necho secret", "askpass")
    return str(folder / "askpass")
