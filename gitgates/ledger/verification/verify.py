"""`verify`: the whole ledger, or some models of it."""

from collections.abc import Iterator
from datetime import datetime

from gitgates.errors import GitgatesError, InvalidValue, StoreError, UnknownVersion
from gitgates.ledger.continuity import Removals
from gitgates.ledger.index import NOTES_PREFIX, notes_ref
from gitgates.ledger.obstacles import history_obstacle
from gitgates.ledger.pin import CONFIG_KEY
from gitgates.ledger.query import all_versions
from gitgates.ledger.reading import Ledger
from gitgates.ledger.verification.baselines import Claim, answer, not_found
from gitgates.ledger.verification.files import layout_findings
from gitgates.ledger.verification.findings import Finding, Verification, error, notice, warning
from gitgates.ledger.verification.model import names_of
from gitgates.ledger.verification.policies import policy_findings
from gitgates.ledger.verification.workers import Progress, Work, run_models
from gitgates.ledger.verified import keep_as_verified
from gitgates.model.names import check_name
from gitgates.model.paths import MODELS_FOLDER, decode_component, version_folder

_DEPTH = version_folder("model", "version").count("/")


def _silent(done: int, total: int) -> None:
    """Tell nobody."""


def verify(
    ledger: Ledger,
    now: datetime,
    *,
    models: tuple[str, ...] | None = None,
    since: str | None = None,
    all_history: bool = False,
    jobs: int = 1,
    progress: Progress = _silent,
) -> Verification:
    """Return everything that can be held against the ledger.

    1. The clone: shallow, behind its remote, without a pin.
    2. The policies: signatures, texts against what was parsed, refusals, seals, files for people; deletions.
    3. The folders: what is foreign, which names are none or collide, which trees are malformed.
    4. Every model version: ids, signatures, canonical form, paths, parents, standing, clock; reports evaluated again;
       what commits deleted or changed, merges included; anchors.
    5. Baselines that are records: each is there and has these values.
    6. The index: missing lines, lines that name no record, lines that differ; refs of models that do not exist.

    Args:
        models: verify these only (1 and 2 are done in any case); None for all.
        since: look for deletions in the commits since this one, and hold its records against those that are there. By
            default it is the last one that this clone verified; where it never verified, the whole history.
        all_history: look for deletions in the whole history.
        jobs: how many processes share the models.
        progress: told after each version, or each share of them, how many are done.

    Raises:
        UnknownVersion: one of `models` is not in the ledger.
    """
    ledger, told = _looking_back(ledger, since, all_history)
    there = models_of(ledger)
    if models is not None:
        unknown = [model for model in models if model not in there]
        if unknown:
            raise UnknownVersion(
                f"the ledger knows no model {unknown[0]!r}", remedy="`gitgates list` shows what it knows"
            )
    findings = [*told, *_clone_findings(ledger), *policy_findings(ledger)]
    if models is None:
        findings += [*layout_findings(ledger), *_stale_refs(ledger, there)]
    works = [Work(model, _size(ledger, model)) for model in sorted(there if models is None else set(models))]
    records, unanswered = 0, list[Claim]()
    for result in run_models(ledger, now, works, jobs, progress):
        records += result.records
        findings += result.findings
        unanswered += result.unanswered
    findings += _answered_elsewhere(ledger, unanswered)
    findings.sort(key=lambda finding: (finding.path, finding.code, finding.text))
    whole, policies = models is None and since is None, ledger.policies
    count = len(policies.signed) + len(policies.endorsements)
    return Verification(ledger.location.commit, whole, records, count, tuple(findings))


def _looking_back(ledger: Ledger, since: str | None, all_history: bool) -> tuple[Ledger, list[Finding]]:
    """Return the ledger, held against the history that is asked for, and a finding if that cannot be read."""
    tips, verified = ledger.location.commits, ledger.location.verified
    removals = Removals(ledger.repository, tips, () if all_history else (since,) if since else verified)
    try:
        removals.everywhere()  # asked once, for all processes
    except StoreError as problem:
        told = history_obstacle(problem)
        return ledger.looking_back(Removals(ledger.repository, tips, tips)), [
            error("", told.cause, told.text, told.remedy)
        ]
    return ledger.looking_back(removals), []


def remember(ledger: Ledger, verification: Verification) -> bool:
    """Keep the verified tip in this clone, so that a later deletion shows; return whether it was kept.

    It is not where only some models or only commits since a given one were verified, or where a finding could affect a
    decision: that state must not become the one that later ones are measured by.

    Raises:
        RefMoved: somebody else verified meanwhile.
    """
    if not verification.whole or verification.affects_decision:
        return False
    keep_as_verified(ledger, "gitgates: verified")
    return True


def models_of(ledger: Ledger) -> frozenset[str]:
    """Return every model that is there, or once was as far as this clone knows, or that a seal knows."""
    entries = (*(ledger.entries(MODELS_FOLDER) or ()), *ledger.verified_entries(MODELS_FOLDER))
    models = {model for seal in ledger.policies.seals.values() for model, _ in seal}
    names = {entry.name.decode("utf-8", "replace") for entry in entries if entry.is_folder}
    names |= {folder.split("/")[2] for folder in ledger.removals.everywhere() if folder.count("/") == _DEPTH}
    for name in names:
        try:
            models.add(check_name(decode_component(name), "model name"))
        except InvalidValue:  # `layout_findings` reports it
            continue
    return frozenset(models)


def _size(ledger: Ledger, model: str) -> int:
    """Return how many versions a model has; what cannot be read, `check_model` reports."""
    try:
        return len(names_of(ledger, model))
    except GitgatesError:
        return 0


def _clone_findings(ledger: Ledger) -> Iterator[Finding]:
    for obstacle in ledger.clone_obstacles:
        yield error("", obstacle.cause, obstacle.text, obstacle.remedy)
    if ledger.pin is None:
        text = f"no root is pinned; the only one here was taken: {ledger.root}"
        yield notice(
            "", "pin", text, f"Compare it with a colleague's, then run `git config {CONFIG_KEY} {ledger.root}`"
        )


def _stale_refs(ledger: Ledger, models: frozenset[str]) -> Iterator[Finding]:
    wanted = {notes_ref(model) for model in models}
    for ref in sorted(ledger.repository.refs(NOTES_PREFIX.rstrip("/"))):
        if ref not in wanted:
            yield warning(ref, "index", "it indexes a model that the ledger does not have", "Run `gitgates reindex`")


def _answered_elsewhere(ledger: Ledger, claims: list[Claim]) -> Iterator[Finding]:
    """Look through all models for the baselines that are no record of the report's own."""
    if not claims:
        return
    findings, left = answer(ledger, all_versions(ledger), claims)
    yield from findings
    yield from map(not_found, left)
