"""Where a record lives below the ledger folder: its path follows from its content."""

from datetime import datetime

from gitgates.errors import InvalidValue
from gitgates.model.entries import VersionEntry
from gitgates.model.records import Record

LEDGER_FOLDER = ".quality-gates"
POLICY_FOLDER = f"{LEDGER_FOLDER}/policy"
MODELS_FOLDER = f"{LEDGER_FOLDER}/models"
SIGNATURE_SUFFIX = ".sig"
ANCHOR_NAME = "model.json"

_HEX = frozenset("0123456789abcdef")
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


def encode_component(name: str) -> str:
    """Return `name` with every byte outside `[a-zA-Z0-9._-]` written as %XX."""
    if _PLAIN.issuperset(name):
        return name
    return "".join(
        chr(byte) if chr(byte) in _PLAIN else f"%{byte:02X}" for byte in name.encode("utf-8", "surrogateescape")
    )


def decode_component(component: str) -> str:
    """Return the name that `component` spells; InvalidValue where `encode_component` would spell it otherwise."""
    from urllib.parse import unquote  # only names with unusual characters need it

    name = unquote(component, errors="surrogateescape") if "%" in component else component
    if encode_component(name) != component:
        raise InvalidValue(f"{component!r} is not the spelling of a name")
    return name


def version_folder(model: str, version: str) -> str:
    """Return the folder of a model version's records."""
    return f"{model_folder(model)}/{encode_component(version)}"


def model_folder(model: str) -> str:
    """Return the folder of all versions of a model."""
    return f"{MODELS_FOLDER}/{encode_component(model)}"


def stamp(created: datetime) -> str:
    """Return `created` as it stands in file names: YYYYMMDDTHHMMSSZ."""
    text = created.replace(tzinfo=None).isoformat(timespec="seconds")  # strftime spells early years differently
    return f"{text.replace('-', '').replace(':', '')}Z"


def record_path(record: Record, record_id: str) -> str:
    """Return the only place where `record` may live."""
    name = f"{stamp(record.created)}-{record.kind}-{record_id}.json"
    folder = version_folder(record.model, record.version) if isinstance(record, VersionEntry) else POLICY_FOLDER
    return f"{folder}/{name}"


def seal_path(sha256: str) -> str:
    """Return where the seal file with this digest lives."""
    return f"{POLICY_FOLDER}/{sha256}.seal"


def anchor_path(model: str, version: str) -> str:
    """Return where the anchor of a model version lives."""
    return f"{version_folder(model, version)}/{ANCHOR_NAME}"


def id_in_name(file_name: str) -> str | None:
    """Return the record id that a file name claims, None where it claims none."""
    stem, dot, suffix = file_name.rpartition(".")
    candidate = stem.rpartition("-")[2]
    if dot and suffix == "json" and len(candidate) == 64 and _HEX.issuperset(candidate):
        return candidate
    return None
