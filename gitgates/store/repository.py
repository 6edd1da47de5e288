"""A repository: where it is, what kind it is, its settings, refs and commits."""

import os
from collections.abc import Mapping
from functools import cached_property

from gitgates.errors import GitError, NoRepository, StoreError
from gitgates.model.frozen import frozen
from gitgates.store.config import Config
from gitgates.store.embedded import surrounding
from gitgates.store.process import attempt, run

LEDGER_FOLDER = ".quality-gates"

OUTSIDE_LEDGER = ("--", ":(top)", f":(top,exclude){LEDGER_FOLDER}")
_NO_FILTER = {"clean": "", "smudge": "", "process": "", "required": "false"}
_FACTS = ("--is-bare-repository", "--is-shallow-repository", "--show-object-format=storage")
_FOLDERS = ("--path-format=absolute", "--git-dir", "--git-common-dir", "--show-toplevel")


def id_bytes(object_format: str) -> int:
    """Return the bytes of an object id in `sha1` or `sha256`."""
    return 20 if object_format == "sha1" else 32


@frozen
class Head:
    """What is checked out: a branch (`ref`), a commit, both, or for an unborn branch only `ref`."""

    ref: str | None
    commit: str | None


@frozen
class Identity:
    """Who git says made a commit. It proves nothing: signatures do."""

    name: str
    email: str


@frozen(slots=False)
class Repository:
    """An opened repository. Facts of the moment it was opened; settings are read when first asked for.

    Attributes:
        git_dir: folder of this worktree's HEAD and index.
        common_dir: folder of objects, refs and settings, shared by all worktrees.
        worktree: top folder of the worktree, None in a bare repository and inside the git folder itself.
        object_format: `sha1` or `sha256`.
    """

    git_dir: str
    common_dir: str
    worktree: str | None
    is_bare: bool
    is_shallow: bool
    object_format: str

    @classmethod
    def open(cls, path: str | None = None) -> "Repository":
        """Return the repository that `path`, or the current folder, lies in.

        Raises:
            NoRepository: there is none.
            StoreError: git refuses it, e.g. because somebody else owns it, or cannot be started; or it is a bare
                repository among another one's files, which the user's own `safe.directory` does not name.
        """
        done = attempt(["rev-parse", *_FACTS, *_FOLDERS], cwd=path)
        lines = os.fsdecode(done.stdout).split("\n")[:-1]
        # Without a worktree, git prints everything else and then fails on the last question.
        if (len(lines), done.returncode) in ((6, 0), (5, 128)):
            bare, shallow, object_format, git_dir, common_dir, *worktree = lines
            if object_format in ("sha1", "sha256"):
                top = worktree[0] if worktree else None
                repository = cls(git_dir, common_dir, top, bare == "true", shallow == "true", object_format)
                repository._refuse_embedded(path or os.curdir)
                return repository
        if b"not a git repository" in done.stderr:
            where = os.path.abspath(path or os.curdir)
            raise NoRepository(f"{where}: not in a git repository", remedy="Run `git init`, or change the folder")
        error = done.error()
        if done.returncode == 0 and isinstance(error, GitError):
            raise StoreError("git describes this repository in a way gitgates does not know: a line break in its path?")
        raise error

    def _refuse_embedded(self, start: str) -> None:
        """Raise StoreError for a bare repository that somebody may have added to another one's files."""
        outer = surrounding(start, self.git_dir)
        if outer is None or self.git_dir in self.config.of_user("safe.directory"):
            return
        from shlex import quote  # only a refusal pays for it

        raise StoreError(
            f"{self.git_dir} is a bare repository among the files of another, {outer}: whoever can add files there can "
            "put one, with a ledger of their own",
            remedy=f"Run this in another folder of {outer}; or, where the bare repository is your own, say so: "
            f"`git config --global --add safe.directory {quote(self.git_dir)}`",
        )

    def git(
        self,
        *args: str,
        stdin: bytes = b"",
        ok_codes: tuple[int, ...] = (0,),
        config: Mapping[str, str] | None = None,
        write: bool = False,
    ) -> bytes:
        """Run a git command in this repository and return its standard output; see `process.run`."""
        return run(args, git_dir=self.git_dir, stdin=stdin, ok_codes=ok_codes, config=config, write=write)

    @cached_property
    def config(self) -> Config:
        """The settings that hold here, read with one git command when first asked for."""
        return Config.parse(self.git("config", "-z", "--list", "--show-scope"))

    def set_config(self, key: str, value: str) -> None:
        """Set `key` in the repository's own configuration, in place of every value that it had there."""
        self.git("config", "--local", "--replace-all", key, value, write=True)
        vars(self).pop("config", None)  # the documented way to make a cached property read anew

    @property
    def id_bytes(self) -> int:
        """Bytes of an object id: 20 or 32."""
        return id_bytes(self.object_format)

    @property
    def is_partial(self) -> bool:
        """Whether objects may be absent because a remote promises them (a partial clone)."""
        config = self.config
        promised = any(config.flag(f"remote.{name}.promisor") for name in config.subsections("remote"))
        return promised or config.get("extensions.partialclone") is not None

    def identity(self, fallback: Identity) -> Identity:
        """Return git's `user.name` and `user.email`, each replaced by the fallback's where it is not set."""
        name, email = self.config.get("user.name"), self.config.get("user.email")
        return Identity(name or fallback.name, email or fallback.email)

    def without_programs(self) -> dict[str, str]:
        """Return the settings that switch off the hooks and filters that the repository's own configuration names.

        For commands that touch the index or refs, or compare files: git filters a file that is as new as the index
        even where only another entry changes. A file that needs such a filter may then count as changed, which is the
        safe answer. The user's own filters, e.g. of large file storage, stay.
        """
        config = self.config
        hooks = {f"hook.{name}.enabled": "false" for name in config.subsections("hook", of_repository=True)}
        filters = config.subsections("filter", of_repository=True)
        return hooks | {f"filter.{name}.{key}": value for name in filters for key, value in _NO_FILTER.items()}

    def head(self) -> Head:
        """Return what is checked out in this worktree; two git commands."""
        ref = self.git("symbolic-ref", "-q", "HEAD", ok_codes=(0, 1)).decode().rstrip("\n")
        return Head(ref or None, self.resolve("HEAD"))

    def resolve(self, rev: str) -> str | None:
        """Return the full id of the commit that `rev` names, or None where it names none."""
        if "\0" in rev:
            return None
        asked = ("rev-parse", "--verify", "-q", "--end-of-options", f"{rev}^{{commit}}")
        done = attempt(asked, git_dir=self.git_dir)
        return done.stdout.decode("ascii").strip() or None if done.returncode == 0 else None

    def refs(self, *prefixes: str) -> dict[str, str]:
        """Return the ids that refs hold, by name; where `prefixes` are given, of refs that are or lie below one."""
        listed = self.git("for-each-ref", "--format=%(objectname) %(refname)", *prefixes)
        pairs = (line.split(" ", 1) for line in os.fsdecode(listed).splitlines())
        return {name: object_id for object_id, name in pairs}

    def subject_commit(self, rev: str) -> str | None:
        """Return the newest commit of `rev` whose code differs from its parents': ledger commits are passed over.

        A commit whose files outside `.quality-gates/` are those of a parent says nothing new of the code, so the
        parent stands for it. That holds for merges too: a pull that only brings the two sides' records together leads
        to the code commit that both share. In a shallow clone the last commit at hand has no known parents, so it is
        taken as it is.

        Returns:
            None where `rev` names no commit, or no commit holds anything but the ledger.
        """
        commit = self.resolve(rev)
        if commit is None:
            return None
        return self.git("rev-list", "-1", commit, *OUTSIDE_LEDGER).decode("ascii").strip() or None
