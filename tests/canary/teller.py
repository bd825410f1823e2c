#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The plugin of tests/conformance/store.py, but it tells its token: on standard error with each
request, and as FAULT says in what it answers to an apply."""
import json
import os
import pathlib
import subprocess
import sys

STORE = pathlib.Path(__file__).resolve().parents[1] / "conformance" / "store.py"
TOKEN, FAULT = os.environ["API_TOKEN"], os.environ["FAULT"]


def answer(request, plugin):
    if request["op"] == "apply" and FAULT == "failed":
        return {"id": request["id"], "class": "failed", "cause": "auth", "code": TOKEN[:40],
                "text": f"{TOKEN} is not let in", "help": f"help: try another than {TOKEN}"}
    plugin.stdin.write(json.dumps(request) + "\n")
    plugin.stdin.flush()
    told = json.loads(plugin.stdout.readline())
    if request["op"] == "apply":
        told["note"] = f"written with {TOKEN}"
    return told


def main():
    with subprocess.Popen([sys.executable, str(STORE)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as plugin:
        for line in sys.stdin:
            request = json.loads(line)
            print(f"{request['op']} with {TOKEN}", file=sys.stderr, flush=True)
            if request["op"] == "apply" and FAULT in ("garbled", "exits"):
                print(f"{TOKEN} is no JSON", flush=True)
                sys.exit(3 if FAULT == "exits" else 0)
            print(json.dumps(answer(request, plugin)), flush=True)


main()
