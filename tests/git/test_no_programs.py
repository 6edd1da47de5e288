"""Nothing that a repository's config, attributes or hooks name is run by what the store does."""

from pathlib import Path

import pytest

from gitgates.store.append import Change, NoteLines, append
from gitgates.store.checkouts import is_dirty
from gitgates.store.history import added_names
from gitgates.store.objects import ObjectReader
from gitgates.store.repository import Identity, Repository
from tests.support import RepositoryFactory, git

HOOKS = ("reference-transaction", "post-index-change", "pre-commit", "post-commit", "post-checkout", "update")


@pytest.fixture
def trap(repository: RepositoryFactory, tmp_path: Path) -> tuple[Path, Path]:
    """A repository in which every program that git may start leaves a trace; and where the traces are."""
    path, traces = repository(), tmp_path / "traces"
    traces.mkdir()
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\ntouch "{traces}/$(basename "$0")-$$"\nexec cat\n')
    program.chmod(0o755)
    (path / ".gitattributes").write_text("* filter=evil diff=evil\n")
    git(path, "add", "-A")
    git(path, "commit", "-qm", "attributes")
    for hook in HOOKS:
        (path / ".git/hooks" / hook).parent.mkdir(exist_ok=True)
        (path / ".git/hooks" / hook).symlink_to(program)
    settings = ["core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "diff.external"]
    settings += ["diff.evil.command", "gpg.program", "core.pager", "pager.log", "core.sshCommand", "core.editor"]
    settings += ["hook.evil.command", "core.askPass", "credential.helper", "core.alternateRefsCommand"]
    with (path / ".git/config").open("a") as config:
        for key in settings:
            section, _, name = key.rpartition(".")
            first, _, inner = section.partition(".")
            config.write(f"[{first}{f' {chr(34)}{inner}{chr(34)}' if inner else ''}]\n\t{name} = {program}\n")
        config.write('[filter "evil"]\n\trequired = true\n[log]\n\tshowSignature = true\n')
        config.write('[hook "evil"]\n\tevent = reference-transaction\n')
    return path, traces


def test_the_trap_works(trap: tuple[Path, Path]) -> None:
    path, traces = trap
    (path / "README.md").write_text("edited")
    git(path, "status")
    git(path, "branch", "new")
    assert len(list(traces.iterdir())) >= 3


def test_no_program_is_started(trap: tuple[Path, Path]) -> None:
    path, traces = trap
    # Same size and content as in the index, newer: git must look into the file.
    (path / "README.md").write_text("A model.\n")
    repo = Repository.open(str(path))
    head = repo.head()
    assert head.commit is not None
    notes = (NoteLines("refs/notes/gates/a", head.commit, ("line",)),)
    change = Change({".quality-gates/a/b": b"x"}, "gates: x", notes)
    append(repo, "refs/heads/main", lambda _: change, identity=Identity("a", "b"), seconds=0)
    change = Change({".quality-gates/a/b": b"y"}, "gates: y", (), frozenset([".quality-gates/a/b"]))
    append(repo, "refs/heads/main", lambda _: change, identity=Identity("a", "b"), seconds=0)
    assert not is_dirty(repo)
    (path / "README.md").write_text("Edited!!\n")
    assert is_dirty(repo)
    assert repo.subject_commit("HEAD") == head.commit
    assert added_names(repo, ("HEAD",), ".quality-gates") == {"b"}
    assert repo.refs()
    repo.set_config("gitgates.root", "x")
    with ObjectReader(repo) as reader:
        assert reader.get("HEAD:README.md") is not None
    assert list(traces.iterdir()) == []
