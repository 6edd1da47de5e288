"""Private keys as files and text: which public key they hold, and whether a passphrase guards them."""

import os
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from attrs import field

from gitgates.errors import InvalidValue, SigningError
from gitgates.model.frozen import frozen
from gitgates.trust import openssh
from gitgates.trust.keys import PublicKey
from gitgates.trust.wire import first_string

_BEGIN = "-----BEGIN "
_OPENSSH = "-----BEGIN OPENSSH PRIVATE KEY-----"
_MAGIC = b"openssh-key-v1\0"
_MAX_BYTES = 64 * 1024  # an RSA key of 16384 bits needs 13 KiB


@frozen
class KeyFile:
    """A key as ssh-keygen can use it.

    Attributes:
        path: the file to sign with, or None where `text` has to become one first.
        text: the private key, or the public key of an agent; never shown.
        may_ask: whether signing may need a passphrase, as far as one can tell.
    """

    public: PublicKey
    path: str | None
    text: str = field(repr=False)
    may_ask: bool


def is_private(text: str) -> bool:
    """Tell whether `text` begins as a private key does."""
    return text.startswith(_BEGIN)


def read_file(path: str, environ: Mapping[str, str]) -> KeyFile:
    """Return the private or public key in the file at `path`, else raise `SigningError` that names it."""
    try:
        with open(path, "rb") as file:
            text = file.read(_MAX_BYTES).decode("utf-8", "replace")
    except OSError as error:
        raise SigningError(
            f"cannot read the key file {path}: {error.strerror}", remedy="Name another with --key"
        ) from None
    if is_private(text):
        return _read_private(text, path, environ)
    return KeyFile(_parse_public(text, path), path, text, may_ask=True)


def read_private(text: str, environ: Mapping[str, str]) -> KeyFile:
    """Return the private key in `text`, else raise `SigningError`; CI systems like to drop its last line end."""
    return _read_private(text.replace("\r\n", "\n").strip() + "\n", None, environ)


def read_public(text: str) -> KeyFile:
    """Return the public key in `text`, whose private half an agent holds, else raise `SigningError`."""
    public = _parse_public(text, "the key")
    return KeyFile(public, None, public.text, may_ask=False)


@contextmanager
def as_file(public: PublicKey | None, text: str) -> Iterator[str]:
    """Write `text` and the public key beside it to files that only this user can read; yield the path of the first."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="gitgates-") as folder:
        path = os.path.join(folder, "key")
        contents = {path: text} if is_private(text) else {}
        if public is not None:
            contents[path + ".pub"] = public.text + "\n"
        for name, content in contents.items():
            descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(content)
        yield path if is_private(text) else path + ".pub"


def _parse_public(text: str, name: str) -> PublicKey:
    lines = text.splitlines()
    try:
        return PublicKey.parse(lines[0].strip() if len(lines) == 1 else "")
    except InvalidValue as error:
        raise SigningError(f"{name} is not a key to sign with: {error.message}", remedy=error.remedy) from None


def _read_private(text: str, path: str | None, environ: Mapping[str, str]) -> KeyFile:
    name = path or "the private key"
    if not text.startswith(_OPENSSH):
        return _read_pem(text, path, environ)
    try:
        blob = a2b_base64("".join(text.strip().splitlines()[1:-1]).encode("ascii", "replace"))
    except Base64Error:
        blob = b""
    # Magic, then as strings: cipher, key derivation, its options; then the number of keys and the public key.
    rest = blob[len(_MAGIC) :]
    cipher = first_string(rest)
    for _ in range(3):
        rest = rest[4 + len(first_string(rest)) :]
    if not blob.startswith(_MAGIC) or rest[:4] != b"\0\0\0\1":
        raise SigningError(
            f"{name} is damaged: it is not a whole OpenSSH private key", remedy="Name another with --key"
        )
    try:
        public = PublicKey.from_blob(first_string(rest[4:]))
    except InvalidValue as error:
        raise SigningError(f"{name} is not a key to sign with: {error.message}", remedy=error.remedy) from None
    return KeyFile(public, path, text, may_ask=cipher != b"none")


def _read_pem(text: str, path: str | None, environ: Mapping[str, str]) -> KeyFile:
    """Read an older kind of private key, which only ssh-keygen can turn into its public key."""
    if path is not None and os.path.exists(path + ".pub"):
        return KeyFile(read_file(path + ".pub", environ).public, path, text, may_ask=True)
    with as_file(None, text) as copy:
        try:
            outcome = openssh.run(("ssh-keygen", "-y", "-P", "", "-f", copy), environ)
        except OSError as error:
            raise no_ssh_keygen(error) from None
    if not outcome.ok:
        name = path or "the private key"
        raise SigningError(
            f"{name} has a passphrase or is damaged, and its public key is not beside it",
            remedy=f"Write that file: ssh-keygen -y -f {path} > {path}.pub" if path else "Use a key made by ssh-keygen",
        )
    public = _parse_public(outcome.output.decode("utf-8", "replace"), path or "the private key")
    # ssh-keygen signs with such a file only where the public key stands beside it, so it gets both from the text.
    return KeyFile(public, None, text, may_ask=False)


def no_ssh_keygen(error: OSError) -> SigningError:
    """Return the error for an ssh-keygen that cannot be run."""
    return SigningError(
        f"ssh-keygen cannot be run: {error.strerror}", remedy=f"Install OpenSSH {openssh.OLDEST} or newer"
    )
