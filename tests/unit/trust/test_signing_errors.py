"""Signing at a terminal, and what the user reads where a key does not sign."""

import os
import pty
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gitgates.errors import SigningError
from gitgates.trust import openssh
from gitgates.trust.signing import SigningKey, find_key
from gitgates.trust.verify import verify
from tests.unit.trust import forge

OTHER_KEY = "Name another key with --key"
REAL = shutil.which("ssh-keygen")


def find(key: Path | str, environ: dict[str, str] | None = None) -> SigningKey:
    return find_key(str(key), forge.surroundings() if environ is None else environ, {}, "/nowhere")


def failed(key: SigningKey, message: bytes = forge.MESSAGE) -> str:
    """Return what the user reads of a key that does not sign."""
    with pytest.raises(SigningError) as caught:
        key.sign(message)
    return str(caught.value)


# --- at a terminal ---------------------------------------------------------------------------------------------------


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Sit at a real terminal that is not the one of whoever runs the tests; yields what was opened of it."""
    person, program = pty.openpty()
    opened: list[int] = []

    def open_terminal(environ: object) -> int:
        opened.append(os.dup(program))
        return opened[-1]

    monkeypatch.setattr(openssh, "open_terminal", open_terminal)
    yield opened
    os.close(person)
    os.close(program)


def closed(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return True
    return False


def test_a_key_that_may_ask_signs_at_the_terminal(
    made: dict[str, forge.Made], terminal: list[int], tmp_path: Path
) -> None:
    """The message comes as a file of this user alone, and nothing is left of it."""
    script = f'test -t 0 && test -t 2 && for last; do :; done && ls -ld "${{last%/*}}" "$last" >{tmp_path}/seen'
    environ = forge.stand_in(tmp_path, f'{script} && exec {REAL} "$@"')
    key = find(f"{made['ed25519'].path}.pub", environ)
    for message in (bytes(range(256)), b""):
        assert verify(message, key.sign(message)) == key.public
        folder, file = (line.split() for line in (tmp_path / "seen").read_text().splitlines())
        assert folder[0].startswith("drwx------")
        assert Path(folder[-1]).name.startswith("gitgates-")
        assert file[-1].startswith(folder[-1] + "/")
        assert not os.path.exists(folder[-1])
    assert len(terminal) == 2
    assert all(map(closed, terminal))


def test_at_the_terminal_the_reason_is_what_ssh_keygen_wrote_there(
    made: dict[str, forge.Made], terminal: list[int], tmp_path: Path
) -> None:
    path = f"{made['ed25519'].path}.pub"
    key = find(path, forge.stand_in(tmp_path, "exit 255"))
    assert failed(key) == f"--key ({path}): the key did not sign. ssh-keygen gave the reason above"
    assert len(terminal) == 1
    assert closed(terminal[0])


def test_the_terminal_is_left_alone_where_nothing_will_be_asked(
    made: dict[str, forge.Made], terminal: list[int]
) -> None:
    key = find(made["ed25519"].path)
    assert verify(forge.MESSAGE, key.sign(forge.MESSAGE)) == key.public
    assert terminal == []


@pytest.mark.parametrize("kind", ["sk-ed25519", "sk-ecdsa"])
def test_a_security_key_asks_for_its_touch_at_the_terminal(kind: str, terminal: list[int], tmp_path: Path) -> None:
    """Its public key may be given as text, which asks for nothing with other keys."""
    token = forge.security_keys()[kind]
    (tmp_path / "signature").write_bytes(token.sign(forge.MESSAGE))
    script = f"""
case "$*" in *check-novalidate*) exec {REAL} "$@";; esac
test -t 2 && for last; do :; done && cp {tmp_path}/signature "$last.sig"
"""
    key = find(f"{token.type.decode()} {forge.b64(token.blob)}", forge.stand_in(tmp_path, script))
    signature = key.sign(forge.MESSAGE)
    assert verify(forge.MESSAGE, signature).blob == token.blob
    assert isinstance(token.private, ec.EllipticCurvePrivateKey) or signature == (tmp_path / "signature").read_bytes()
    assert len(terminal) == 1


# --- a key that does not sign ----------------------------------------------------------------------------------------


def test_a_passphrase_that_nobody_can_be_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "key"
    forge.make_key(path, "-t", "ed25519", passphrase="secret")
    reason = "the key has a passphrase, and there is no terminal to ask for it"
    assert failed(find(path)) == f"--key ({path}): {reason}. Run ssh-add {path} first, or set SSH_ASKPASS"
    text = path.read_text()
    assert failed(find(text)) == f"--key: {reason}. Run ssh-add the private key first, or set SSH_ASKPASS"


def test_a_key_file_that_others_can_read(made: dict[str, forge.Made], tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(made["ed25519"].path.read_bytes())
    for mode in (0o640, 0o604, 0o666):
        path.chmod(mode)
        assert failed(find(path)) == f"--key ({path}): others can read the key file. Run chmod 600 {path}"
    path.chmod(0o600)
    assert verify(forge.MESSAGE, find(path).sign(forge.MESSAGE)).text == made["ed25519"].public
    path.chmod(0o644)
    text = find(path.read_text())  # as text it is as private as we make it
    assert verify(forge.MESSAGE, text.sign(forge.MESSAGE)) == text.public


def test_a_public_key_whose_private_half_is_nowhere(
    made: dict[str, forge.Made], agent: Callable[[Path], None], tmp_path: Path
) -> None:
    agent(made["rsa"].path)
    public = made["ed25519"].public
    (tmp_path / "key.pub").write_text(public + "\n")
    reason = "no agent holds the private key, and it is not beside the public key"
    remedy = "Run ssh-add with the private key first"
    assert failed(find(public)) == f"--key: {reason}. {remedy}"
    assert failed(find(tmp_path / "key.pub")) == f"--key ({tmp_path / 'key.pub'}): {reason}. {remedy}"


def test_ssh_keygen_is_too_old_fails_or_is_not_there(made: dict[str, forge.Made], tmp_path: Path) -> None:
    path = made["ed25519"].path
    too_old = forge.stand_in(tmp_path, "echo 'unknown option -- Y' >&2; exit 1")
    assert failed(find(path, too_old)) == "this ssh-keygen cannot sign. Install OpenSSH 8.2 or newer"
    refusing = forge.stand_in(tmp_path, "echo agent refused operation >&2; exit 255")
    assert failed(find(path, refusing)) == f"--key ({path}): the key did not sign: agent refused operation. {OTHER_KEY}"
    missing = "ssh-keygen cannot be run: No such file or directory. Install OpenSSH 8.2 or newer"
    assert failed(find(path, {"PATH": "/nowhere"})) == missing


def test_an_agent_that_waits_for_somebody(
    made: dict[str, forge.Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openssh, "_PATIENCE", 1)
    key = find(made["ed25519"].path, forge.stand_in(tmp_path, "exec sleep 20"))
    assert failed(key) == (
        f"{key.origin}: nobody answered within 1 seconds. Unlock the agent or name another key with --key"
    )


# --- a signature that no reader would accept -------------------------------------------------------------------------


def signing(path: Path, signature: bytes, folder: Path) -> SigningKey:
    """Return the key at `path` with an ssh-keygen that signs whatever it is given with `signature`."""
    (folder / "signature").write_bytes(signature)
    return find(path, forge.stand_in(folder, f"cat {folder}/signature"))


def test_a_signature_that_readers_refuse_is_not_handed_out(made: dict[str, forge.Made], tmp_path: Path) -> None:
    path = made["ed25519"].path
    origin = f"--key ({path})"
    unacceptable = f"{origin}: the key signed, but not acceptably: "
    junk = signing(path, b"junk\n", tmp_path)
    assert failed(junk).startswith(unacceptable + "not a signature that counts: it does not begin and end with")
    stale = signing(path, made["ed25519"].signature, tmp_path)
    fingerprint = stale.public.fingerprint
    assert failed(stale, b"another message") == (
        f"{unacceptable}the key {fingerprint} did not make this signature over these bytes"
    )
    for_git = signing(path, forge.sign(path, namespace="git"), tmp_path)
    assert failed(for_git).startswith(unacceptable + "not a signature that counts: it is for the namespace b'git'")


def test_a_signature_by_another_key_is_not_handed_out(made: dict[str, forge.Made], tmp_path: Path) -> None:
    path = made["ed25519"].path
    forge.make_key(tmp_path / "other", "-t", "ed25519")
    other = find(tmp_path / "other").public
    key = signing(path, forge.sign(tmp_path / "other"), tmp_path)
    assert failed(key) == (
        f"--key ({path}): signed with the key {other.fingerprint} instead of {key.public.fingerprint}."
        " The private and the public key file do not belong together"
    )


def test_a_signature_that_cannot_be_checked_here_is_not_handed_out(made: dict[str, forge.Made], tmp_path: Path) -> None:
    path = made["rsa"].path
    script = f'case "$*" in *check-novalidate*) echo broken >&2; exit 1;; esac; exec {REAL} "$@"'
    key = find(path, forge.stand_in(tmp_path, script))
    assert failed(key).startswith(
        f"--key ({path}): the key signed, but not acceptably: cannot decide (unreadable): a signature by a key of"
        " type ssh-rsa cannot be checked here; ssh-keygen says: broken"
    )


def test_the_key_that_signs_shows_where_it_was_found_and_not_its_text(made: dict[str, forge.Made]) -> None:
    text = made["ed25519"].path.read_text()
    assert repr(find(text)) == "SigningKey(origin='--key')"
