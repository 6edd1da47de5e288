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


UNABLE = {
    "too old": "echo 'unknown option -- Y' >&2; exit 1",
    "no support for the type": "echo 'unknown or unsupported key type' >&2; exit 255",
    "silent": "exit 0",
    "killed": "kill -9 $$",
    "names another key": "echo 'Good \"gitgates\" signature with RSA key SHA256:xxx'",
}


@pytest.mark.parametrize("script", UNABLE.values(), ids=UNABLE)
def test_a_helpless_ssh_keygen_leaves_it_undecided(made: dict[str, forge.Made], script: str, tmp_path: Path) -> None:
    verifier = Verifier(forge.stand_in(tmp_path, script))
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


def undecided(verifier: Verifier, key: forge.Made) -> CannotDecide:
    with pytest.raises(CannotDecide) as caught:
        verifier.verify(forge.MESSAGE, key.signature)
    return caught.value


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo said; echo complained >&2; exit 255", "ssh-keygen says: complained"),
        (r"printf 'caf\351'", "ssh-keygen says: caf\ufffd"),
        ("echo complained >&2; exit 0", "ssh-keygen says: complained"),
        ("exit 1", "ssh-keygen says: "),
    ],
)
def test_the_answer_names_what_ssh_keygen_said_and_what_helps(
    made: dict[str, forge.Made], script: str, reason: str, tmp_path: Path
) -> None:
    answer = undecided(Verifier(forge.stand_in(tmp_path, script)), made["rsa"])
    assert answer.cause == "unreadable"
    assert str(answer) == (
        f"cannot decide (unreadable): a signature by a key of type ssh-rsa cannot be checked here; {reason}."
        " Install OpenSSH 8.2 or newer, with support for this type of key"
    )


def test_the_answer_names_an_ssh_keygen_that_is_not_there(made: dict[str, forge.Made], tmp_path: Path) -> None:
    answer = undecided(Verifier({"PATH": str(tmp_path)}), made["rsa"])
    assert answer.cause == "unreadable"
    assert answer.message == (
        "cannot decide (unreadable): a signature by a key of type ssh-rsa cannot be checked here;"
        " ssh-keygen cannot be run (No such file or directory)"
    )


@pytest.mark.parametrize("words", ["incorrect signature", "error in libcrypto", "invalid format"])
def test_what_ssh_keygen_calls_wrong_is_wrong(made: dict[str, forge.Made], words: str, tmp_path: Path) -> None:
    complaint = f"Signature verification failed: {words}\nCould not verify signature."
    verifier = Verifier(forge.stand_in(tmp_path, f"echo '{complaint}' >&2; exit 255"))
    with pytest.raises(BadSignature) as caught:
        verifier.verify(forge.MESSAGE, made["rsa"].signature)
    key = sshsig.parse(made["rsa"].signature).key
    assert str(caught.value) == f"the key {key.fingerprint} did not make this signature over these bytes"
    # Only after the words with which it begins: an error of the machine may hold the others.
    verifier = Verifier(forge.stand_in(tmp_path, f"echo 'Load key: {words}' >&2; exit 255"))
    assert f"Load key: {words}" in undecided(verifier, made["rsa"]).message


def test_ssh_keygen_sees_the_signature_in_a_file_that_goes_away(
    made: dict[str, forge.Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    script = f'echo "$6" > {tmp_path}/path; cp "$6" {tmp_path}/signature; cat > {tmp_path}/message; exit 1'
    undecided(Verifier(forge.stand_in(tmp_path, script)), made["rsa"])
    assert (tmp_path / "signature").read_bytes() == made["rsa"].signature
    assert (tmp_path / "message").read_bytes() == forge.MESSAGE
    folder = Path((tmp_path / "path").read_text().strip()).parent
    assert folder.is_absolute()
    assert folder.name.startswith("gitgates-")
    assert not folder.exists()
    assert list((tmp_path / "here").iterdir()) == []


def test_a_key_is_loaded_once(made: dict[str, forge.Made]) -> None:
    verifier = Verifier()
    key = verifier.verify(forge.MESSAGE, made["ed25519"].signature)
    loaded = verifier._loaded[key.blob]
    for _ in range(2):
        verifier.verify(forge.MESSAGE, made["ed25519"].signature)
        assert verifier._loaded[key.blob] is loaded


def test_reading_stays_cheap_to_start() -> None:
    heavy = {"pathlib", "inspect", "logging", "tomllib", "rich", "tempfile", "shutil"}
    code = "import sys; import gitgates.trust.verify; print(*sys.modules)"
    bare = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    attrs = subprocess.run(
        [sys.executable, "-c", "import sys, attrs; print(*sys.modules)"], capture_output=True, text=True
    )
    assert heavy & set(bare.stdout.split()) <= set(attrs.stdout.split())
