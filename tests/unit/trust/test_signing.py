import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gitgates.errors import SigningError
from gitgates.trust import keyfile, openssh
from gitgates.trust.signing import SigningKey, find_key, generate_key
from gitgates.trust.verify import verify
from tests.support import CHECKOUT
from tests.unit.trust import forge

NO_CONFIG: dict[str, str] = {}
ED25519 = ("-t", "ed25519")
ENCRYPTED = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"


@pytest.fixture(autouse=True)
def ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests at a terminal must not be asked for passphrases."""
    monkeypatch.setenv("CI", "true")


def find(explicit: str | None = None, config: dict[str, str] = NO_CONFIG, **more: str) -> SigningKey:
    return find_key(explicit, forge.surroundings(**more), config, os.environ["HOME"])


@pytest.fixture
def agent(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Path], None]]:
    """Run a real ssh-agent; yields a function that adds a key without passphrase."""
    socket = tmp_path_factory.mktemp("a") / "s"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()  # it prints where its socket is once that is there
    monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))

    def add(path: Path) -> None:
        subprocess.run(["ssh-add", "-q", path], check=True)

    yield add
    process.terminate()
    process.wait()
    process.stdout.close()


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


def test_key_text_is_on_disk_only_while_it_signs(made: dict[str, forge.Made]) -> None:
    text = made["ed25519"].path.read_text()
    with keyfile.as_file(None, text) as path:
        assert os.stat(path).st_mode & 0o777 == 0o600
        assert os.stat(os.path.dirname(path)).st_mode & 0o777 == 0o700
    assert not os.path.exists(os.path.dirname(path))


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
        env=forge.surroundings(SSH_ASKPASS=askpass(tmp_path), SSH_ASKPASS_REQUIRE="force"),
    )
    checked(key, public)
    checked(find(), public)


def askpass(folder: Path) -> str:
    program = folder / "askpass"
    program.write_text("#!/bin/sh\necho secret\n")
    program.chmod(0o755)
    return str(program)


def test_askpass_is_asked_where_the_user_set_it(tmp_path: Path) -> None:
    public = forge.make_key(tmp_path / "key", *ED25519, passphrase="secret")
    for key in (str(tmp_path / "key"), (tmp_path / "key").read_text()):
        checked(find(key, SSH_ASKPASS=askpass(tmp_path), SSH_ASKPASS_REQUIRE="force"), public)


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


def test_ci_is_nobody_at_a_terminal() -> None:
    assert openssh.open_terminal({"CI": "1"}) is None


def test_without_a_terminal_there_is_nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "from gitgates.trust import openssh; print(openssh.open_terminal({}))"
    env = forge.surroundings(PYTHONPATH=str(CHECKOUT))
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, start_new_session=True)
    assert done.stdout == "None\n"


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


def test_no_key_at_all(home: Path, agent: Callable[[Path], None]) -> None:
    places: list[dict[str, str]] = [{}, {"PATH": "/nowhere"}, {"SSH_AUTH_SOCK": "/nowhere"}]
    for more in places:
        with pytest.raises(SigningError, match=r"there is no signing key; looked at --key, .*id_ed25519") as caught:
            find(None, NO_CONFIG, **more)
        assert "ssh-keygen -t ed25519" in caught.value.remedy
        assert "--key" in caught.value.remedy


def test_a_key_that_the_agent_does_not_hold(made: dict[str, forge.Made], agent: Callable[[Path], None]) -> None:
    agent(made["rsa"].path)
    with pytest.raises(SigningError, match="no agent holds the private key"):
        find(made["ed25519"].public).sign(forge.MESSAGE)


def test_a_key_file_that_others_can_read(made: dict[str, forge.Made], tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(made["ed25519"].path.read_bytes())
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(SigningError, match="others can read") as caught:
        find(str(tmp_path / "key")).sign(forge.MESSAGE)
    assert f"chmod 600 {tmp_path / 'key'}" in caught.value.remedy


def test_files_that_do_not_belong_together(made: dict[str, forge.Made], tmp_path: Path) -> None:
    """The public key beside an old-style private key is another's: the signature is not let through."""
    forge.make_key(tmp_path / "key", "-t", "rsa", "-b", "2048", "-m", "PEM")
    (tmp_path / "key.pub").write_text(made["rsa"].public + "\n")
    with pytest.raises(SigningError):
        find(str(tmp_path / "key")).sign(forge.MESSAGE)


STAND_INS = {
    "too old": ("echo 'unknown option -- Y' >&2; exit 1", "this ssh-keygen cannot sign"),
    "signs junk": ("echo junk", "the key signed, but not acceptably"),
    "signs something else": ("cat $SIGNATURE", "did not make this signature"),
    "fails": ("echo agent refused operation >&2; exit 255", "the key did not sign: agent refused operation"),
}


@pytest.mark.parametrize(("script", "reason"), STAND_INS.values(), ids=STAND_INS)
def test_what_our_reader_refuses_is_not_recorded(
    made: dict[str, forge.Made], script: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "signature").write_bytes(made["ed25519"].signature)
    program = tmp_path / "ssh-keygen"
    program.write_text("#!/bin/sh\n" + script.replace("$SIGNATURE", str(tmp_path / "signature")) + "\n")
    program.chmod(0o755)
    with pytest.raises(SigningError, match=reason):
        find(str(made["ed25519"].path), PATH=f"{tmp_path}:/usr/bin:/bin").sign(b"another message")


def test_a_signature_by_another_key_is_not_recorded(made: dict[str, forge.Made], tmp_path: Path) -> None:
    program = tmp_path / "ssh-keygen"
    program.write_text(f"#!/bin/sh\ncat {tmp_path}/signature\n")
    program.chmod(0o755)
    other = forge.make_key(tmp_path / "other", *ED25519)
    (tmp_path / "signature").write_bytes(forge.sign(tmp_path / "other"))
    key = find(str(made["ed25519"].path), PATH=f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(SigningError, match="instead of"):
        key.sign(forge.MESSAGE)
    assert other != key.public.text


def test_nobody_answers(made: dict[str, forge.Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openssh, "_PATIENCE", 1)
    program = tmp_path / "ssh-keygen"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    with pytest.raises(SigningError, match="nobody answered within 1 seconds"):
        find(str(made["ed25519"].path), PATH=f"{tmp_path}:/usr/bin:/bin").sign(forge.MESSAGE)


def test_no_ssh_keygen(made: dict[str, forge.Made], tmp_path: Path) -> None:
    nowhere = str(tmp_path)
    with pytest.raises(SigningError, match="ssh-keygen cannot be run"):
        find(str(made["ed25519"].path), PATH=nowhere).sign(forge.MESSAGE)
    with pytest.raises(SigningError, match="ssh-keygen cannot be run"):
        find(ENCRYPTED.replace("OPENSSH", "RSA"), PATH=nowhere)
    with pytest.raises(SigningError, match="ssh-keygen cannot be run"):
        generate_key(str(tmp_path / "key"), "me", {"PATH": nowhere})


def test_programs_named_by_the_environment_are_not_run(tmp_path: Path, made: dict[str, forge.Made]) -> None:
    program = tmp_path / "ssh-keygen"
    program.write_text(f"#!/bin/sh\nenv > {tmp_path}/seen\nexit 1\n")
    program.chmod(0o755)
    outcome = openssh.run(
        ("ssh-keygen",), {"PATH": f"{tmp_path}:/usr/bin:/bin", "SSH_SK_PROVIDER": "/evil.so", "LD_PRELOAD": "/evil.so"}
    )
    assert not outcome.ok
    assert "evil" not in (tmp_path / "seen").read_text()


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


def test_generate_key_where_nothing_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SigningError, match="cannot make the folder"):
        generate_key(str(tmp_path / "file" / "key"), "me", forge.surroundings())
    with pytest.raises(SigningError, match="could not make"):
        generate_key(str(tmp_path / ("k" * 300)), "me", forge.surroundings())
