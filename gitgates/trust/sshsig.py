"""SSHSIG: the format of detached SSH signatures (OpenSSH, PROTOCOL.sshsig), read strictly.

A signature has one spelling here. ssh-keygen also accepts others: text after the END line, filled reserved
fields, the twin (r, -s) of an ECDSA signature. Those are refused, so nobody without the key can change a byte.
"""

import hashlib
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64

from gitgates.errors import BadSignature, InvalidValue
from gitgates.model.frozen import frozen
from gitgates.trust.keys import ECDSA_CURVES, ED25519, RSA, SK_ECDSA, SK_ED25519, PublicKey
from gitgates.trust.wire import pack, pack_integer, unpack, unpack_integer

NAMESPACE = "gitgates"
"""Stands in every signature, so that one made for something else (a git commit, a file) never fits a record."""

_MAGIC = b"SSHSIG"
_PREAMBLE = _MAGIC + b"\0\0\0\1"
_NAMESPACE = NAMESPACE.encode()
_BEGIN = b"-----BEGIN SSH SIGNATURE-----\n"
_END = b"-----END SSH SIGNATURE-----\n"
_COLUMNS = 70
_MAX_BYTES = 8192  # the largest RSA key accepted needs less than 6 KiB
_RSA_ALGORITHMS = ("rsa-sha2-256", "rsa-sha2-512")
_ORDERS = {
    "nistp256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "nistp384": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    "nistp521": 0x01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409,  # noqa: E501 -- one number
}
_CURVE_OF = {**ECDSA_CURVES, SK_ECDSA: "nistp256"}


@frozen
class Signature:
    """A signature that is well formed; whether its key made it is for `verify` to say.

    Attributes:
        key: the public key that it names.
        hash: `sha256` or `sha512`, of the message.
        algorithm: `ssh-ed25519`, `rsa-sha2-512`, ...
        raw: what the algorithm made: 64 bytes for ed25519, two SSH mpints for ECDSA, a number for RSA.
        flags: what a security key says of how it was used (bit 0: it was touched); None for other keys.
    """

    key: PublicKey
    hash: str
    algorithm: str
    raw: bytes
    flags: int | None = None


def parse(data: bytes) -> Signature:
    """Return the signature in the armoured file `data`, else raise `BadSignature` with the reason."""
    try:
        key_blob, hash_name, inner = _decode(data)
        key = PublicKey.from_blob(key_blob)
        flags = None
        if key.type in (SK_ED25519, SK_ECDSA):
            inner, flags = _split_flags(inner)
        algorithm, raw = unpack(inner, 2, "signature")
        name = algorithm.decode("ascii", "replace")
        _check_raw(key, name, raw)
    except InvalidValue as error:
        raise BadSignature(f"not a signature that counts: {error.message}") from None
    return Signature(key, hash_name, name, raw, flags)


def signed_data(message: bytes, hash_name: str) -> bytes:
    """Return the bytes that the key signs for `message`; `hash_name` is `sha256` or `sha512`."""
    digest = hashlib.new(hash_name, message).digest()
    return _MAGIC + pack(_NAMESPACE, b"", hash_name.encode(), digest)


def with_low_s(data: bytes) -> bytes:
    """Return the armoured signature `data` in its only accepted spelling.

    Of the two spellings of an ECDSA signature, (r, s) and (r, -s), ssh-keygen and agents write either; the one
    with the smaller s counts here. Signatures of other types are returned as they are. Raises `BadSignature`.
    """
    try:
        key_blob, hash_name, inner = _decode(data)
        key = PublicKey.from_blob(key_blob)
        curve = _CURVE_OF.get(key.type)
        if curve is None:
            return data
        tail = inner[-5:] if key.type == SK_ECDSA else b""
        algorithm, raw = unpack(inner[: len(inner) - len(tail)], 2, "signature")
        r, s = (unpack_integer(part, "ECDSA signature") for part in unpack(raw, 2, "ECDSA signature"))
    except InvalidValue as error:
        raise BadSignature(f"not a signature that counts: {error.message}") from None
    low = pack(pack_integer(r), pack_integer(min(s, _ORDERS[curve] - s)))
    return armour(_PREAMBLE + pack(key_blob, _NAMESPACE, b"", hash_name.encode(), pack(algorithm, low) + tail))


def armour(blob: bytes) -> bytes:
    """Return `blob` as the text file that ssh-keygen writes."""
    text = b2a_base64(blob, newline=False)
    lines = [text[at : at + _COLUMNS] + b"\n" for at in range(0, len(text), _COLUMNS)]
    return b"".join([_BEGIN, *lines, _END])


def _decode(data: bytes) -> tuple[bytes, str, bytes]:
    """Return key, hash name and inner signature of the armoured file `data`."""
    if len(data) > _MAX_BYTES:
        raise InvalidValue(f"it has {len(data)} bytes, at most {_MAX_BYTES} are accepted")
    if not data.startswith(_BEGIN) or not data.endswith(_END):
        raise InvalidValue("it does not begin and end with the lines of an SSH signature")
    try:
        blob = a2b_base64(data[len(_BEGIN) : -len(_END)])
    except Base64Error:
        blob = b""
    # The decoder skips what is not base64; only the comparison makes this strict, and it leaves nothing out.
    if armour(blob) != data:
        raise InvalidValue("its text is not what ssh-keygen writes")
    if not blob.startswith(_PREAMBLE):
        raise InvalidValue("it is not SSHSIG version 1")
    key_blob, namespace, reserved, hash_name, inner = unpack(blob[len(_PREAMBLE) :], 5, "signature")
    if namespace != _NAMESPACE:
        raise InvalidValue(f"it is for the namespace {namespace[:40]!r} instead of {NAMESPACE!r}")
    if reserved:
        raise InvalidValue("its reserved field is not empty")
    if hash_name not in (b"sha256", b"sha512"):
        raise InvalidValue(f"it uses the hash {hash_name[:20]!r} instead of sha256 or sha512")
    return key_blob, hash_name.decode(), inner


def _split_flags(inner: bytes) -> tuple[bytes, int]:
    # After its two strings, a security key's signature has a byte of flags and a counter of four bytes.
    if len(inner) < 5:
        raise InvalidValue("the signature is cut short")
    return inner[:-5], inner[-5]


def _check_raw(key: PublicKey, algorithm: str, raw: bytes) -> None:
    expected = _RSA_ALGORITHMS if key.type == RSA else (key.type,)
    if algorithm not in expected:
        raise InvalidValue(
            f"its algorithm is {algorithm[:40]!r}, a key of type {key.type} needs {' or '.join(expected)}"
        )
    if key.type in (ED25519, SK_ED25519):
        if len(raw) != 64:
            raise InvalidValue(f"an ed25519 signature has 64 bytes, not {len(raw)}")
    elif key.type == RSA:
        modulus = int.from_bytes(unpack(key.blob, 3, "key")[2], "big")
        if len(raw) != (modulus.bit_length() + 7) // 8 or int.from_bytes(raw, "big") >= modulus:
            raise InvalidValue("the RSA signature is not of its key's size")
    else:
        order = _ORDERS[_CURVE_OF[key.type]]
        r, s = (unpack_integer(part, "ECDSA signature") for part in unpack(raw, 2, "ECDSA signature"))
        if r >= order or s > order // 2:
            raise InvalidValue(
                "the ECDSA signature is not in its canonical form (r below the order, s in the lower half)"
            )
