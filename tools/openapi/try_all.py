#!/usr/bin/env python3
"""Tests every operation of the service's OpenAPI document with generated requests, as each role.

    pip install --requirement tools/openapi/requirements.txt
    cargo build --release
    python3 tools/openapi/try_all.py [--examples 12] [--binary target/release/oz] [--out FOLDER]

The service runs in a temporary folder on a free port. Half of the generated requests use existing ids;
deleted objects are created again during the run. The run fails on a server error, an undocumented status code
or content type, or a body that does not match its schema. Logging out is excluded, because it ends the
session of the caller.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
PORTRAIT = ROOT / "tests" / "fixtures" / "astronaut.png"
# Prefers the environment of this interpreter, even if it is not activated.
SEARCH_PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
GENERATOR = shutil.which("schemathesis", path=SEARCH_PATH)
PASSWORD = "Correct-horse-7-battery"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# Fields of POST /api/users/ for each role; None stands for an anonymous caller.
ROLES = {
    "administrator": {"user_type": "ADMIN"},
    "operator": {"user_type": "OPERATOR"},
    "client": {"user_type": "CLIENT"},
    "client_service": {"user_type": "CLIENT", "is_service": True},
    "client_operator": {"user_type": "CLIENT OPERATOR"},
    "client_administrator": {"user_type": "CLIENT", "is_admin": True},
    "anonymous": None,
}


class Caller:
    def __init__(self, base, email=None, password=PASSWORD):
        self.base, self.token = base, ""
        if email:
            body = {"credentials": {"email": email, "password": password}}
            self.token = self.post("/api/authorize/auth", body)["access_token"]

    def headers(self):
        return {"X-Forensic-Access-Token": self.token}

    def exists(self, path):
        return requests.get(self.base + path, headers=self.headers()).ok

    def get(self, path):
        return self._answer(requests.get(self.base + path, headers=self.headers()))

    def post(self, path, body):
        return self._answer(requests.post(self.base + path, json=body, headers=self.headers()))

    def upload(self, path, payload):
        with PORTRAIT.open("rb") as file:
            form = {"photo1": ("p.png", file), "payload": (None, json.dumps(payload))}
            return self._answer(requests.post(self.base + path, files=form, headers=self.headers()))

    @staticmethod
    def _answer(answer):
        if not answer.ok:
            raise RuntimeError(f"{answer.status_code} {answer.text}")
        return answer.json()


class Stock:
    """Ids of existing objects by path parameter. Deleted objects are created again."""

    def __init__(self, admin, owner, company, spared, path):
        self.admin, self.owner, self.company, self.path = admin, owner, company, path
        self.ids, self.number = {"spared": spared}, 0

    def fill(self):
        self.number += 1
        ids, owner, admin = self.ids, self.owner, self.admin
        if not owner.exists(f"/api/folders/{ids.get('folder_id', 'none')}"):
            folder = owner.upload("/api/folders/", {"analyses": [{"type": "quality"}]})
            ids.update(folder_id=folder["folder_id"], media_id=folder["media"][0]["media_id"])
            ids.update(analyse_id=folder["analyses"][0]["analyse_id"])
        if not owner.exists(f"/api/collections/{ids.get('collection_id', 'none')}"):
            made = owner.post("/api/collections/", {"alias": f"list {self.number}"})
            ids.update(collection_id=made["collection_id"], person_id="none")
        persons = f"/api/collections/{ids['collection_id']}/persons/"
        if not owner.exists(persons + ids["person_id"]):
            person = owner.upload(persons, {})
            ids.update(person_id=person["person_id"])
            images = owner.get(f"{persons}{person['person_id']}/images/")
            ids.update(person_image_id=images[0]["person_image_id"])
        if not admin.exists(f"/api/users/{ids.get('user_id', 'none')}"):
            spare = user(admin, f"spare{self.number}", self.company, {"user_type": "CLIENT"})
            ids.update(user_id=spare["user_id"])
        if not admin.exists(f"/api/companies/{ids.get('company_id', 'none')}"):
            spare = admin.post("/api/companies/", {"name": f"Spare {self.number}"})
            ids.update(company_id=spare["company_id"])
        written = self.path.with_suffix(".new")
        written.write_text(json.dumps(ids))
        written.rename(self.path)

    def keep_filled(self, ended):
        while not ended.wait(1):
            try:
                self.fill()
            except RuntimeError as error:
                print(f"refilling: {error}", file=sys.stderr)


def user(admin, name, company, kind):
    body = {"email": f"{name}@example.org", "password": PASSWORD, "first_name": "A", "last_name": "B", **kind}
    if kind["user_type"] not in ("ADMIN", "OPERATOR"):
        body["company_id"] = company
    return admin.post("/api/users/", body)


def try_as(role, base, token, examples, stock, out):
    """Runs the generator as one role. Returns the number of cases and whether all passed."""
    command = [GENERATOR, "run", f"{base}/api/openapi.json", "--checks", CHECKS]
    command += ["--phases", "coverage,fuzzing", "--max-examples", str(examples), "--continue-on-failure"]
    command += ["--generation-database", "none", "--no-color"]
    command += ["--exclude-path-regex", "authorize/logout", "--suppress-health-check", "all"]
    if token:
        command += ["--header", f"X-Forensic-Access-Token: {token}"]
    here = str(Path(__file__).resolve().parent)
    hooks = dict(os.environ, SCHEMATHESIS_HOOKS="hooks", PYTHONPATH=here, OZ_STOCK=str(stock))
    run = subprocess.run(command, cwd=stock.parent, env=hooks, capture_output=True, text=True)
    (out / f"{role}.txt").write_text(run.stdout + run.stderr)
    generated = re.search(r"(\d+) generated", run.stdout)
    return int(generated.group(1)) if generated else 0, run.returncode == 0


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--examples", type=int, default=12, help="generated requests per operation and role")
    parser.add_argument("--binary", default=ROOT / "target" / "release" / "oz")
    parser.add_argument("--out", type=Path, help="folder of the reports (default: a temporary folder)")
    args = parser.parse_args()
    if GENERATOR is None:
        sys.exit("schemathesis is missing: pip install --requirement tools/openapi/requirements.txt")
    folder = Path(tempfile.mkdtemp(prefix="oz-openapi-"))
    out = (args.out or folder).resolve()
    out.mkdir(parents=True, exist_ok=True)
    settings = dict(os.environ, OZ__SERVICE__LOG="error", OZ__SERVICE__EXAMINER="in_process")
    command = [Path(args.binary).resolve(), "serve", "--listen", "127.0.0.1:0", "--data-dir", folder / "data"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=settings)
    printed = {}
    while "listening on" not in printed:
        line = server.stdout.readline()
        if not line:
            sys.exit("the service failed to start")
        printed.update([line.strip().split(": " if ": " in line else " http", 1)])
    base = "http" + printed["listening on"]

    try:
        admin = Caller(base, printed["administrator"], printed["one-time password"])
        company = admin.post("/api/companies/", {"name": "Acme"})["company_id"]
        callers, spared = {}, [company]
        for role, kind in ROLES.items():
            if kind:
                spared.append(user(admin, role, company, kind)["user_id"])
            callers[role] = Caller(base, f"{role}@example.org" if kind else None)
        stock = Stock(admin, callers["client_administrator"], company, spared, folder / "stock.json")
        spared += [found["user_id"] for found in admin.get("/api/users/")]
        stock.fill()

        ended = threading.Event()
        filler = threading.Thread(target=stock.keep_filled, args=[ended])
        filler.start()

        total, all_passed = 0, True
        for role, caller in callers.items():
            cases, passed = try_as(role, base, caller.token, args.examples, stock.path, out)
            result = "passed" if passed else f"FAILED, see {out / (role + '.txt')}"
            print(f"{role:22} {cases:6} cases  {result}", flush=True)
            total, all_passed = total + cases, all_passed and passed
        ended.set()
        filler.join()
        print(f"{total} cases")
    finally:
        server.terminate()
        server.wait()
    sys.exit(0 if all_passed else 1)


if __name__ == "__main__":
    main()
