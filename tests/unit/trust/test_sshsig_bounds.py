"""Where each rule for SSHSIG begins and ends, and what is said beyond it."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gitgates.errors import BadSignature
from gitgates.trust import sshsig
from gitgates.trust.keys import PublicKey
from gitgates.trust.wire import pack, pack_integer, unpack
from tests.unit.trust import forge


def refused(signature: bytes) -> str:
    """Return all that is said of a signature that is refused; it is the same for readers and for writers."""
    with pytest.raises(BadSignature) as caught:
        sshsig.parse(signature)
    assert caught.value.message.startswith("not a signature that counts: ")
    return str(caught.value).removeprefix("not a signature that counts: ")


def test_a_long_file_is_refused_before_it_is_decoded(made: dict[str, forge.Made]) -> None:
    """The largest key's signature fits; nothing else needs more."""
    frame = len(sshsig.armour(b""))
    for size, reason in (
        (8192, "its text is not what ssh-keygen writes"),
        (8193, "it has 8193 bytes, at most 8192 are accepted"),
    ):
        text = sshsig.armour(b"")
        filled = text[:30] + b"A" * (size - frame) + text[30:]
        assert len(filled) == size
        assert refused(filled) == reason


@pytest.mark.parametrize("size", [0, 1, 51, 52, 53, 104, 105, 106, 157, 158, 1000])
def test_lines_are_as_long_as_ssh_keygen_makes_them(size: int) -> None:
    blob = bytes(range(256)) * 4
    lines = sshsig.armour(blob[:size]).decode().split("\n")
    assert (lines[0], *lines[-2:]) == ("-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----", "")
    text = lines[1:-2]
    assert "".join(text) == forge.b64(blob[:size])
    assert all(len(line) == 70 for line in text[:-1])
    assert not text or 1 <= len(text[-1]) <= 70


def test_each_refusal_says_which_field_and_quotes_little_of_it(made: dict[str, forge.Made]) -> None:
    key, _, _, _, inner = unpack(forge.dearmour(made["ed25519"].signature)[10:], 5, "signature")
    raw = unpack(inner, 2, "signature")[1]
    long = b"x" * 1000
    assert refused(b"junk") == "it does not begin and end with the lines of an SSH signature"
    assert refused(made["ed25519"].signature[1:]) == "it does not begin and end with the lines of an SSH signature"
    assert refused(made["ed25519"].signature[:-1]) == "it does not begin and end with the lines of an SSH signature"
    assert refused(sshsig.armour(b"junk")) == "it is not SSHSIG version 1"
    assert (
        refused(forge.assemble(key, inner, namespace=b"git")) == "it is for the namespace b'git' instead of 'gitgates'"
    )
    assert refused(forge.assemble(key, inner, namespace=long)) == (
        f"it is for the namespace {long[:40]!r} instead of 'gitgates'"
    )
    assert refused(forge.assemble(key, inner, reserved=b"\0")) == "its reserved field is not empty"
    assert refused(forge.assemble(key, inner, hash_name=long)) == (
        f"it uses the hash {long[:20]!r} instead of sha256 or sha512"
    )
    assert refused(forge.assemble(key, pack(long, raw))) == (
        f"its algorithm is {'x' * 40!r}, a key of type ssh-ed25519 needs ssh-ed25519"
    )
    assert refused(forge.assemble(key, pack(b"ssh-ed\xff", raw))).startswith("its algorithm is 'ssh-ed\ufffd', ")
    assert refused(forge.assemble(key, pack(b"ssh-ed25519", raw[1:]))) == "an ed25519 signature has 64 bytes, not 63"
    assert refused(forge.assemble(b"", inner)) == "key type '' is not accepted"
    assert refused(forge.assemble(key, inner + b"\0")) == "bytes follow the signature"
    assert refused(forge.assemble(key, inner[:-1])) == "the signature is cut short"
    assert (
        refused(sshsig.armour(forge.PREAMBLE + pack(key, b"gitgates", b"", b"sha512"))) == "the signature is cut short"
    )


def test_an_rsa_signature_is_a_number_below_the_modulus_at_its_length(made: dict[str, forge.Made]) -> None:
    key = PublicKey.parse(made["rsa"].public)
    modulus = int.from_bytes(unpack(key.blob, 3, "key")[2], "big")

    def signed(raw: bytes, algorithm: bytes = b"rsa-sha2-512") -> bytes:
        return forge.assemble(key.blob, pack(algorithm, raw))

    for algorithm in (b"rsa-sha2-256", b"rsa-sha2-512"):
        for raw in ((modulus - 1).to_bytes(256, "big"), bytes(256)):
            assert sshsig.parse(signed(raw, algorithm)).raw == raw
    for raw in (modulus.to_bytes(256, "big"), b"\xff" * 256, bytes(255), bytes(257), b""):
        assert refused(signed(raw)) == "the RSA signature is not of its key's size"
    assert refused(signed(bytes(256), b"ssh-rsa")) == (
        "its algorithm is 'ssh-rsa', a key of type ssh-rsa needs rsa-sha2-256 or rsa-sha2-512"
    )


def test_an_rsa_key_of_an_odd_number_of_bits_has_signatures_of_whole_bytes() -> None:
    for bits, size in ((2049, 257), (2056, 257), (2057, 258)):
        blob = pack(b"ssh-rsa", pack_integer(65537), pack_integer((1 << (bits - 1)) + 1))
        for length in range(255, 260):
            signature = forge.assemble(blob, pack(b"rsa-sha2-256", bytes(length)))
            if length == size:
                assert sshsig.parse(signature).raw == bytes(size)
            else:
                assert refused(signature) == "the RSA signature is not of its key's size"


CURVES: dict[str, ec.EllipticCurve] = {
    "ecdsa256": ec.SECP256R1(),
    "ecdsa384": ec.SECP384R1(),
    "ecdsa521": ec.SECP521R1(),
}


@pytest.mark.parametrize("name", CURVES)
def test_an_ecdsa_signature_has_its_numbers_within_the_order(made: dict[str, forge.Made], name: str) -> None:
    key = PublicKey.parse(made[name].public)
    order = CURVES[name].group_order
    canonical = "the ECDSA signature is not in its canonical form (r below the order, s in the lower half)"
    shortest = "the ECDSA signature is not a positive integer in its shortest form"

    def signed(r: bytes, s: bytes, more: bytes = b"") -> bytes:
        return forge.assemble(key.blob, pack(key.type.encode(), pack(r, s) + more))

    for r, s in ((1, 1), (order - 1, 1), (1, order // 2)):
        assert sshsig.parse(signed(pack_integer(r), pack_integer(s))).key == key
    for r, s in ((order, 1), (1, order // 2 + 1), (1, order - 1), (order + 1, order)):
        assert refused(signed(pack_integer(r), pack_integer(s))) == canonical
    for spelled in (b"", b"\0", b"\0\1", b"\xff"):
        assert refused(signed(spelled, b"\1")) == refused(signed(b"\1", spelled)) == shortest
    assert refused(signed(b"\1", b"\1", pack(b"\1"))) == "bytes follow the ECDSA signature"
    assert refused(forge.assemble(key.blob, pack(key.type.encode(), pack(b"\1")))) == (
        "the ECDSA signature is cut short"
    )


@pytest.mark.parametrize("name", CURVES)
def test_a_stranger_cannot_spell_an_ecdsa_signature_anew(
    made: dict[str, forge.Made], name: str, tmp_path: Path
) -> None:
    """ssh-keygen takes both (r, s) and (r, order - s); only the lower of the two counts here."""
    low = sshsig.with_low_s(made[name].signature)
    signature = sshsig.parse(low)
    r, s = (int.from_bytes(part, "big") for part in unpack(signature.raw, 2, ""))
    raw = pack(pack_integer(r), pack_integer(CURVES[name].group_order - s))
    twin = forge.assemble(signature.key.blob, pack(signature.algorithm.encode(), raw))
    assert forge.ssh_keygen_accepts(forge.MESSAGE, low, tmp_path)
    assert forge.ssh_keygen_accepts(forge.MESSAGE, twin, tmp_path)
    with pytest.raises(BadSignature, match="lower half"):
        sshsig.parse(twin)
    assert sshsig.with_low_s(twin) == low


def test_only_s_is_changed_into_its_lower_twin() -> None:
    """Of a security key's signature, too, and its flags and its counter stay what they are."""
    token = forge.security_keys()["sk-ecdsa"]
    order = ec.SECP256R1().group_order
    for tail in (b"\1\0\0\0\7", b"\5\xff\xfe\xfd\xfc"):
        for s, low in ((order - 1, 1), (1, 1), (order // 2, order // 2), (order // 2 + 1, order // 2)):
            high, expected = (
                forge.assemble(
                    token.blob,
                    pack(token.type, pack(pack_integer(order - 1), pack_integer(number))) + tail,
                    hash_name=b"sha256",
                )
                for number in (s, low)
            )
            assert sshsig.with_low_s(high) == expected
            assert sshsig.parse(expected).flags == tail[0]


def test_what_is_no_signature_has_no_twin(made: dict[str, forge.Made]) -> None:
    key = PublicKey.parse(made["ecdsa256"].public)
    name = key.type.encode()
    one = pack_integer(1)
    for inner, reason in {
        b"junk": "the signature is cut short",
        pack(name, b"junk"): "the ECDSA signature is cut short",
        pack(name, pack(one, one, one)): "bytes follow the ECDSA signature",
        pack(name, pack(one, b"\0")): "the ECDSA signature is not a positive integer in its shortest form",
        pack(name, pack(one, one)) + b"\1\0\0\0\7": "bytes follow the signature",
    }.items():
        with pytest.raises(BadSignature) as caught:
            sshsig.with_low_s(forge.assemble(key.blob, inner))
        assert str(caught.value) == f"not a signature that counts: {reason}"
    with pytest.raises(BadSignature) as caught:
        sshsig.with_low_s(forge.assemble(pack(b"ssh-dss"), b""))
    assert str(caught.value) == "not a signature that counts: key type 'ssh-dss' is not accepted"


@pytest.mark.parametrize("size", range(5))
def test_flags_that_are_cut(size: int) -> None:
    for key in forge.security_keys().values():
        assert refused(forge.assemble(key.blob, bytes(size))) == "the signature is cut short"
