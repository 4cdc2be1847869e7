#!/usr/bin/env python3
"""Runs fuzz targets until each has used an amount of processor time, goes on after findings, and prints a table.

    cargo +nightly fuzz build
    python3 fuzz/run.py --cpu-seconds 600 video_mp4 image …

Processor time, because on a machine that does other work too the clock on the wall says little. What was done stands in
`fuzz/artifacts/TARGET/progress.json`; a run that was interrupted goes on from there.
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
# A single input that takes longer, on the wall, is reported by libFuzzer; generous, because the machine may be busy.
TIMEOUT = 900
MOST_FINDINGS = 30


def processor_seconds(pid):
    """User and system time of a process; none when it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICK


def run_once(target, left, artifacts):
    """One run of the target: its output, the seconds that it used, and why it ended: `up`, `stopped` or `finding`."""
    command = [
        BINARIES / target, FUZZ / "corpus" / target, f"-artifact_prefix={artifacts}/", "-rss_limit_mb=1024",
        f"-timeout={TIMEOUT}", "-print_final_stats=1", "-max_len=262144",
    ]
    leaks = f"suppressions={FUZZ}/lsan.supp:print_suppressions=0"
    log = artifacts / "last.log"
    with log.open("w") as output:
        child = subprocess.Popen(command, env=dict(os.environ, LSAN_OPTIONS=leaks), stdout=output, stderr=output)
        used, why = 0.0, "finding"
        while child.poll() is None:
            try:
                time.sleep(1)
            except KeyboardInterrupt:
                why = "stopped"
            used = max(used, processor_seconds(child.pid))
            if why == "finding" and used >= left:
                why = "up"
            if why != "finding":
                child.send_signal(signal.SIGINT)
                child.wait()
    return log.read_text(errors="replace"), used, why


def last(pattern, text):
    """The last match in a text, if there is one."""
    found = re.findall(pattern, text, re.M)
    return found[-1] if found else None


def fuzz(target, budget):
    """Runs a target until it has used its time."""
    artifacts = FUZZ / "artifacts" / target
    artifacts.mkdir(parents=True, exist_ok=True)
    (FUZZ / "corpus" / target).mkdir(parents=True, exist_ok=True)
    file = artifacts / "progress.json"
    done = {"executions": 0, "cpu_seconds": 0.0, "findings": []}
    if file.exists():
        done.update(json.loads(file.read_text()))
    while done["cpu_seconds"] < budget and len(done["findings"]) < MOST_FINDINGS:
        text, used, why = run_once(target, budget - done["cpu_seconds"], artifacts)
        executed = last(r"stat::number_of_executed_units:\s*(\d+)", text) or last(r"^#(\d+)", text)
        done["executions"] += int(executed or 0)
        done["cpu_seconds"] += used
        if why == "finding":
            unit = last(r"Test unit written to (\S+)", text)
            said = last(r"panicked at ([^\n]*)", text) or last(r"SUMMARY: ([^\n]*)", text)
            done["findings"].append([Path(unit).name if unit else None, said])
        file.write_text(json.dumps(done, indent=1))
        if why == "stopped":
            sys.exit(f"{target} was stopped; the next run goes on from there")
        if why == "finding" and used < 1:
            sys.exit(f"{target} does not run: see {artifacts}/last.log")
    return done


def main():
    """Reads the command line, runs the targets, prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="+")
    parser.add_argument("--cpu-seconds", type=float, default=600)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for target in arguments.targets:
        done = fuzz(target, arguments.cpu_seconds)
        corpus = sum(1 for _ in (FUZZ / "corpus" / target).iterdir())
        minutes = done["cpu_seconds"] / 60
        print(f"| `{target}` | {done['executions']:,} | {minutes:.1f} | {corpus} | {len(done['findings'])} |", flush=True)
        for unit, said in done["findings"]:
            print(f"  {target}: {unit}: {said}", flush=True)


main()
