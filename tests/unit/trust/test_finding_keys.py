"""Which key is taken, where it was found, and what the user reads where none can be."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gitgates.errors import SigningError
from gitgates.trust import openssh
from gitgates.trust.signing import SigningKey, find_key, generate_key
from gitgates.trust.verify import verify
from tests.unit.trust import forge

NO_CONFIG: dict[str, str] = {}
MAKE_ONE = "Make a key with: ssh-keygen -t ed25519, or name one with --key"
NAME_ONE = "Name one with --key 'TYPE BASE64'"


def find(
    home: Path,
    explicit: str | None = None,
    config: Mapping[str, str] = NO_CONFIG,
    environ: dict[str, str] | None = None,
) -> SigningKey:
    return find_key(explicit, forge.surroundings() if environ is None else environ, dict(config), str(home))


def refused(
    home: Path,
    explicit: str | None = None,
    config: Mapping[str, str] = NO_CONFIG,
    environ: dict[str, str] | None = None,
) -> str:
    """Return what the user reads where no key can be taken."""
    with pytest.raises(SigningError) as caught:
        find(home, explicit, config, environ)
    return str(caught.value)


def no_key(home: Path) -> str:
    places = "--key, GITGATES_SIGNING_KEY, git config user.signingkey (with gpg.format=ssh)"
    return f"there is no signing key; looked at {places}, {home}/.ssh/id_ed25519, the SSH agent. {MAKE_ONE}"


# --- a key that is named ---------------------------------------------------------------------------------------------


def test_a_key_that_is_named_and_of_no_use_is_not_passed_over(made: dict[str, forge.Made], home: Path) -> None:
    """Each place that names a key is the last one looked at: signing by another than the one named is a surprise."""
    (home / ".ssh").mkdir()
    (home / ".ssh/id_ed25519").write_bytes(made["ed25519"].path.read_bytes())
    good = str(made["rsa"].path)
    ssh = {"gpg.format": "ssh"}
    missing = "cannot read the key file /nowhere/key: No such file or directory. Name another with --key"
    variable = forge.surroundings(GITGATES_SIGNING_KEY=good)
    assert refused(home, "/nowhere/key", {**ssh, "user.signingkey": good}, variable) == missing
    variable = forge.surroundings(GITGATES_SIGNING_KEY="/nowhere/key")
    assert refused(home, None, {**ssh, "user.signingkey": good}, variable) == missing
    assert refused(home, None, {**ssh, "user.signingkey": "/nowhere/key"}) == missing
    assert refused(home, "", {**ssh, "user.signingkey": good}).startswith("cannot read the key file :")
    assert find(home, None, {**ssh, "user.signingkey": ""}).origin == str(home / ".ssh/id_ed25519")


def test_a_key_that_is_given_as_text_is_spoken_of_by_its_place(made: dict[str, forge.Made], home: Path) -> None:
    """The text itself is a secret, or long."""
    damaged = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"
    environ = forge.surroundings(GITGATES_SIGNING_KEY=damaged)
    reason = "the private key is damaged: it is not a whole OpenSSH private key. Name another with --key"
    assert refused(home, environ=environ) == f"GITGATES_SIGNING_KEY: {reason}"
    config = {"gpg.format": "ssh", "user.signingkey": "key::ssh-ed25519 AAAA"}
    assert refused(home, config=config) == (
        "git config user.signingkey: the key is not a key to sign with: the key is not of type ssh-ed25519 inside."
        " Give the whole key, or the path of its file"
    )
    text = made["ed25519"].path.read_text()
    for origin, key in {
        "--key": find(home, text),
        "GITGATES_SIGNING_KEY": find(home, environ=forge.surroundings(GITGATES_SIGNING_KEY=text)),
        "git config user.signingkey": find(home, config={"gpg.format": "ssh", "user.signingkey": text}),
    }.items():
        assert (key.origin, key.public.text) == (origin, made["ed25519"].public)
        assert verify(forge.MESSAGE, key.sign(forge.MESSAGE)) == key.public


@pytest.mark.parametrize("name", forge.TYPES)
def test_a_public_key_as_text_may_be_of_any_type(made: dict[str, forge.Made], name: str, home: Path) -> None:
    public = made[name].public
    for text in (public, f"  {public} alice's laptop\n", f"key::{public}"):
        key = find(home, text)
        assert (key.origin, key.public.text) == ("--key", public)


def test_security_keys_are_named_by_their_public_key_or_the_file_that_points_to_them(home: Path) -> None:
    for key in forge.security_keys().values():
        text = f"{key.type.decode()} {forge.b64(key.blob)}"
        assert find(home, text).public.text == text


def test_a_path_is_below_home_or_below_this_folder(
    made: dict[str, forge.Made], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "keys").mkdir()
    for folder, name in ((home / "keys", "rsa"), (tmp_path, "ed25519")):
        (folder / "key").write_bytes(made[name].path.read_bytes())
    monkeypatch.chdir(tmp_path)
    for origin, at_home in {
        "--key": find(home, " ~/keys/key\n"),
        "GITGATES_SIGNING_KEY": find(home, environ=forge.surroundings(GITGATES_SIGNING_KEY="~/keys/key")),
        "git config user.signingkey": find(home, config={"gpg.format": "ssh", "user.signingkey": "~/keys/key"}),
    }.items():
        assert (at_home.origin, at_home.public.text) == (f"{origin} ({home}/keys/key)", made["rsa"].public)
    here = find(home, "key")
    assert (here.origin, here.public.text) == ("--key (key)", made["ed25519"].public)
    assert refused(home, "~alice/key").startswith("cannot read the key file ~alice/key: ")


@pytest.mark.parametrize("form", ["openpgp", "x509", "SSH", ""])
def test_a_key_of_git_for_another_format_is_none_of_ours(form: str, made: dict[str, forge.Made], home: Path) -> None:
    config = {"gpg.format": form, "user.signingkey": str(made["ed25519"].path)}
    assert refused(home, config=config) == no_key(home)
    del config["gpg.format"]
    assert refused(home, config=config) == no_key(home)


def test_the_key_at_home_is_used_or_complained_of(home: Path, agent: Callable[[Path], None], tmp_path: Path) -> None:
    """An agent with a good key does not hide that the usual one is damaged."""
    forge.make_key(tmp_path / "key", "-t", "ed25519")
    agent(tmp_path / "key")
    (home / ".ssh").mkdir()
    (home / ".ssh/id_ed25519").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    assert refused(home).startswith(f"{home}/.ssh/id_ed25519 is damaged")


# --- the agent -------------------------------------------------------------------------------------------------------


def test_of_several_keys_of_an_agent_the_user_names_one(
    made: dict[str, forge.Made], home: Path, agent: Callable[[Path], None]
) -> None:
    agent(made["ed25519"].path)
    assert find(home).public.text == made["ed25519"].public
    agent(made["rsa"].path)
    keys = "; ".join(f"{made[name].public} me" for name in ("ed25519", "rsa"))
    assert refused(home) == f"the SSH agent holds 2 keys: {keys}. {NAME_ONE}"
    assert find(home, made["rsa"].public).public.text == made["rsa"].public


def test_keys_that_may_not_sign_do_not_make_the_choice_harder(
    made: dict[str, forge.Made], home: Path, tmp_path: Path
) -> None:
    public = made["ecdsa256"].public
    others = f"ssh-dss AAAA old\nssh-ed25519-cert-v01@openssh.com AAAA certificate\n {public} indented"
    environ = forge.stand_in(tmp_path, f"printf '%s\\n' '{others}' '{public} mine'", "ssh-add")
    key = find(home, environ=environ)
    assert (key.origin, key.public.text) == ("the SSH agent", public)
    assert refused(home, environ=forge.stand_in(tmp_path, f"echo '{others}'", "ssh-add")) == no_key(home)


def test_a_comment_in_another_encoding_does_no_harm(made: dict[str, forge.Made], home: Path, tmp_path: Path) -> None:
    environ = forge.stand_in(tmp_path, rf"printf '{made['rsa'].public} caf\351\n'", "ssh-add")
    assert find(home, environ=environ).public.text == made["rsa"].public


def test_an_agent_that_fails_holds_no_key(made: dict[str, forge.Made], home: Path, tmp_path: Path) -> None:
    environ = forge.stand_in(tmp_path, f"echo '{made['ed25519'].public} me'; exit 1", "ssh-add")
    assert refused(home, environ=environ) == no_key(home)


def test_an_agent_that_does_not_answer_holds_no_key(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openssh, "_PATIENCE", 0.2)
    assert refused(home, environ=forge.stand_in(tmp_path, "exec sleep 20", "ssh-add")) == no_key(home)


def test_no_agent_and_no_ssh_add(home: Path, tmp_path: Path) -> None:
    assert refused(home, environ={"PATH": os.environ["PATH"]}) == no_key(home)
    assert refused(home, environ={"PATH": str(tmp_path)}) == no_key(home)


# --- a new key -------------------------------------------------------------------------------------------------------


def test_a_new_key_has_no_passphrase_whoever_could_be_asked_for_one(tmp_path: Path) -> None:
    environ = forge.surroundings(SSH_ASKPASS=forge.askpass(tmp_path), SSH_ASKPASS_REQUIRE="force")
    public = generate_key(str(tmp_path / "key"), "alice's key", environ)
    assert public.type == "ssh-ed25519"
    assert find(tmp_path, str(tmp_path / "key")).public == public
    assert verify(forge.MESSAGE, find(tmp_path, str(tmp_path / "key")).sign(forge.MESSAGE)) == public
    assert not (tmp_path / "asked").exists()
    assert (tmp_path / "key.pub").read_text() == f"{public.text} alice's key\n"


def test_a_new_key_in_this_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    public = generate_key("key", "me", forge.surroundings())
    assert (tmp_path / "key.pub").read_text() == f"{public.text} me\n"
    assert sorted(os.listdir(tmp_path)) == ["key", "key.pub"]


@pytest.mark.parametrize("name", ["key", "key.pub"])
def test_a_new_key_never_takes_the_place_of_anything(name: str, tmp_path: Path) -> None:
    """Not even of a link to a file that is not there (on a stick, say)."""
    (tmp_path / name).symlink_to(tmp_path / "gone" / "key")
    with pytest.raises(SigningError) as caught:
        generate_key(str(tmp_path / "key"), "me", forge.surroundings())
    assert str(caught.value) == (f"{tmp_path / name} is there already. Name another path, or use that key with --key")
    assert os.listdir(tmp_path) == [name]


def test_where_no_key_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = str(tmp_path / "file" / "folder" / "key")
    with pytest.raises(SigningError) as caught:
        generate_key(path, "me", forge.surroundings())
    assert str(caught.value) == f"cannot make the folder of {path}: Not a directory"
    environ = forge.stand_in(tmp_path, "echo disk full >&2; exit 1")
    path = str(tmp_path / "key")
    with pytest.raises(SigningError) as caught:
        generate_key(path, "me", environ)
    assert str(caught.value) == f"ssh-keygen could not make {path}: disk full. Name another path"
    with pytest.raises(SigningError) as caught:
        generate_key(path, "me", {"PATH": "/nowhere"})
    assert str(caught.value) == ("ssh-keygen cannot be run: No such file or directory. Install OpenSSH 8.2 or newer")
