"""What a repository's configuration, its .git folder and the environment say runs no program and changes no answer."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from tests.cli.project import MEASURED, copy_inputs
from tests.security.world import World, person
from tests.support import RepositoryFactory, git, run

VERSION = ("--model", "veran:v1", "--context", "production")
READING = (
    ("can-deploy", *VERSION),
    ("status", *VERSION),
    ("history", "--model", "veran:v1"),
    ("list", "--model", "veran"),
    ("verify", "--jobs", "1"),
)
WRITING: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("dana", ("check", "--model", "veran:v2", "--context", "staging", "--metrics", "metrics-v6.1.json", *MEASURED)),
    ("bob", ("approve", "--model", "veran:v2", "--context", "staging")),
    ("dana", ("deploy", "--model", "veran:v2", "--context", "staging", "--target", "cluster", "--offline")),
)


@attrs.frozen
class Trap:
    """A world, and a program that leaves a mark whenever it is run."""

    world: World
    program: Path
    marks: Path

    @property
    def path(self) -> Path:
        return self.world.path

    def fired(self) -> bool:
        """Tell whether the program was run since the last question."""
        found = self.marks.exists()
        self.marks.unlink(missing_ok=True)
        return found

    def answers(self) -> list[tuple[int, str]]:
        """Return exit code and output of every reading command, but for which remote there is."""
        done = [self.world(*args, "--json") for args in READING]
        told = [{**json.loads(one.out), "remote": "", "fetched": ""} for one in done]
        return [(one.code, json.dumps(value)) for one, value in zip(done, told, strict=True)]

    def write(self) -> None:
        """Run every writing command; each must do its work."""
        for name, args in WRITING:
            done = self.world.as_person(name, *args)
            assert done.code == 0, done


@pytest.fixture
def trap(world: World, tmp_path: Path) -> Trap:
    """Give a ledger in which a rejection came last, so that the answer is denied; and a program to be named."""
    copy_inputs(world.path)
    git(world.path, "add", "--all")
    git(world.path, "commit", "-qm", "What tools wrote")
    world.rejected()
    world.commit()
    for name in ("bob", "dana"):
        person(name).key_file(tmp_path)
    program, marks = tmp_path / "program", tmp_path / "marks"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >> "{marks}"\nexit 1\n')
    program.chmod(0o755)
    return Trap(world, program, marks)


# --- programs that the configuration names ---------------------------------------------------------------------------

STATUS, LOG, FETCH = ("status",), ("log", "-1", "-p"), ("fetch", "-q", "ssh://nobody@localhost:1/x")
COMMIT = ("commit", "-q", "--allow-empty", "-m", "x")

SETTINGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "fsmonitor": ("[core]\n fsmonitor = {p}\n", STATUS),
    "hooks path": ("[core]\n hooksPath = {hooks}\n", COMMIT),
    "hook in the configuration": ('[hook "x"]\n command = {p}\n event = reference-transaction\n', ()),
    "clean filter": ('[filter "evil"]\n clean = {p}\n required = true\n', ("add", "--renormalize", ".")),
    "smudge filter": ('[filter "evil"]\n smudge = {p}\n', ("checkout-index", "-f", "-a")),
    "filter process": ('[filter "evil"]\n process = {p}\n', ("checkout-index", "-f", "-a")),
    "textconv": ('[diff "evil"]\n textconv = {p}\n', LOG),
    "diff command": ('[diff "evil"]\n command = {p}\n', ("diff", "HEAD~1")),
    "external diff": ("[diff]\n external = {p}\n", ("diff", "HEAD~1")),
    "merge driver": ('[merge "evil"]\n driver = {p}\n', ()),
    "signatures in the log": ("[log]\n showSignature = true\n[gpg]\n program = {p}\n", ()),
    "signing commits": (
        '[commit]\n gpgSign = true\n[gpg]\n format = ssh\n[user]\n signingKey = x\n[gpg "ssh"]\n program = {p}\n',
        ("-c", "core.editor=true", "commit", "-q", "--allow-empty", "-m", "x", "-S"),
    ),
    "key command": (
        '[commit]\n gpgSign = true\n[gpg]\n format = ssh\n[gpg "ssh"]\n defaultKeyCommand = {p}\n',
        ("commit", "-q", "--allow-empty", "-m", "x"),
    ),
    "ssh command": ("[core]\n sshCommand = {p}\n", FETCH),
    "git proxy": ("[core]\n gitProxy = {p}\n", ("fetch", "-q", "git://localhost:1/x")),
    "pager": ("[core]\n pager = {p}\n[pager]\n log = {p}\n config = {p}\n rev-parse = {p}\n", ()),
    "editor": ("[core]\n editor = {p}\n[sequence]\n editor = {p}\n", ("commit", "-q", "--allow-empty")),
    "password helper": ("[core]\n askPass = {p}\n", ()),
    "credential helper": ("[credential]\n helper = {p}\n", ("credential", "fill")),
    "aliases": ('[alias]\n cat-file = "!{p}"\n config = "!{p}"\n x = "!{p}"\n', ("x",)),
    "an included file": ("[include]\n path = {include}\n", STATUS),
    "upload-pack": ('[remote "origin"]\n url = .\n uploadpack = {p}\n receivepack = {p}\n', ("fetch", "-q", "origin")),
    "a remote that is a program": (
        '[protocol]\n allow = always\n[remote "origin"]\n url = "ext::{p}"\n', ("fetch", "-q", "origin"),
    ),
    "references of alternates": ("[core]\n alternateRefsCommand = {p}\n", ()),
    "trailers": ('[trailer "Gates-Record"]\n command = {p}\n cmd = {p}\n', ()),
    "submodule": ('[submodule "x"]\n update = "!{p}"\n url = .\n active = true\n', ()),
    "objects to keep": ("[gc]\n auto = 1\n recentObjectsHook = {p}\n[maintenance]\n auto = true\n", ()),
}  # fmt: skip


def set_trap(trap: Trap, text: str) -> None:
    """Add settings to the repository's configuration, and attributes for the drivers that they name."""
    hooks, include = trap.program.parent / "hooks", trap.program.parent / "include"
    hooks.mkdir()
    for hook in ("reference-transaction", "post-index-change", "pre-commit", "commit-msg", "post-commit"):
        (hooks / hook).symlink_to(trap.program)
    include.write_text(f"[core]\n fsmonitor = {trap.program}\n")
    with (trap.path / ".git/config").open("a") as config:
        config.write(
            text.replace("{p}", str(trap.program)).format(hooks=hooks, include=include) if "{" in text else text
        )
    (trap.path / ".git/info").mkdir(exist_ok=True)
    (trap.path / ".git/info/attributes").write_text("* filter=evil diff=evil merge=evil\n")
    for file in ("scan.json", "README.md"):
        if (trap.path / file).exists():
            os.utime(trap.path / file, (1, 1))  # older than the index: git must look into it


@pytest.mark.parametrize("name", SETTINGS)
def test_a_program_in_the_configuration_is_not_run(trap: Trap, name: str) -> None:
    """Every command does its work, no answer changes, and the program leaves no mark."""
    text, _ = SETTINGS[name]
    before = trap.answers()
    assert before[0][0] == 1
    set_trap(trap, text)
    assert trap.answers() == before
    assert not trap.fired()
    trap.write()
    assert not trap.fired()


@pytest.mark.parametrize("name", [name for name, (_, command) in SETTINGS.items() if command])
def test_the_trap_works(trap: Trap, name: str) -> None:
    """git itself runs the program: else the test above would prove nothing."""
    text, command = SETTINGS[name]
    set_trap(trap, text)
    trap.fired()
    run("git", *command, cwd=trap.path, stdin="protocol=https\nhost=localhost\n\n")
    assert trap.fired()


# --- variables -------------------------------------------------------------------------------------------------------

VARIABLES: dict[str, dict[str, str]] = {
    "another repository": {"GIT_DIR": "{other}/.git", "GIT_WORK_TREE": "{other}"},
    "another common folder": {"GIT_COMMON_DIR": "{other}/.git"},
    "another index": {"GIT_INDEX_FILE": "{other}/.git/index"},
    "other objects": {"GIT_OBJECT_DIRECTORY": "{other}/.git/objects"},
    "more objects": {"GIT_ALTERNATE_OBJECT_DIRECTORIES": "{other}/.git/objects"},
    "a namespace": {"GIT_NAMESPACE": "x"},
    "a shallow file": {"GIT_SHALLOW_FILE": "{shallow}"},
    "a graft file": {"GIT_GRAFT_FILE": "{grafts}"},
    "replacements elsewhere": {"GIT_REPLACE_REF_BASE": "refs/heads/"},
    "settings": {
        "GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": "{p}",
        "GIT_CONFIG_KEY_1": "gitgates.root", "GIT_CONFIG_VALUE_1": "e" * 64,
    },
    "settings of git -c": {"GIT_CONFIG_PARAMETERS": "'core.fsmonitor={p}' 'gitgates.root=" + "e" * 64 + "'"},
    "a configuration file": {"GIT_CONFIG": "{config}"},
    "an ssh program": {"GIT_SSH": "{p}", "GIT_SSH_COMMAND": "{p}", "GIT_PROXY_COMMAND": "{p}"},
    "a diff program": {"GIT_EXTERNAL_DIFF": "{p}"},
    "a pager and an editor": {"GIT_PAGER": "{p}", "PAGER": "{p}", "GIT_EDITOR": "{p}", "EDITOR": "{p}"},
    "a password program": {"GIT_ASKPASS": "{p}", "SSH_ASKPASS": "{p}"},
    "trace files": {"GIT_TRACE": "{marks}", "GIT_TRACE2_EVENT": "{marks}", "GIT_TRACE_PACKET": "{marks}"},
    "pathspecs": {"GIT_LITERAL_PATHSPECS": "1", "GIT_ICASE_PATHSPECS": "1", "GIT_NOGLOB_PATHSPECS": "1"},
    "another author": {"GIT_AUTHOR_NAME": "x\ny", "GIT_COMMITTER_DATE": "junk", "GIT_AUTHOR_DATE": "junk"},
    "attributes": {"GIT_ATTR_SOURCE": "HEAD", "GIT_ATTR_NOSYSTEM": "0"},
    "an unknown variable": {"GIT_SOMETHING_NEW": "{p}"},
}  # fmt: skip


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_changes_nothing(
    trap: Trap, repository: RepositoryFactory, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What an outer git command, or an attacker's shell profile, left behind reaches no git process."""
    other = repository("other")
    before = trap.answers()
    files = {"grafts": git(trap.path, "rev-parse", "HEAD"), "shallow": git(trap.path, "rev-parse", "HEAD")}
    files["config"] = f"[gitgates]\n root = {'e' * 64}\n[core]\n fsmonitor = {trap.program}\n"
    places = {"p": trap.program, "other": other, "marks": trap.marks}
    for file, text in files.items():
        places[file] = trap.program.parent / f"evil-{file}"
        places[file].write_text(f"{text}\n")
    for variable, value in VARIABLES[name].items():
        monkeypatch.setenv(variable, value.format(**places))
    assert trap.answers() == before
    trap.write()
    monkeypatch.undo()
    assert not trap.fired()
    assert git(other, "status", "--porcelain") == ""


# --- the .git folder -------------------------------------------------------------------------------------------------


def replace_the_tip(trap: Trap) -> None:
    """The commit before the rejection, in place of the tip: git itself now shows a version that may be deployed."""
    git(trap.path, "replace", "-f", "HEAD", "HEAD~1")


def replace_the_tree(trap: Trap) -> None:
    git(trap.path, "replace", "-f", "HEAD^{tree}", "HEAD~1^{tree}")


def replace_the_rejection(trap: Trap) -> None:
    """The rejection's bytes become those of an approval."""
    listed = git(trap.path, "ls-tree", "HEAD", ".quality-gates/models/veran/v1/").splitlines()
    decisions = [line.split()[2] for line in listed if "-decision-" in line and line.endswith(".json")]
    git(trap.path, "replace", "-f", decisions[-1], decisions[0])


def graft(trap: Trap) -> None:
    (trap.path / ".git/info").mkdir(exist_ok=True)
    (trap.path / ".git/info/grafts").write_text(git(trap.path, "rev-parse", "HEAD") + "\n")


def alternates(trap: Trap) -> None:
    """Objects of another repository: they are found by their ids alone, so nothing changes."""
    other = trap.program.parent / "other.git"
    git(trap.program.parent, "init", "-q", "--bare", other)
    (trap.path / ".git/objects/info").mkdir(exist_ok=True)
    (trap.path / ".git/objects/info/alternates").write_text(f"{other}/objects\n/absent\n")


def line_ends(trap: Trap) -> None:
    with (trap.path / ".git/config").open("a") as config:
        config.write("[core]\n autocrlf = true\n eol = crlf\n safecrlf = false\n")
    (trap.path / ".git/info").mkdir(exist_ok=True)
    (trap.path / ".git/info/attributes").write_text("* text eol=crlf ident working-tree-encoding=UTF-16\n")


def notes_elsewhere(trap: Trap) -> None:
    with (trap.path / ".git/config").open("a") as config:
        config.write("[core]\n notesRef = refs/notes/gates/evil\n[notes]\n displayRef = *\n rewriteMode = ignore\n")


def hidden_refs(trap: Trap) -> None:
    with (trap.path / ".git/config").open("a") as config:
        config.write("[transfer]\n hideRefs = refs\n[core]\n logAllRefUpdates = always\n preferSymlinkRefs = true\n")


def ambiguous(trap: Trap) -> None:
    """A tag and a branch with the names that revisions are looked up by."""
    for ref in ("refs/tags/main", "refs/heads/HEAD", "refs/tags/refs/heads/main", "refs/heads/refs/heads/main"):
        git(trap.path, "update-ref", ref, "HEAD~1")


GIT_FOLDER: dict[str, Callable[[Trap], None]] = {
    "replaced tip": replace_the_tip,
    "replaced tree": replace_the_tree,
    "replaced rejection": replace_the_rejection,
    "grafts": graft,
    "alternates": alternates,
    "line ends": line_ends,
    "notes elsewhere": notes_elsewhere,
    "hidden refs": hidden_refs,
    "ambiguous names": ambiguous,
}


@pytest.mark.parametrize("name", GIT_FOLDER)
def test_the_git_folder_changes_no_answer(trap: Trap, name: str) -> None:
    before = trap.answers()
    assert before[0][0] == 1
    assert "reject" in before[0][1]
    GIT_FOLDER[name](trap)
    assert trap.answers() == before
    trap.write()


def test_replacing_does_deceive_git(trap: Trap) -> None:
    """Plain git shows another tree under the tip's name: else the rows above would prove nothing."""
    tip, before = git(trap.path, "rev-parse", "HEAD"), git(trap.path, "ls-tree", "-r", "HEAD")
    replace_the_tip(trap)
    assert git(trap.path, "rev-parse", "HEAD") == tip
    assert git(trap.path, "ls-tree", "-r", "HEAD") != before


# --- clones that lack something --------------------------------------------------------------------------------------


def refused(world: World) -> dict[str, str]:
    """Insist that the clone cannot decide and approves nothing; return what can-deploy says."""
    done = world("can-deploy", *VERSION, "--json")
    assert done.code == 3, done
    told: dict[str, str] = json.loads(done.out)
    assert world.as_person("bob", "approve", *VERSION).code in (1, 3)
    assert world.as_person("dana", "deploy", *VERSION, "--target", "cluster").code == 3
    return told


def test_a_shallow_file(trap: Trap) -> None:
    """Whoever can write it can only make this clone say that it does not know."""
    head = git(trap.path, "rev-parse", "HEAD")
    (trap.path / ".git/shallow").write_text(f"{head}\n")
    told = refused(trap.world)
    assert told["cause"] == "shallow"
    assert "git fetch --unshallow" in json.dumps(told)


def test_a_shallow_clone(trap: Trap) -> None:
    trap.world.withdraw("carol", trap.world.reject("carol"))
    trap.world.commit()
    clone = cloned(trap, "--depth=1")
    told = refused(clone)
    assert told["cause"] == "shallow"
    assert "git fetch --unshallow" in json.dumps(told)
    git(clone.path, "fetch", "-q", "--unshallow")
    assert clone.ask().code == trap.world.ask().code


def cloned(trap: Trap, *options: str) -> World:
    path = trap.program.parent / "clone"
    git(trap.path, "config", "uploadpack.allowFilter", "true")
    git(trap.path, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(trap.path.parent, "clone", "-q", *options, trap.path.as_uri(), path)
    git(path, "config", "gitgates.root", trap.world.root)
    return attrs.evolve(trap.world, path=path)


@pytest.mark.parametrize("options", [("--filter=blob:none",), ("--filter=tree:0",)], ids=["no blobs", "no trees"])
def test_a_partial_clone_fetches_nothing(trap: Trap, options: tuple[str, ...]) -> None:
    """The configuration names a program to fetch missing objects with: it is not run, and the remedy is told."""
    clone = cloned(trap, *options, "--no-checkout")
    config = {"remote.origin.uploadpack": str(trap.program), "core.sshCommand": str(trap.program)}
    for key, value in config.items():
        git(clone.path, "config", key, value)
    for url in (None, f"ext::{trap.program}", "ssh://nobody@localhost:1/x"):
        if url is not None:
            git(clone.path, "config", "remote.origin.url", url)
            git(clone.path, "config", "protocol.allow", "always")
        done = clone("can-deploy", *VERSION, "--json")
        assert done.code == 3, done
        assert "fetch" in done.out, done
        assert not trap.fired()


def test_a_promisor_beside_a_whole_clone(trap: Trap) -> None:
    """Told that objects may be elsewhere, git would fetch: nothing is missing, so nothing changes."""
    before = trap.answers()
    with (trap.path / ".git/config").open("a") as config:
        config.write(
            f'[remote "evil"]\n url = "ext::{trap.program}"\n promisor = true\n partialclonefilter = blob:none\n'
        )
        config.write("[protocol]\n allow = always\n[extensions]\n partialClone = evil\n")
    after = trap.answers()
    assert [code for code, _ in after] == [code for code, _ in before]
    assert json.loads(after[0][1])["answer"] == "denied"
    assert not trap.fired()
