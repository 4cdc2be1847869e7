#!/usr/bin/env python3
"""Runs fuzz targets for a given CPU time each, continues after findings, and prints a table.

    cargo +nightly fuzz build
    python3 fuzz/run.py --cpu-seconds 600 video_mp4 image …

CPU time is measured, because wall time is not comparable on a machine under other load. Progress is stored in
`fuzz/artifacts/TARGET/progress.json`, from which an interrupted run resumes.
"""
import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

FUZZ = Path(__file__).resolve().parent
BINARIES = FUZZ / "target" / "x86_64-unknown-linux-gnu" / "release"
TICK = os.sysconf("SC_CLK_TCK")
# Wall time in seconds after which libFuzzer reports an input as a hang; generous, because the machine may be
# busy.
TIMEOUT = 900
MAX_FINDINGS = 30


def cpu_seconds(pid):
    """User and system time of a process in seconds; 0 if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICK


def run_once(target, left, artifacts):
    """Runs a target once.

    Returns its output, its CPU seconds, and the reason of its end: `timeout`, `stopped` or `finding`.
    """
    command = [
        BINARIES / target, FUZZ / "corpus" / target, f"-artifact_prefix={artifacts}/", "-rss_limit_mb=1024",
        f"-timeout={TIMEOUT}", "-print_final_stats=1", "-max_len=262144",
    ]
    leaks = f"suppressions={FUZZ}/lsan.supp:print_suppressions=0"
    log = artifacts / "last.log"
    with log.open("w") as output:
        environment = dict(os.environ, LSAN_OPTIONS=leaks)
        child = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        used, reason = 0.0, "finding"
        while child.poll() is None:
            try:
                time.sleep(1)
            except KeyboardInterrupt:
                reason = "stopped"
            used = max(used, cpu_seconds(child.pid))
            if reason == "finding" and used >= left:
                reason = "timeout"
            if reason != "finding":
                child.send_signal(signal.SIGINT)
                child.wait()
    return log.read_text(errors="replace"), used, reason


def last(pattern, text):
    """Last match in a text, or None."""
    found = re.findall(pattern, text, re.M)
    return found[-1] if found else None


def fuzz(target, budget):
    """Runs a target until it has used its CPU time."""
    artifacts = FUZZ / "artifacts" / target
    artifacts.mkdir(parents=True, exist_ok=True)
    (FUZZ / "corpus" / target).mkdir(parents=True, exist_ok=True)

    file = artifacts / "progress.json"
    done = {"executions": 0, "cpu_seconds": 0.0, "findings": []}
    if file.exists():
        done.update(json.loads(file.read_text()))

    while done["cpu_seconds"] < budget and len(done["findings"]) < MAX_FINDINGS:
        text, used, reason = run_once(target, budget - done["cpu_seconds"], artifacts)
        executed = last(r"stat::number_of_executed_units:\s*(\d+)", text) or last(r"^#(\d+)", text)
        done["executions"] += int(executed or 0)
        done["cpu_seconds"] += used
        if reason == "finding":
            unit = last(r"Test unit written to (\S+)", text)
            message = last(r"panicked at ([^\n]*)", text) or last(r"SUMMARY: ([^\n]*)", text)
            done["findings"].append([Path(unit).name if unit else None, message])
        file.write_text(json.dumps(done, indent=1))
        if reason == "stopped":
            sys.exit(f"{target} was interrupted; the next run resumes it")
        if reason == "finding" and used < 1:
            sys.exit(f"{target} failed to start, see {artifacts}/last.log")
    return done


def main():
    """Runs the targets of the command line and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("targets", nargs="+")
    parser.add_argument("--cpu-seconds", type=float, default=600)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for target in arguments.targets:
        done = fuzz(target, arguments.cpu_seconds)
        corpus = sum(1 for _ in (FUZZ / "corpus" / target).iterdir())
        minutes = done["cpu_seconds"] / 60
        findings = len(done["findings"])
        print(f"| `{target}` | {done['executions']:,} | {minutes:.1f} | {corpus} | {findings} |", flush=True)
        for unit, message in done["findings"]:
            print(f"  {target}: {unit}: {message}", flush=True)


main()
