from pathlib import Path

import pytest

from gitgates.errors import InvalidValue
from gitgates.model.policy import Signer
from gitgates.trust import allowed_signers
from gitgates.trust.wire import pack, pack_integer
from tests.unit.trust import forge
from tests.unit.trust.test_keys import POINT, spell

KEY = spell(pack(b"ssh-ed25519", POINT))
OTHER = spell(pack(b"ssh-ed25519", POINT[::-1]))
LINE = f'alice@example.com namespaces="gitgates" {KEY}'


def test_reads_back_what_it_writes(made: dict[str, forge.Made]) -> None:
    signers = tuple(Signer(f"{name}@example.com", key.public) for name, key in made.items())
    assert allowed_signers.parse(allowed_signers.render(signers)) == signers
    assert allowed_signers.parse(allowed_signers.render(())) == ()


def test_comments_empty_lines_and_key_comments_mean_nothing() -> None:
    text = f"# who signs — see the handbook\n\n{LINE} alice's laptop\n"
    assert allowed_signers.parse(text) == (Signer("alice@example.com", KEY),)


def test_a_principal_may_hold_several_keys() -> None:
    text = f"{LINE}\n{LINE.replace(KEY, OTHER)}\n"
    assert [signer.principal for signer in allowed_signers.parse(text)] == ["alice@example.com"] * 2


def test_ssh_keygen_reads_the_file_the_same_way(made: dict[str, forge.Made], tmp_path: Path) -> None:
    signers = [Signer(f"-{name}.+_@x", key.public) for name, key in made.items()]
    text = "# comment\n\n" + allowed_signers.render(signers)
    for signer, key in zip(signers, made.values(), strict=True):
        assert forge.ssh_keygen_verifies(text, signer.principal, key.signature, tmp_path)
        assert not forge.ssh_keygen_verifies(text, "somebody@else", key.signature, tmp_path)


REFUSED = {
    "no newline": (LINE, "line 1 does not end"),
    "CRLF": (f"{LINE}\r\n", "line 1: holds a tab"),
    "tab": (LINE.replace(" ", "\t") + "\n", "line 1: holds a tab"),
    "NUL": (f"{LINE}\0\n", "line 1: holds"),
    "bidirectional override": (f"# \u202e\n{LINE}\n", "line 1: holds"),
    "leading space": (f" {LINE}\n", "line 1"),
    "spaces only": (f"# x\n  \n{LINE}\n", "line 2"),
    "indented comment": (" # x\n", "line 1"),
    "two spaces": (LINE.replace(" names", "  names") + "\n", "line 1: after the principal"),
    "space before the key": (LINE.replace(" ssh-", "  ssh-") + "\n", "line 1: "),
    "two principals": (f"bob@example.com,{LINE}\n", "line 1: principal: must be a principal"),
    "wildcard": (LINE.replace("alice", "*") + "\n", "line 1: principal"),
    "negation": (f"!{LINE}\n", "line 1: principal"),
    "upper case": (f"A{LINE}\n", "line 1: principal"),
    "quoted": (LINE.replace("alice@example.com", '"alice@example.com"') + "\n", "line 1: principal"),
    "long principal": ("a" * 129 + LINE + "\n", "line 1: principal"),
    "no namespace": (LINE.replace('namespaces="gitgates" ', "") + "\n", "exactly namespaces"),
    "two namespaces": (LINE.replace('"gitgates"', '"gitgates,git"') + "\n", "exactly namespaces"),
    "another namespace": (LINE.replace('"gitgates"', '"git"') + "\n", "exactly namespaces"),
    "upper-case option": (LINE.replace("namespaces", "Namespaces") + "\n", "exactly namespaces"),
    "unquoted": (LINE.replace('"gitgates"', "gitgates") + "\n", "exactly namespaces"),
    "cert-authority": (LINE.replace(" names", " cert-authority,names") + "\n", "exactly namespaces"),
    "date": (LINE.replace('"gitgates"', '"gitgates",valid-before="20300101"') + "\n", "exactly namespaces"),
    "no key": ('alice@example.com namespaces="gitgates"\n', "line 1: expected 'type base64 comment'"),
    "bad key": (LINE[:-4] + "\n", "line 1: the key is cut short"),
    "key twice": (f"{LINE}\n{LINE}\n", "line 2: the key stands already for alice@example.com"),
    "key of two": (f"{LINE}\n{LINE.replace('alice', 'bob')}\n", "line 2: the key stands already for alice@example.com"),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidValue, match=reason) as caught:
        allowed_signers.parse(text)
    assert caught.value.remedy


def test_a_file_that_no_reader_would_accept_is_not_written() -> None:
    for signers in (
        [Signer("alice", KEY), Signer("bob", KEY)],
        [Signer("alice", KEY + "\nmallory " + OTHER)],
        [Signer("alice", "ssh-ed25519 junk")],
    ):
        with pytest.raises(InvalidValue, match="line"):
            allowed_signers.render(signers)


def test_an_error_names_the_line_and_shows_how_to_write_it() -> None:
    form = 'Write: alice@example.com namespaces="gitgates" ssh-ed25519 AAAA...'
    short = spell(pack(b"ssh-rsa", b"\3", pack_integer((1 << 1023) + 1)), "ssh-rsa")
    for text, expected in {
        f"{LINE}\n{LINE}": "line 2 does not end with a newline. Add a newline at the end",
        f"# alice\n{LINE} \t\n": f"line 2: holds a tab, a carriage return or another invisible character. {form}",
        f"alice {KEY}\n": (
            f"line 1: after the principal must stand exactly namespaces=\"gitgates\", got 'ssh-ed25519'. {form}"
        ),
        LINE.replace(KEY, short) + "\n": (
            "line 1: the RSA key has 1024 bits, 2048 to 16384 are accepted. Make a new key with: ssh-keygen -t ed25519"
        ),
    }.items():
        with pytest.raises(InvalidValue) as caught:
            allowed_signers.parse(text)
        assert str(caught.value) == expected
