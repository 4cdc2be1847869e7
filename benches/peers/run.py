"""Benchmarks oz against other implementations in one run, on one thread and one core.

    python benches/peers/run.py [--oz PATH] [--rounds N] [--iterations N] [--core N] [--json OUT]

The implementations take turns, so that other load on the machine affects all of them alike.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from pathlib import Path

# The libraries read these variables when they are loaded, so they are set before the imports below.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[variable] = "1"

import cv2  # noqa: E402
import numpy  # noqa: E402
import onnxruntime  # noqa: E402

import implementations  # noqa: E402
from photograph import ROOT, write_jpeg  # noqa: E402

STAGES = ("decode", "detect", "mesh", "align", "embed", "pipeline")


def main() -> None:
    arguments = _arguments()
    cv2.setNumThreads(1)
    _pin(arguments.core)
    with tempfile.TemporaryDirectory() as folder:
        jpeg = Path(folder) / "portrait.jpg"
        write_jpeg(jpeg)
        candidates = _available_implementations(jpeg, arguments.oz)
        results = _measure(candidates, arguments.rounds, arguments.iterations)
    print(_table(results))
    if arguments.json:
        arguments.json.write_text(json.dumps(_report(arguments, results), indent=2) + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--oz", type=Path, default=ROOT / "target" / "release" / "oz", help="the oz program")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each implementation")
    parser.add_argument("--iterations", type=int, default=20, help="images per turn")
    parser.add_argument("--core", type=int, help="CPU core to run on (default: the last allowed one)")
    parser.add_argument("--json", type=Path, help="output file of the measurements")
    return parser.parse_args()


def _pin(core: int | None) -> None:
    """Pins this process and its children to one core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0)) if core is None else core})


def _available_implementations(jpeg: Path, oz: Path) -> list:
    makers = [
        lambda: implementations.BareSessions(jpeg),
        lambda: implementations.PythonPipeline(jpeg),
        lambda: implementations.OzProgram(jpeg, oz, "onnx"),
        lambda: implementations.OzProgram(jpeg, oz, "candle"),
        lambda: implementations.DlibPipeline(jpeg),
    ]
    return [made for maker in makers if (made := _or_none(maker)) is not None]


def _measure(candidates: list, rounds: int, iterations: int) -> dict[str, dict[str, list[float]]]:
    """Medians by implementation and stage, one per round, after a warm-up turn."""
    candidates = [each for each in candidates if _or_none(lambda: each.measure(3)) is not None]
    turns = {each: [] for each in candidates}
    for number in range(rounds):
        for each in candidates if number % 2 == 0 else reversed(candidates):
            turns[each].append(each.measure(iterations))
    return {
        each.name: {stage: [turn[stage] for turn in measured if stage in turn] for stage in STAGES}
        for each, measured in turns.items()
    }


def _or_none(call):
    """Result of a call, or None and a message on standard error if the implementation is unavailable."""
    try:
        return call()
    except implementations.Unavailable as reason:
        print(f"skipped: {reason}", file=sys.stderr)
        return None


def _table(results: dict[str, dict[str, list[float]]]) -> str:
    """Formats medians over the rounds in milliseconds, and ratios to the pipeline of the first row."""
    base = statistics.median(next(iter(results.values()))["pipeline"])
    width = max(map(len, results))
    header = "".join(f"{stage:>10}" for stage in STAGES)
    lines = [f"{'ms, median':{width}}{header}     ratio         range"]
    for name, stages in results.items():
        cells = (f"{statistics.median(times):10.2f}" if times else f"{'-':>10}" for times in stages.values())
        total = stages["pipeline"]
        spread = f"{min(total):.1f}-{max(total):.1f}"
        ratio = statistics.median(total) / base
        lines.append(f"{name:{width}}" + "".join(cells) + f"{ratio:10.2f}  {spread:>12}")
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
