import base64

import pytest

from gitgates.errors import BadSignature
from gitgates.trust import sshsig
from gitgates.trust.keys import PublicKey
from gitgates.trust.wire import pack, pack_integer, unpack
from tests.unit.trust import forge

N256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def test_what_ssh_keygen_writes_is_read(made: dict[str, forge.Made]) -> None:
    for key in made.values():
        signature = sshsig.parse(sshsig.with_low_s(key.signature))
        assert signature.key.text == key.public
        assert signature.hash == "sha512"
        assert signature.flags is None
        assert sshsig.armour(forge.dearmour(key.signature)) == key.signature


@pytest.mark.parametrize("hash_name", ["sha256", "sha512"])
def test_both_hashes(made: dict[str, forge.Made], hash_name: str) -> None:
    signed = forge.sign(made["ed25519"].path, forge.MESSAGE, "gitgates", "-O", f"hashalg={hash_name}")
    assert sshsig.parse(signed).hash == hash_name


def test_signed_data_is_the_one_of_the_specification() -> None:
    import hashlib

    digest = hashlib.sha256(b"m").digest()
    expected = b"SSHSIG\0\0\0\x08gitgates\0\0\0\0\0\0\0\x06sha256\0\0\0\x20" + digest
    assert sshsig.signed_data(b"m", "sha256") == expected


def test_a_signature_has_one_spelling(made: dict[str, forge.Made]) -> None:
    good = made["ed25519"].signature
    lines = good.splitlines(keepends=True)
    text = b"".join(lines[1:-1]).replace(b"\n", b"")
    begin, end = lines[0], lines[-1]
    spellings = {
        "text after": good + b"x\n",
        "newline after": good + b"\n",
        "no newline at the end": good[:-1],
        "text before": b"\n" + good,
        "CRLF": good.replace(b"\n", b"\r\n"),
        "one line": begin + text + b"\n" + end,
        "76 columns": begin + base64.encodebytes(forge.dearmour(good)) + end,
        "spaces": good.replace(b"\n", b" \n", 2),
        "blank line": good.replace(b"\n", b"\n\n", 1),
        "junk": good[:60] + b"*" + good[60:],
        "padding missing": good.replace(b"=", b""),
        "spare bits": good.replace(b"==\n", b"").replace(end, b"").rstrip() + b"x==\n" + end,
        "another label": good.replace(b"SSH SIGNATURE", b"SIGNATURE"),
        "twice": good + good,
        "empty": b"",
        "empty armour": begin + end,
        "only padding": begin + b"=\n" + end,
        "no lines": begin[:-1] + end,
        "too long": begin + b"A" * 9000 + end,
    }
    for name, spelling in spellings.items():
        with pytest.raises(BadSignature):
            pytest.fail(f"{name} was read as {sshsig.parse(spelling)}")


def test_every_field_is_held_to_its_value(made: dict[str, forge.Made]) -> None:
    key, _, _, _, inner = unpack(forge.dearmour(made["ed25519"].signature)[10:], 5, "signature")
    raw = unpack(inner, 2, "signature")[1]
    assert sshsig.parse(forge.assemble(key, inner)).raw == raw
    blob = forge.PREAMBLE + pack(key, b"gitgates", b"", b"sha512", inner)
    cases = {
        "not SSHSIG version 1": [
            sshsig.armour(b"SSHSIG\0\0\0\2" + blob[10:]),
            sshsig.armour(b"SSHSIG\0\0\0\0" + blob[10:]),
            sshsig.armour(b"XSHSIG" + blob[6:]),
            sshsig.armour(b"SSHSIG"),
        ],
        "namespace": [forge.assemble(key, inner, namespace=n) for n in (b"git", b"", b"gitgates\0", b"file")],
        "reserved": [forge.assemble(key, inner, reserved=b"\0")],
        "hash": [forge.assemble(key, inner, hash_name=n) for n in (b"sha1", b"md5", b"sha384", b"SHA512", b"")],
        "bytes follow": [
            sshsig.armour(blob + b"\0"),
            forge.assemble(key + b"\0", inner),
            forge.assemble(key, inner + b"\0"),
        ],
        "cut short": [sshsig.armour(blob[:-1]), sshsig.armour(blob[:12]), forge.assemble(key, inner[:-1])],
        "algorithm": [forge.assemble(key, pack(n, raw)) for n in (b"ssh-rsa", b"", b"ssh-ed25519\0")],
        "64 bytes": [forge.assemble(key, pack(b"ssh-ed25519", r)) for r in (b"", raw[:-1], raw + b"\0")],
    }
    for reason, signatures in cases.items():
        for signature in signatures:
            with pytest.raises(BadSignature, match=reason):
                sshsig.parse(signature)


def test_rsa_is_held_to_its_size_and_hashes(made: dict[str, forge.Made]) -> None:
    signature = sshsig.parse(made["rsa"].signature)
    assert signature.algorithm == "rsa-sha2-512"
    blob = signature.key.blob
    for algorithm in (b"ssh-rsa", b"rsa-sha2-384", b"ssh-ed25519"):
        with pytest.raises(BadSignature, match="algorithm"):
            sshsig.parse(forge.assemble(blob, pack(algorithm, signature.raw)))
    for raw in (b"\0" + signature.raw, signature.raw[1:], b"\xff" * 256):
        with pytest.raises(BadSignature, match="size"):
            sshsig.parse(forge.assemble(blob, pack(b"rsa-sha2-512", raw)))


def test_ecdsa_is_held_to_its_canonical_form(made: dict[str, forge.Made]) -> None:
    key = PublicKey.parse(made["ecdsa256"].public)

    def signed(r: bytes, s: bytes) -> bytes:
        return forge.assemble(key.blob, pack(b"ecdsa-sha2-nistp256", pack(r, s)))

    good, low = pack_integer(5), pack_integer(N256 // 2)
    assert sshsig.parse(signed(pack_integer(N256 - 1), low)).key == key
    for r, s in [
        (good, pack_integer(N256 // 2 + 1)),
        (pack_integer(N256), good),
        (pack_integer(0), good),
        (good, b""),
        (b"\0\5", good),
        (b"\x85", good),
    ]:
        with pytest.raises(BadSignature, match=r"canonical|shortest"):
            sshsig.parse(signed(r, s))


def test_with_low_s_leaves_the_others_and_refuses_junk(made: dict[str, forge.Made]) -> None:
    assert sshsig.with_low_s(made["rsa"].signature) == made["rsa"].signature
    for junk in (b"", b"junk", forge.assemble(PublicKey.parse(made["ecdsa256"].public).blob, b"junk")):
        with pytest.raises(BadSignature):
            sshsig.with_low_s(junk)


def test_security_key_signatures_carry_their_flags() -> None:
    for key in forge.security_keys().values():
        assert sshsig.parse(sshsig.with_low_s(key.sign(b"m", flags=5))).flags == 5
        for wrong in (key.sign(b"m", tail=b"\0"), forge.assemble(key.blob, b"\1\0\0\0")):
            with pytest.raises(BadSignature, match=r"cut short|bytes follow"):
                sshsig.parse(wrong)
