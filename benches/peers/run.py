"""Measures oz beside what else could do its work, in one run, on one thread and one core.

    python benches/peers/run.py [--oz PATH] [--rounds N] [--iterations N] [--core N] [--json OUT]

Contenders take turns, round by round, so that a busy moment of the machine hits all of them.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from pathlib import Path

# Read by the libraries when they load: before the imports below.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[variable] = "1"

import cv2  # noqa: E402
import numpy  # noqa: E402
import onnxruntime  # noqa: E402

import contenders  # noqa: E402
from photograph import ROOT, write_jpeg  # noqa: E402

STAGES = ("decode", "detect", "mesh", "align", "embed", "pipeline")


def main() -> None:
    arguments = _arguments()
    cv2.setNumThreads(1)
    _pin(arguments.core)
    with tempfile.TemporaryDirectory() as folder:
        jpeg = Path(folder) / "portrait.jpg"
        write_jpeg(jpeg)
        field = _field(jpeg, arguments.oz)
        results = _measure(field, arguments.rounds, arguments.iterations)
    print(_table(results))
    if arguments.json:
        arguments.json.write_text(json.dumps(_report(arguments, results), indent=2) + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--oz", type=Path, default=ROOT / "target" / "release" / "oz", help="the oz program")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each contender")
    parser.add_argument("--iterations", type=int, default=20, help="images in one turn")
    parser.add_argument("--core", type=int, help="the core to stay on (default: the last one allowed)")
    parser.add_argument("--json", type=Path, help="file for the numbers")
    return parser.parse_args()


def _pin(core: int | None) -> None:
    """Programs started from here inherit the core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0)) if core is None else core})


def _field(jpeg: Path, oz: Path) -> list:
    makers = [
        lambda: contenders.BareSessions(jpeg),
        lambda: contenders.PythonPipeline(jpeg),
        lambda: contenders.OzProgram(jpeg, oz, "onnx"),
        lambda: contenders.OzProgram(jpeg, oz, "candle"),
        lambda: contenders.DlibPipeline(jpeg),
    ]
    return [contender for maker in makers if (contender := _available(maker)) is not None]


def _measure(field: list, rounds: int, iterations: int) -> dict[str, dict[str, list[float]]]:
    """Contender, stage, then one median a round. The first turn of each only warms up."""
    field = [contender for contender in field if _available(lambda: contender.measure(3)) is not None]
    turns = {contender: [] for contender in field}
    for number in range(rounds):
        for contender in field if number % 2 == 0 else reversed(field):
            turns[contender].append(contender.measure(iterations))
    return {
        contender.name: {stage: [turn[stage] for turn in measured if stage in turn] for stage in STAGES}
        for contender, measured in turns.items()
    }


def _available(call):
    """The result, or None and a word on standard error."""
    try:
        return call()
    except contenders.Unavailable as reason:
        print(f"left out: {reason}", file=sys.stderr)
        return None


def _table(results: dict[str, dict[str, list[float]]]) -> str:
    """Medians over the rounds in milliseconds; the ratio is to the first row's pipeline."""
    base = statistics.median(next(iter(results.values()))["pipeline"])
    width = max(map(len, results))
    lines = [f"{'ms, median':{width}}" + "".join(f"{stage:>10}" for stage in STAGES) + "     ratio         range"]
    for name, stages in results.items():
        cells = (f"{statistics.median(times):10.2f}" if times else f"{'-':>10}" for times in stages.values())
        total = stages["pipeline"]
        spread = f"{min(total):.1f}-{max(total):.1f}"
        lines.append(f"{name:{width}}" + "".join(cells) + f"{statistics.median(total) / base:10.2f}  {spread:>12}")
    return "\n".join(lines)


def _report(arguments: argparse.Namespace, results: dict[str, dict[str, list[float]]]) -> dict:
    return {
        "machine": {"processor": _processor(), "system": platform.platform()},
        "versions": {
            "python": platform.python_version(),
            "onnxruntime": onnxruntime.__version__,
            "opencv": cv2.__version__,
            "numpy": numpy.__version__,
        },
        "rounds": arguments.rounds,
        "iterations": arguments.iterations,
        "median_ms_by_round": results,
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


if __name__ == "__main__":
    main()
