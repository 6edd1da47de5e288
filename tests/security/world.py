"""A team's ledger for the attack tables: real repositories, whose records are put together field by field.

Records are signed in process with fixed keys, so that an attack can say what no honest command would write.
"""

import json
import re
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gitgates.codec.policy_toml import parse_policy
from gitgates.codec.records import RecordCodec, record_id
from gitgates.codec.seals import render_seal
from gitgates.ledger.index import anchor_bytes
from gitgates.model.names import ModelVersion
from gitgates.model.paths import LEDGER_FOLDER, anchor_path, record_path, seal_path
from gitgates.model.policy import Signer
from gitgates.model.records import (
    DecisionRecord,
    DeploymentRecord,
    PolicyRecord,
    Record,
    ReportRecord,
    RollbackRecord,
    WithdrawalRecord,
)
from gitgates.trust.allowed_signers import render as render_signers
from gitgates.trust.wire import pack
from tests.support import Gitgates, Result, git, set_verified
from tests.unit.decision.builder import GOOD, facts_of
from tests.unit.decision.builder import World as InMemory
from tests.unit.trust.forge import assemble

START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
CODES: Mapping[str, int] = {"allowed": 0, "denied": 1, "cannot decide": 3}
NAME = "veran:v1"
MEMBERS: Mapping[str, str] = {
    "alice": '"admin"',
    "bob": '"approver"',
    "carol": '"approver"',
    "ci": '"checker"',
    "dana": '"approver", "checker", "deployer"',
}
RULES = """\
[contexts.staging]
[contexts.production]
required_approvals = 2
separation_of_duties = true
"""


# --- people ----------------------------------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class Person:
    """Somebody with a key: the same key in every run."""

    name: str
    private: Ed25519PrivateKey

    @property
    def blob(self) -> bytes:
        return pack(b"ssh-ed25519", self.private.public_key().public_bytes_raw())

    @property
    def public(self) -> str:
        return f"ssh-ed25519 {b64encode(self.blob).decode()}"

    def sign(self, data: bytes, namespace: bytes = b"gitgates") -> bytes:
        signed = b"SSHSIG" + pack(namespace, b"", b"sha512", sha512(data).digest())
        return assemble(self.blob, pack(b"ssh-ed25519", self.private.sign(signed)), namespace=namespace)

    def key_file(self, folder: Path) -> Path:
        """Write the private key as OpenSSH keeps it."""
        path = folder / self.name
        path.write_bytes(self.private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
        path.chmod(0o600)
        return path


def person(name: str) -> Person:
    return Person(name, Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest()))


def signers_of(*names: str, **others: str) -> tuple[Signer, ...]:
    """Return the keys of `names`, and further keys: the key of person `others[name]`, listed for `name`."""
    own = [(name, name) for name in names]
    return tuple(Signer(name, person(key).public) for name, key in (*own, *others.items()))


def policy_text(members: Mapping[str, str] = MEMBERS, rules: str = RULES, quorum: int = 1) -> str:
    """Return a `policy.toml`; `members` has the roles as TOML writes them in a list."""
    listed = "".join(f"{name} = [{roles}]\n" for name, roles in members.items())
    heading = f'format = "gitgates-policy/1"\nledger_branch = "main"\nadmin_quorum = {quorum}\n'
    return f"{heading}[members]\n{listed}{rules}"


# --- records ---------------------------------------------------------------------------------------------------------


@attrs.frozen
class Made:
    """A record as files."""

    id: str
    path: str
    data: bytes
    signature: bytes
    record: Any = None

    @property
    def files(self) -> dict[str, bytes | None]:
        return {self.path: self.data, f"{self.path}.sig": self.signature}


def made(record: Record, signer: str) -> Made:
    data = RecordCodec().encode(record)
    path = record_path(record, record_id(data))
    return Made(record_id(data), path, data, person(signer).sign(data), record)


def remade(before: Made, data: bytes, signer: str) -> Made:
    """Return other bytes in the place that they would have, truly signed."""
    identifier = record_id(data)
    return Made(identifier, before.path.replace(before.id, identifier), data, person(signer).sign(data))


def root_policy(
    founder: str = "alice", members: Mapping[str, str] = MEMBERS, signers: Iterable[Signer] | None = None
) -> Made:
    return _policy(None, founder, START, policy_text(members), signers or signers_of(*members), {})


def _policy(
    ledger: str | None, by: str, created: datetime, text: str, signers: Iterable[Signer], values: Mapping[str, Any]
) -> Made:
    listed = tuple(signers)
    record = PolicyRecord(
        ledger=ledger,
        created=created,
        author=by,
        policy_toml=text,
        allowed_signers=render_signers(listed),
        parsed=parse_policy(text, listed),
        **values,
    )
    return made(record, by)


# --- repositories ----------------------------------------------------------------------------------------------------


@attrs.frozen
class Asked:
    """What can-deploy said; `cause` is "" where there is an answer, `answer` "refused" where the question was."""

    code: int
    answer: str
    cause: str
    reason: str


@attrs.define
class World:
    """A clone of a team's ledger at `path`.

    Attributes:
        root, policy: ids of the root and of the policy that new records name.
        heads: what new records of a model version name as parents.
    """

    path: Path
    run: Gitgates
    root: str
    policy: str
    now: datetime = START
    heads: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    sealed: set[str] = attrs.field(factory=set)

    # --- files and commits ---

    def put(self, files: Mapping[str, bytes | None]) -> None:
        """Write files into the worktree; None removes one."""
        for name, data in files.items():
            file = self.path / name
            if data is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)

    def commit(self, message: str = "x") -> str:
        git(self.path, "add", "--all", "--force", LEDGER_FOLDER)
        git(self.path, "commit", "--quiet", "--allow-empty", "--message", message)
        return git(self.path, "rev-parse", "HEAD")

    def copy(self, name: str) -> "World":
        """Return another clone, made as a copy: what follows in one is unknown to the other."""
        path = self.path.parent / name
        shutil.copytree(self.path, path, symlinks=True)
        return attrs.evolve(self, path=path, heads=dict(self.heads), sealed=set(self.sealed))

    def take_over(self, other: "World", *options: str) -> None:
        """Fetch another clone's branch and merge it."""
        self.commit()
        other.commit()
        git(self.path, "fetch", "--quiet", other.path, "main")
        git(self.path, "merge", "--quiet", "--no-edit", *options, "FETCH_HEAD")
        for name, heads in other.heads.items():
            self.heads[name] = tuple(sorted({*self.heads.get(name, ()), *heads}))

    # --- records ---

    def make(
        self,
        cls: type[Any],
        by: str,
        name: str = NAME,
        *,
        after: Iterable[Made] | None = None,
        key: str | None = None,
        **values: Any,
    ) -> Made:
        """Return a record, signed with the author's key or that of the person `key`, and write it nowhere."""
        self.now += timedelta(seconds=1)
        model = ModelVersion.parse(name)
        heading: dict[str, Any] = {
            "ledger": self.root,
            "policy": self.policy,
            "parents": self.heads.get(name, ()) if after is None else tuple(sorted(one.id for one in after)),
            "created": self.now,
            "author": by,
            "model": model.model,
            "version": model.version,
            "context": "production",
        }
        return made(cls(**heading | values), key or by)

    def add(self, cls: type[Any], by: str, name: str = NAME, **values: Any) -> Made:
        """Write a record into the worktree."""
        record = self.make(cls, by, name, **values)
        self.keep(record)
        return record

    def keep(self, record: Made) -> None:
        """Write a record that was made before, and have later ones name it as parent."""
        name = f"{record.record.model}:{record.record.version}"
        anchor = anchor_bytes(record.record.model, record.record.version)
        self.put({**record.files, anchor_path(record.record.model, record.record.version): anchor})
        before = set(self.heads.get(name, ())) - set(record.record.parents)
        self.heads[name] = tuple(sorted(before | {record.id}))

    def outcome(self, by: str = "ci", name: str = NAME, *, metrics: Any = GOOD, **values: Any) -> Made:
        """Return an honest report that is not in the ledger yet."""
        honest = InMemory().report(context=values.get("context", "production"), metrics=metrics).record
        heading = ("created", "model", "version", "context")
        facts = {key: value for key, value in facts_of(honest).items() if key not in heading}
        return self.make(ReportRecord, by, name, **facts | values)

    def report(self, by: str = "ci", name: str = NAME, **values: Any) -> Made:
        report = self.outcome(by, name, **values)
        self.keep(report)
        return report

    def approval(self, by: str, report: Made, name: str = NAME, **values: Any) -> Made:
        """Return an approval that is not in the ledger yet."""
        facts = {"approved": True, "report": report.id, "forced": False, "context": report.record.context}
        return self.make(DecisionRecord, by, name, **facts | values)

    def approve(self, by: str, report: Made, name: str = NAME, **values: Any) -> Made:
        approval = self.approval(by, report, name, **values)
        self.keep(approval)
        return approval

    def reject(self, by: str = "carol", name: str = NAME, **values: Any) -> Made:
        facts = {"approved": False, "forced": False, "reason": "it stutters"}
        return self.add(DecisionRecord, by, name, **facts | values)

    def withdraw(self, by: str, decision: Made, **values: Any) -> Made:
        return self.add(WithdrawalRecord, by, withdraws=decision.id, reason="a mistake", **values)

    def deploy(self, by: str = "dana", **values: Any) -> Made:
        return self.add(DeploymentRecord, by, **{"target": "cluster", "phase": "succeeded"} | values)

    def roll_back(self, by: str = "dana", **values: Any) -> Made:
        return self.add(RollbackRecord, by, **{"target": "cluster", "phase": "succeeded"} | values)

    def follow(
        self,
        members: Mapping[str, str] = MEMBERS,
        *,
        by: str = "alice",
        signers: Iterable[Signer] | None = None,
        rules: str = RULES,
        seals: bool = True,
        **values: Any,
    ) -> Made:
        """Write a policy that follows the last one and seals what is there, and have later records name it."""
        self.now += timedelta(seconds=1)
        fresh = {n: tuple(i for i in ids if i not in self.sealed) for n, ids in self.heads.items()} if seals else {}
        seal = render_seal({(n.partition(":")[0], n.partition(":")[2]): ids for n, ids in fresh.items()})
        if seal:
            values["seal"] = record_id(seal)
            self.put({seal_path(record_id(seal)): seal})
            self.sealed.update(i for ids in fresh.values() for i in ids)
        values.setdefault("parents", (self.policy,))
        text = policy_text(members, rules)
        policy = _policy(self.root, by, self.now, text, signers or signers_of(*members), values)
        self.put({**policy.files, **_files_for_people(policy)})
        self.policy = policy.id
        return policy

    def resign(self, record: Made, by: str) -> None:
        """Put somebody else's signature in the place of the author's; the id stays the same."""
        self.put({f"{record.path}.sig": person(by).sign(record.data)})

    # --- scenes ---

    def half(self) -> Made:
        """Start with a report that passed and one approval of the two that it needs; return the report."""
        report = self.report()
        self.approve("bob", report)
        return report

    def allowed(self) -> Made:
        """Start with a version that may be deployed; return the report."""
        report = self.half()
        self.approve("carol", report)
        return report

    def rejected(self) -> Made:
        """Start with a version that carol approved, and then rejected; return the rejection."""
        self.allowed()
        return self.reject("carol")

    # --- commands ---

    def __call__(self, *args: str | Path) -> Result:
        return self.run(*args, cwd=self.path)

    def as_person(self, name: str, command: str, *args: str | Path) -> Result:
        """Run a command that writes, with somebody's key."""
        return self(command, "--key", person(name).key_file(self.path.parent), *args)

    def ask(self, name: str = NAME, context: str = "production", *args: str | Path) -> Asked:
        done = self("can-deploy", "--model", name, "--context", context, "--json", *args)
        value = json.loads(done.out)
        answer = value.get("answer") or ("cannot decide" if "cause" in value else "refused")
        return Asked(done.code, answer, value.get("cause", ""), value.get("reason") or value["error"])

    def findings(self) -> list[dict[str, Any]]:
        """Return what verify finds, but for the index, and insist that its exit code fits."""
        done = self("verify", "--jobs", "1", "--json")
        findings: list[dict[str, Any]] = json.loads(done.out)["findings"]
        affects = any(finding["affects_decision"] for finding in findings)
        counted = [finding for finding in findings if finding["severity"] != "notice"]
        assert done.code == (3 if affects else 1 if counted else 0), done
        return [finding for finding in findings if finding["code"] != "index"]

    def remember(self) -> None:
        """Verify, so that this clone knows what it has seen."""
        assert not any(finding["affects_decision"] for finding in self.findings())
        assert git(self.path, "rev-parse", "refs/gitgates/verified") == git(self.path, "rev-parse", "HEAD")

    def forget(self) -> None:
        """Be a clone that has never verified anything."""
        set_verified(self.path, None)


def new_repository(path: Path, root: Made) -> None:
    """Make a repository whose ledger has a root, pinned, and nothing else."""
    path.mkdir()
    git(path, "init", "--quiet", "--template=", ".")
    for name, data in {**root.files, **_files_for_people(root)}.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data or b"")
    git(path, "add", "--all", ".")
    git(path, "commit", "--quiet", "--message", "A ledger")
    git(path, "config", "gitgates.root", root.id)


def _files_for_people(policy: Made) -> dict[str, bytes]:
    record: PolicyRecord = policy.record
    return {
        f"{LEDGER_FOLDER}/policy.toml": record.policy_toml.encode(),
        f"{LEDGER_FOLDER}/allowed_signers": record.allowed_signers.encode(),
    }


# --- tables ----------------------------------------------------------------------------------------------------------


@attrs.frozen
class Row:
    """One attack and what must come of it.

    Attributes:
        attack: leaves the ledger as the attacker wants it; what it wrote is committed afterwards.
        answer: of can-deploy.
        reason: a pattern that can-deploy's reason matches.
        cause: where it cannot decide.
        finding: a pattern that one of verify's findings matches, as `code: text`; "" where there need be none.
    """

    attack: Callable[[World], object]
    answer: str
    reason: str
    cause: str = ""
    finding: str = ""
    context: str = "production"


def check_row(world: World, row: Row) -> None:
    """Carry out an attack and insist on answer, exit code, reason and finding."""
    row.attack(world)
    world.commit()
    asked = world.ask(context=row.context)
    assert (asked.answer, asked.code, asked.cause) == (row.answer, CODES[row.answer], row.cause), asked
    assert re.search(row.reason, asked.reason), asked
    if row.finding:
        told = [f"{finding['code']}: {finding['text']}" for finding in world.findings()]
        assert any(re.search(row.finding, text) for text in told), told


@attrs.frozen
class Write:
    """A command that somebody must not get through.

    Attributes:
        scene: what is there before; it is committed, then the command runs.
        reason: a pattern that what it prints matches.
    """

    scene: Callable[[World], object]
    by: str
    args: tuple[str, ...]
    code: int
    reason: str


def check_write(world: World, write: Write) -> None:
    """Run a command and insist that it fails for the right reason and leaves no commit and no file."""
    write.scene(world)
    before = world.commit()
    done = world.as_person(write.by, *write.args)
    assert done.code == write.code, done
    assert re.search(write.reason, done.out + done.err), done
    assert git(world.path, "rev-parse", "HEAD") == before
    assert git(world.path, "status", "--porcelain") == ""
