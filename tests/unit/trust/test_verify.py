import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitgates.errors import BadSignature, CannotDecide
from gitgates.trust import sshsig
from gitgates.trust import verify as module
from gitgates.trust.verify import Verifier, verify
from gitgates.trust.wire import pack, unpack
from tests.unit.trust import forge


@pytest.mark.parametrize("name", forge.TYPES)
def test_real_signatures_verify_and_others_do_not(made: dict[str, forge.Made], name: str, tmp_path: Path) -> None:
    signature = sshsig.with_low_s(made[name].signature)
    assert forge.ssh_keygen_accepts(forge.MESSAGE, signature, tmp_path)
    assert verify(forge.MESSAGE, signature).text == made[name].public
    for other in (b"", forge.MESSAGE[:-1], forge.MESSAGE + b"\n", forge.MESSAGE.replace(b"1", b"2")):
        with pytest.raises(BadSignature, match="did not make this signature"):
            verify(other, signature)


def flipped(data: bytes) -> Iterator[bytes]:
    """Give `data` with each of its bits turned in turn."""
    for at in range(len(data)):
        for bit in range(8):
            yield data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]


def test_every_flipped_bit_of_message_and_signature_is_seen(made: dict[str, forge.Made]) -> None:
    verifier = Verifier()
    good = made["ed25519"].signature
    assert verifier.verify(forge.MESSAGE, good).text == made["ed25519"].public
    for changed in flipped(forge.MESSAGE):
        with pytest.raises(BadSignature):
            verifier.verify(changed, good)
    for changed in [*flipped(good), *map(sshsig.armour, flipped(forge.dearmour(good)))]:
        with pytest.raises(BadSignature):
            verifier.verify(forge.MESSAGE, changed)


@pytest.mark.parametrize("name", ["ecdsa256", "rsa"])
def test_flips_are_seen_by_ssh_keygen_as_well(made: dict[str, forge.Made], name: str) -> None:
    blob = forge.dearmour(sshsig.with_low_s(made[name].signature))
    for at in range(0, len(blob), 7):
        with pytest.raises(BadSignature):
            verify(forge.MESSAGE, sshsig.armour(blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :]))


@pytest.mark.parametrize("name", ["ed25519", "rsa"])
def test_another_namespace_does_not_count(made: dict[str, forge.Made], name: str) -> None:
    with pytest.raises(BadSignature, match="namespace b'git'"):
        verify(forge.MESSAGE, forge.sign(made[name].path, namespace="git"))


@pytest.mark.parametrize("kind", ["sk-ed25519", "sk-ecdsa"])
def test_a_security_key_counts_only_when_touched(kind: str, tmp_path: Path) -> None:
    key = forge.security_keys()[kind]
    touched = sshsig.with_low_s(key.sign(forge.MESSAGE, flags=1))
    assert verify(forge.MESSAGE, touched).blob == key.blob
    assert verify(forge.MESSAGE, sshsig.with_low_s(key.sign(forge.MESSAGE, flags=5))).blob == key.blob
    for flags in (0, 4, 0xFE):
        untouched = sshsig.with_low_s(key.sign(forge.MESSAGE, flags=flags))
        assert forge.ssh_keygen_accepts(forge.MESSAGE, untouched, tmp_path)
        with pytest.raises(BadSignature, match="without being touched"):
            verify(forge.MESSAGE, untouched)
    # The flags are signed too: setting the bit afterwards helps nobody.
    key_blob, _, _, _, inner = unpack(forge.dearmour(sshsig.with_low_s(key.sign(forge.MESSAGE, flags=0)))[10:], 5, "")
    lifted = forge.assemble(key_blob, inner[:-5] + b"\xff" + inner[-4:])
    with pytest.raises(BadSignature, match="did not make"):
        verify(forge.MESSAGE, lifted)


def test_rsa_without_its_padding_is_bad_and_not_undecided(made: dict[str, forge.Made]) -> None:
    blob = sshsig.parse(made["rsa"].signature).key.blob
    for raw in (bytes(256), b"\0" * 255 + b"\1", b"\1" * 256):
        with pytest.raises(BadSignature, match="did not make"):
            verify(forge.MESSAGE, forge.assemble(blob, pack(b"rsa-sha2-512", raw)))


def test_rsa_under_the_name_of_another_hash_is_bad_and_not_undecided(made: dict[str, forge.Made]) -> None:
    signature = sshsig.parse(made["rsa"].signature)
    with pytest.raises(BadSignature, match="did not make"):
        verify(forge.MESSAGE, forge.assemble(signature.key.blob, pack(b"rsa-sha2-256", signature.raw)))


def stand_in(folder: Path, script: str) -> dict[str, str]:
    """Put a program named ssh-keygen in front of the real one."""
    program = folder / "ssh-keygen"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return forge.surroundings(PATH=f"{folder}:/usr/bin:/bin")


UNABLE = {
    "too old": "echo 'unknown option -- Y' >&2; exit 1",
    "no support for the type": "echo 'unknown or unsupported key type' >&2; exit 255",
    "silent": "exit 0",
    "killed": "kill -9 $$",
    "names another key": "echo 'Good \"gitgates\" signature with RSA key SHA256:xxx'",
}


@pytest.mark.parametrize("script", UNABLE.values(), ids=UNABLE)
def test_a_helpless_ssh_keygen_leaves_it_undecided(made: dict[str, forge.Made], script: str, tmp_path: Path) -> None:
    verifier = Verifier(stand_in(tmp_path, script))
    with pytest.raises(CannotDecide, match="ssh-rsa cannot be checked here"):
        verifier.verify(forge.MESSAGE, made["rsa"].signature)
    assert verifier.verify(forge.MESSAGE, made["ed25519"].signature).text == made["ed25519"].public


def test_no_ssh_keygen_at_all_leaves_it_undecided(made: dict[str, forge.Made], tmp_path: Path) -> None:
    with pytest.raises(CannotDecide, match="cannot be run") as caught:
        Verifier({"PATH": str(tmp_path)}).verify(forge.MESSAGE, made["rsa"].signature)
    assert "Install OpenSSH" in caught.value.remedy


def test_strangers_cannot_fill_the_memory(
    made: dict[str, forge.Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_KEYS", 2)
    verifier = Verifier()
    for name in "abc":
        forge.make_key(tmp_path / name, "-t", "ed25519")
        verifier.verify(forge.MESSAGE, forge.sign(tmp_path / name))
    assert len(verifier._loaded) == 1
    assert verifier.verify(forge.MESSAGE, made["ed25519"].signature).text == made["ed25519"].public


def test_reading_stays_cheap_to_start() -> None:
    heavy = {"pathlib", "inspect", "logging", "tomllib", "rich", "tempfile", "shutil"}
    code = "import sys; import gitgates.trust.verify; print(*sys.modules)"
    bare = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    attrs = subprocess.run(
        [sys.executable, "-c", "import sys, attrs; print(*sys.modules)"], capture_output=True, text=True
    )
    assert heavy & set(bare.stdout.split()) <= set(attrs.stdout.split())
