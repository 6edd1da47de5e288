"""Private and public keys as files and as text: what is read from them, and what is said of the useless."""

import os
from base64 import b64encode
from pathlib import Path

import pytest

from gitgates.errors import SigningError
from gitgates.trust import keyfile
from gitgates.trust.keyfile import KeyFile
from gitgates.trust.keys import PublicKey
from gitgates.trust.wire import pack, pack_integer
from tests.unit.trust import forge

MAGIC = b"openssh-key-v1\0"
POINT = bytes(range(2, 34))
PUBLIC = pack(b"ssh-ed25519", POINT)
OTHER_KEY = "Name another with --key"
RSA_KEY = ("-t", "rsa", "-b", "2048", "-m", "PEM")


def private(
    *, magic: bytes = MAGIC, cipher: bytes = b"none", count: int = 1, public: bytes = PUBLIC, secret: bytes = b"x" * 40
) -> str:
    """Return an OpenSSH private key with these fields, whatever they hold; its secret part is none."""
    derivation = pack(b"bcrypt", b"salt and rounds") if cipher != b"none" else pack(b"none", b"")
    return armoured(magic + pack(cipher) + derivation + count.to_bytes(4, "big") + pack(public, secret))


def armoured(blob: bytes) -> str:
    return f"-----BEGIN OPENSSH PRIVATE KEY-----\n{b64encode(blob).decode()}\n-----END OPENSSH PRIVATE KEY-----\n"


def at(folder: Path, text: str) -> str:
    """Write a key file; return its path."""
    path = folder / "key"
    path.write_text(text)
    path.chmod(0o600)
    return str(path)


def refused(path_or_text: str) -> str:
    """Return what the user reads of a key that is refused."""
    read = keyfile.read_private if keyfile.is_private(path_or_text) else keyfile.read_file
    with pytest.raises(SigningError) as caught:
        read(path_or_text, forge.surroundings())
    return str(caught.value)


# --- OpenSSH's own format --------------------------------------------------------------------------------------------


def test_a_private_key_names_its_public_key_and_tells_whether_a_passphrase_guards_it(tmp_path: Path) -> None:
    public = PublicKey.from_blob(PUBLIC)
    for cipher, may_ask in ((b"none", False), (b"aes256-ctr", True), (b"", True)):
        text = private(cipher=cipher)
        assert keyfile.read_private(text, {}) == KeyFile(public, None, text, may_ask)
        path = at(tmp_path, text)
        assert keyfile.read_file(path, {}) == KeyFile(public, path, text, may_ask)


def test_keys_by_ssh_keygen_are_read_the_same_way(made: dict[str, forge.Made], tmp_path: Path) -> None:
    for key in made.values():
        assert keyfile.read_file(str(key.path), {}).public.text == key.public
        assert not keyfile.read_file(str(key.path), {}).may_ask
    guarded = forge.make_key(tmp_path / "key", "-t", "ed25519", passphrase="secret")
    assert keyfile.read_file(str(tmp_path / "key"), {}).public.text == guarded
    assert keyfile.read_file(str(tmp_path / "key"), {}).may_ask


def test_key_text_is_brought_back_to_the_form_that_ssh_keygen_reads() -> None:
    text = private()
    for spelling in (text, text[:-1], text.replace("\n", "\r\n"), f"\r\n {text}\n \n"):
        assert keyfile.read_private(spelling, {}).text == text


def test_a_key_never_shows_its_text() -> None:
    text = private()
    assert text.splitlines()[1] not in repr(keyfile.read_private(text, {}))


DAMAGED = {
    "another format": private(magic=b"openssh-key-v2\0"),
    "no format": private(magic=b""),
    "no key": private(count=0),
    "two keys": private(count=2),
    "256 keys": private(count=256),
    "nothing": armoured(b""),
    "cut before the ciphers": armoured(MAGIC),
    "cut in the number of keys": armoured(MAGIC + pack(b"none", b"none", b"") + b"\0\0\0"),
    "one string too few": armoured(MAGIC + pack(b"none", b"none") + b"\0\0\0\1" + pack(PUBLIC)),
    "not base64": private().replace("\nb3Bl", "\nb3B"),
    "not ASCII": private().replace("\nb3Bl", "\nb3B\u0435"),
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_private_key(text: str, tmp_path: Path) -> None:
    reason = f"is damaged: it is not a whole OpenSSH private key. {OTHER_KEY}"
    assert refused(text) == f"the private key {reason}"
    path = at(tmp_path, text)
    assert refused(path) == f"{path} {reason}"


def test_a_private_key_of_a_kind_that_may_not_sign(tmp_path: Path) -> None:
    short = private(public=pack(b"ssh-rsa", pack_integer(65537), pack_integer((1 << 1023) + 1)))
    reason = "is not a key to sign with: the RSA key has 1024 bits, 2048 to 16384 are accepted"
    remedy = "Make a new key with: ssh-keygen -t ed25519"
    assert refused(short) == f"the private key {reason}. {remedy}"
    path = at(tmp_path, short)
    assert refused(path) == f"{path} {reason}. {remedy}"
    cut = private(public=PUBLIC[:-1], secret=b"")
    assert refused(cut) == "the private key is not a key to sign with: the key is cut short"


# --- public keys -----------------------------------------------------------------------------------------------------


def test_a_public_key_file_is_one_line_in_any_encoding(tmp_path: Path) -> None:
    public = PublicKey.from_blob(PUBLIC)
    path = tmp_path / "key.pub"
    for line in (public.text, f"{public.text}\n", f"  {public.text} Jos\u00e9\r\n"):
        path.write_bytes(line.encode("latin-1"))
        found = keyfile.read_file(str(path), {})
        # An agent may hold the private half, or a file beside it, and either may ask.
        assert (found.public, found.path, found.may_ask) == (public, str(path), True)
        assert found.text.split()[:2] == line.split()[:2]


@pytest.mark.parametrize("lines", ["", "{0}\n{0}\n", "\n{0}\n", "{0}\n\n", "# mine\n{0}\n"])
def test_a_public_key_file_holds_nothing_else(lines: str, tmp_path: Path) -> None:
    path = at(tmp_path, lines.format(PublicKey.from_blob(PUBLIC).text))
    assert refused(path) == f"{path} is not a key to sign with: expected 'type base64 comment', got ''"


def test_a_public_key_as_text_is_one_that_an_agent_holds() -> None:
    public = PublicKey.from_blob(PUBLIC)
    assert keyfile.read_public(f"{public.text} alice's laptop") == KeyFile(public, None, public.text, may_ask=False)
    with pytest.raises(SigningError) as caught:
        keyfile.read_public(f"ssh-dss {public.text.split()[1]}")
    assert str(caught.value).startswith(
        "the key is not a key to sign with: key type 'ssh-dss' is not accepted. Use a key of type ssh-ed25519, "
    )


@pytest.mark.parametrize("text", ["-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN OPENSSH PRIVATE KEY-----\n"])
def test_private_keys_begin_as_such(text: str) -> None:
    assert keyfile.is_private(text)
    assert not keyfile.is_private(" " + text)
    assert not keyfile.is_private(text.lower())


# --- files that cannot be read ---------------------------------------------------------------------------------------


def test_a_key_file_that_cannot_be_read(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    assert refused(missing) == f"cannot read the key file {missing}: No such file or directory. {OTHER_KEY}"
    assert refused(str(tmp_path)) == f"cannot read the key file {tmp_path}: Is a directory. {OTHER_KEY}"


def test_what_is_no_key_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    """A model's weights, named by mistake, must not fill the memory; and a key has its end within the first 64 KiB."""
    path = tmp_path / "model.bin"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert "is not a key to sign with" in refused(str(path))
    text = armoured(MAGIC + pack(b"none", b"none", b"") + b"\0\0\0\1" + pack(PUBLIC, b"x" * 45_000))
    assert keyfile.read_file(at(tmp_path, text), {}).public.blob == PUBLIC
    assert len(keyfile.read_file(at(tmp_path, text * 2), {}).text) == 64 * 1024


# --- older formats ---------------------------------------------------------------------------------------------------


def test_an_older_key_takes_the_public_key_beside_it(tmp_path: Path) -> None:
    """Nothing is run for it, and what is beside it is read as strictly as any public key."""
    path = at(tmp_path, "-----BEGIN RSA PRIVATE KEY-----\n")
    public = PublicKey.from_blob(PUBLIC)
    (tmp_path / "key.pub").write_text(public.text + " me\n")
    assert keyfile.read_file(path, {"PATH": "/nowhere"}) == KeyFile(public, path, Path(path).read_text(), may_ask=True)
    (tmp_path / "key.pub").write_text("")
    assert refused(path).startswith(f"{path}.pub is not a key to sign with: expected")


def test_an_older_key_without_passphrase_needs_no_public_key_beside_it(tmp_path: Path) -> None:
    public = PublicKey.parse(forge.make_key(tmp_path / "key", *RSA_KEY))
    (tmp_path / "key.pub").unlink()
    text = (tmp_path / "key").read_text()
    expected = KeyFile(public, None, text, may_ask=False)
    assert keyfile.read_file(str(tmp_path / "key"), forge.surroundings()) == expected
    assert keyfile.read_private(text, forge.surroundings()) == expected


def test_an_older_key_with_passphrase_is_looked_at_without_asking(tmp_path: Path) -> None:
    forge.make_key(tmp_path / "key", *RSA_KEY, passphrase="secret")
    (tmp_path / "key.pub").unlink()
    path, text = str(tmp_path / "key"), (tmp_path / "key").read_text()
    reason = "has a passphrase or is damaged, and its public key is not beside it"
    assert refused(path) == f"{path} {reason}. Write that file: ssh-keygen -y -f {path} > {path}.pub"
    assert refused(text) == f"the private key {reason}. Use a key made by ssh-keygen"
    environ = forge.surroundings(SSH_ASKPASS=forge.askpass(tmp_path), SSH_ASKPASS_REQUIRE="force")
    with pytest.raises(SigningError, match=reason):
        keyfile.read_file(path, environ)
    assert not (tmp_path / "asked").exists()


def test_an_older_key_is_shown_to_ssh_keygen_only_in_a_file_of_this_user(tmp_path: Path) -> None:
    """ssh-keygen refuses files that others can read, so a key that CI wrote with mode 644 is copied."""
    forge.make_key(tmp_path / "key", *RSA_KEY)
    (tmp_path / "key.pub").unlink()
    (tmp_path / "key").chmod(0o644)
    environ = forge.stand_in(tmp_path, f'ls -l "$5" > {tmp_path}/seen; exec /usr/bin/ssh-keygen "$@"')
    keyfile.read_file(str(tmp_path / "key"), environ)
    assert (tmp_path / "seen").read_text().startswith("-rw-------")
    assert "gitgates-" in (tmp_path / "seen").read_text()
    left = Path((tmp_path / "seen").read_text().split()[-1])
    assert not left.parent.exists()


@pytest.mark.parametrize(("answer", "got"), [("junk", "'junk'"), ("", "''"), (r"caf\351", "'caf\ufffd'")])
def test_an_ssh_keygen_that_answers_with_no_key(answer: str, got: str, tmp_path: Path) -> None:
    path = at(tmp_path, "-----BEGIN RSA PRIVATE KEY-----\n")
    environ = forge.stand_in(tmp_path, f"printf '{answer}'")
    expected = f"is not a key to sign with: expected 'type base64 comment', got {got}"
    with pytest.raises(SigningError) as caught:
        keyfile.read_file(path, environ)
    assert str(caught.value) == f"{path} {expected}"
    with pytest.raises(SigningError) as caught:
        keyfile.read_private("-----BEGIN RSA PRIVATE KEY-----\n", environ)
    assert str(caught.value) == f"the private key {expected}"


def test_no_ssh_keygen(tmp_path: Path) -> None:
    path = at(tmp_path, "-----BEGIN RSA PRIVATE KEY-----\n")
    with pytest.raises(SigningError) as caught:
        keyfile.read_file(path, {"PATH": "/nowhere"})
    assert str(caught.value) == ("ssh-keygen cannot be run: No such file or directory. Install OpenSSH 8.2 or newer")


# --- text that has to become a file ----------------------------------------------------------------------------------


def test_a_key_becomes_a_file_with_its_public_key_beside_it() -> None:
    public = PublicKey.from_blob(PUBLIC)
    with keyfile.as_file(public, private()) as path:
        assert Path(path).read_text() == private()
        assert Path(path + ".pub").read_text() == public.text + "\n"
        modes = [os.stat(name).st_mode & 0o777 for name in (path, path + ".pub", os.path.dirname(path))]
        assert modes == [0o600, 0o600, 0o700]
    with keyfile.as_file(public, public.text) as path:
        assert path.endswith(".pub")
        assert os.listdir(os.path.dirname(path)) == [os.path.basename(path)]
    assert not os.path.exists(os.path.dirname(path))
