import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gitgates.errors import SigningError
from gitgates.trust.signing import SigningKey, find_key, generate_key
from gitgates.trust.verify import verify
from tests.support import CHECKOUT
from tests.unit.trust import forge

NO_CONFIG: dict[str, str] = {}
ED25519 = ("-t", "ed25519")
ENCRYPTED = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"


def find(explicit: str | None = None, config: dict[str, str] = NO_CONFIG, **more: str) -> SigningKey:
    return find_key(explicit, forge.surroundings(**more), config, os.environ["HOME"])


def checked(key: SigningKey, public: str) -> None:
    assert key.public.text == public
    signature = key.sign(forge.MESSAGE)
    assert verify(forge.MESSAGE, signature) == key.public


@pytest.mark.parametrize("name", forge.TYPES)
def test_every_type_signs(made: dict[str, forge.Made], name: str) -> None:
    key = find(str(made[name].path))
    assert key.origin == f"--key ({made[name].path})"
    for _ in range(6 if name.startswith("ecdsa") else 1):  # half of the raw ECDSA signatures have the high s
        checked(key, made[name].public)


def test_each_place_in_its_order(made: dict[str, forge.Made], home: Path, agent: Callable[[Path], None]) -> None:
    by_flag, by_variable, by_config = made["ed25519"], made["ecdsa256"], made["rsa"]
    config = {"gpg.format": "ssh", "user.signingkey": str(by_config.path)}
    (home / ".ssh").mkdir()
    at_home = forge.make_key(home / ".ssh/id_ed25519", *ED25519)
    agent(made["ecdsa384"].path)
    variable = str(by_variable.path)
    assert find(str(by_flag.path), config, GITGATES_SIGNING_KEY=variable).public.text == by_flag.public
    key = find(None, config, GITGATES_SIGNING_KEY=variable)
    assert (key.public.text, key.origin) == (by_variable.public, f"GITGATES_SIGNING_KEY ({variable})")
    key = find(None, config, GITGATES_SIGNING_KEY="")
    assert (key.public.text, key.origin) == (by_config.public, f"git config user.signingkey ({by_config.path})")
    for without in ({}, {"user.signingkey": "ABCD1234"}, {"gpg.format": "openpgp", "user.signingkey": "ABCD1234"}):
        key = find(None, without)
        assert (key.public.text, key.origin) == (at_home, str(home / ".ssh/id_ed25519"))
    (home / ".ssh/id_ed25519").unlink()
    key = find()
    assert (key.public.text, key.origin) == (made["ecdsa384"].public, "the SSH agent")
    checked(key, made["ecdsa384"].public)


def test_key_text_as_ci_systems_hand_it_over(made: dict[str, forge.Made], tmp_path: Path) -> None:
    text = made["ed25519"].path.read_text()
    (tmp_path / "tmp").mkdir()
    for spelling in (text, text.rstrip("\n"), text.replace("\n", "\r\n"), f"\n  {text}\n\n"):
        key = find(GITGATES_SIGNING_KEY=spelling, TMPDIR=str(tmp_path / "tmp"))
        assert key.origin == "GITGATES_SIGNING_KEY"
        assert "PRIVATE" not in repr(key)
        checked(key, made["ed25519"].public)
    assert find(text).origin == "--key"


@pytest.mark.parametrize("kind", ["PEM", "PKCS8"])
def test_older_kinds_of_key_files(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    public = forge.make_key(path, "-t", "rsa", "-b", "2048", "-m", kind)
    checked(find(str(path)), public)
    (tmp_path / "key.pub").unlink()
    checked(find(str(path)), public)
    checked(find(path.read_text()), public)


def test_older_kinds_with_passphrase_need_their_public_key(tmp_path: Path) -> None:
    path = tmp_path / "key"
    public = forge.make_key(path, "-t", "rsa", "-b", "2048", "-m", "PEM", passphrase="secret")
    assert find(str(path)).public.text == public
    (tmp_path / "key.pub").unlink()
    with pytest.raises(SigningError, match="has a passphrase or is damaged"):
        find(str(path))


def test_a_public_key_file_stands_for_the_private_one_beside_it(made: dict[str, forge.Made]) -> None:
    checked(find(f"{made['ed25519'].path}.pub"), made["ed25519"].public)


def test_paths_below_home(made: dict[str, forge.Made], home: Path) -> None:
    (home / "key").write_bytes(made["ed25519"].path.read_bytes())
    (home / "key").chmod(0o600)
    config = {"gpg.format": "ssh", "user.signingkey": "~/key"}
    checked(find(None, config), made["ed25519"].public)


def test_agent_keys_sign(made: dict[str, forge.Made], agent: Callable[[Path], None], tmp_path: Path) -> None:
    for name in ("ed25519", "ecdsa521", "rsa"):
        agent(made[name].path)
    for name in ("ed25519", "ecdsa521", "rsa"):
        public = made[name].public
        checked(find(public), public)
        checked(find(f"key::{public} me"), public)
        checked(find(None, {"gpg.format": "ssh", "user.signingkey": public}), public)
        (tmp_path / "only.pub").write_text(public + " me\n")
        checked(find(str(tmp_path / "only.pub")), public)
    with pytest.raises(SigningError, match="the SSH agent holds 3 keys: ssh-ed25519 AAAA") as caught:
        find()
    assert "--key" in caught.value.remedy


def test_an_encrypted_key_signs_by_the_agent_or_says_what_to_do(agent: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "key"
    public = forge.make_key(path, *ED25519, passphrase="secret")
    key = find(str(path))
    assert key.public.text == public
    with pytest.raises(SigningError, match="no terminal to ask") as caught:
        key.sign(forge.MESSAGE)
    assert f"ssh-add {path}" in caught.value.remedy
    subprocess.run(
        ["ssh-add", "-q", path],
        check=True,
        env=forge.surroundings(SSH_ASKPASS=forge.askpass(tmp_path), SSH_ASKPASS_REQUIRE="force"),
    )
    checked(key, public)
    checked(find(), public)


def test_askpass_is_asked_where_the_user_set_it(tmp_path: Path) -> None:
    public = forge.make_key(tmp_path / "key", *ED25519, passphrase="secret")
    for key in (str(tmp_path / "key"), (tmp_path / "key").read_text()):
        checked(find(key, SSH_ASKPASS=forge.askpass(tmp_path), SSH_ASKPASS_REQUIRE="force"), public)


def test_the_passphrase_is_asked_at_the_terminal(tmp_path: Path) -> None:
    public = forge.make_key(tmp_path / "key", *ED25519, passphrase="secret")
    sign = (
        "import os, sys; from gitgates.trust.signing import find_key;"
        "key = find_key(sys.argv[1], os.environ, {}, '/nowhere');"
        "open(sys.argv[2], 'wb').write(key.sign(sys.stdin.buffer.raw.read(0) + open(sys.argv[3], 'rb').read()))"
    )
    (tmp_path / "message").write_bytes(forge.MESSAGE)
    arguments: list[str | Path] = [
        sys.executable,
        "-c",
        sign,
        tmp_path / "key",
        tmp_path / "signature",
        tmp_path / "message",
    ]
    # A terminal of its own for the program; what is written to this process goes there once it asks.
    host = (
        "import os, pty, sys\n"
        "def read(terminal):\n"
        "    data = os.read(terminal, 1024)\n"
        "    if b'passphrase' in data: os.write(terminal, b'secret\\n')\n"
        "    return data\n"
        "sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:], read)))"
    )
    env = forge.surroundings(PYTHONPATH=str(CHECKOUT))
    del env["CI"]
    command: list[str | Path] = [sys.executable, "-c", host, *arguments]
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stdout
    assert b"Enter passphrase" in done.stdout
    assert verify(forge.MESSAGE, (tmp_path / "signature").read_bytes()).text == public
    wrong = [part.replace("secret", "wrong") if isinstance(part, str) else part for part in command]
    done = subprocess.run(wrong, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert done.returncode == 1
    assert b"the key did not sign" in done.stdout


REFUSED = {
    "no such file": ("/nowhere/key", "cannot read the key file /nowhere/key: No such file"),
    "empty name": ("", "cannot read the key file"),
    "folder": ("/", "cannot read the key file /: Is a directory"),
    "not a key": ("/etc/passwd", "/etc/passwd is not a key to sign with"),
    "dss literal": ("key::ssh-dss AAAA", "is not a key to sign with"),
    "broken literal": ("ssh-ed25519 AAAA", "the key is not a key to sign with"),
    "damaged text": (ENCRYPTED, "the private key is damaged"),
    "bad base64": (ENCRYPTED.replace("AAAA", "A"), "the private key is damaged"),
    "damaged PEM": (ENCRYPTED.replace("OPENSSH", "RSA"), "has a passphrase or is damaged"),
}


@pytest.mark.parametrize(("explicit", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_named_key_that_is_of_no_use(explicit: str, reason: str) -> None:
    with pytest.raises(SigningError, match=reason):
        find(explicit)


def test_a_short_rsa_key_is_refused_before_it_signs(tmp_path: Path) -> None:
    forge.make_key(tmp_path / "key", "-t", "rsa", "-b", "1024")
    for key in (str(tmp_path / "key"), str(tmp_path / "key.pub"), (tmp_path / "key").read_text()):
        with pytest.raises(SigningError, match="1024 bits"):
            find(key)


def test_files_that_do_not_belong_together(made: dict[str, forge.Made], tmp_path: Path) -> None:
    """The public key beside an old-style private key is another's: the signature is not let through."""
    forge.make_key(tmp_path / "key", "-t", "rsa", "-b", "2048", "-m", "PEM")
    (tmp_path / "key.pub").write_text(made["rsa"].public + "\n")
    with pytest.raises(SigningError, match=r"the key did not sign: Public key .* doesn't match private"):
        find(str(tmp_path / "key")).sign(forge.MESSAGE)


def test_generate_key(tmp_path: Path) -> None:
    path = tmp_path / "new" / "key"
    public = generate_key(str(path), "alice@example.com", forge.surroundings())
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert Path(f"{path}.pub").read_text() == f"{public.text} alice@example.com\n"
    checked(find(str(path)), public.text)
    before = path.read_bytes()
    with pytest.raises(SigningError, match="is there already"):
        generate_key(str(path), "me", forge.surroundings())
    assert path.read_bytes() == before
    path.unlink()
    with pytest.raises(SigningError, match=r"key\.pub is there already"):
        generate_key(str(path), "me", forge.surroundings())
