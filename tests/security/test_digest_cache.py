"""The cache of digests under `.git/` can be forged by whoever can write there; no answer rests on it."""

import hashlib
import json
import os

from gitgates.artifacts.cache import FILE_NAME, WORTH_KEEPING
from gitgates.model.provenance import Artifact, Subject
from tests.security.world import World
from tests.unit.decision.builder import COMMIT


def test_a_forged_digest_cache(world: World) -> None:
    """The file that is deployed is another one, and the cache says that it is the one that was checked."""
    good, bad = (letter * WORTH_KEEPING for letter in (b"g", b"b"))
    checked = Artifact("weights.bin", "file", hashlib.sha256(good).hexdigest(), len(good))
    report = world.report(subject=Subject(commit=COMMIT, dirty=False, artifacts=(checked,)))
    for name in ("bob", "carol"):
        world.approve(name, report)
    world.commit()
    path = world.path / "weights.bin"
    path.write_bytes(good)
    asked = ("veran:v1", "production", "--artifact", "weights.bin")
    assert world.ask(*asked).answer == "allowed"
    path.write_bytes(bad)
    state = os.stat(path)
    entry = [state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_dev, state.st_ino, checked.sha256]
    cache = {"format": "gitgates-digests/1", "files": {str(path): entry}}
    (world.path / ".git" / FILE_NAME).write_text(json.dumps(cache))
    answer = world.ask(*asked)
    assert (answer.code, answer.answer) == (1, "denied")
    assert f"sha256 {hashlib.sha256(bad).hexdigest()[:12]}" in answer.reason
