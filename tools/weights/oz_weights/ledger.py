"""Reads the ledger, `models.toml`: origin and digest of each model."""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LEDGER = ROOT / "oz-models" / "models.toml"
# Folder of the package that contains the models of a task.
FOLDERS = {
    "face_detection": "detection",
    "face_landmarks": "detection",
    "face_blendshapes": "detection",
    "face_features": "recognition",
    "pad": "pad",
}


@dataclass(frozen=True)
class Source:
    """A file in an archive of a pinned package version."""

    registry: str
    package: str
    version: str
    archive: str
    archive_sha256: str
    member: str
    member_sha256: str


@dataclass(frozen=True)
class Model:
    id: str
    task: str
    file: str
    sha256: str
    source: Source

    @property
    def committed(self) -> Path:
        """Path of the committed file."""
        return ROOT / "oz-weights" / FOLDERS[self.task] / self.file


def converted_models() -> list[Model]:
    """The models converted by this tool, in the order of the ledger."""
    entries = tomllib.loads(LEDGER.read_text(encoding="utf-8"))["model"]
    return [_model(entry) for entry in entries if entry["source"]["conversion"] == "tools/weights"]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _model(entry: dict) -> Model:
    wanted = {name: entry["source"][name] for name in Source.__dataclass_fields__}
    return Model(entry["id"], entry["task"], entry["file"], entry["sha256"], Source(**wanted))
