# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""`wait`: it ends when the last server has the record, at its deadline, and at once where time
cures nothing. What happens meanwhile is done by the lab."""
import json
import os
import signal
import subprocess
import time

import ask
import judge
from report import Failure
from scene import TOKEN, Scene, txt
from world import WHERE, Zone, reload_nsd

LIMIT_S = 40
SLACK_S = 5  # what a command may take beside its waiting, with sanitizers, on a busy machine


class Case:
    """`meanwhile`: what is done while it waits, when it has said that it asked once. `status`: how
    it ends; `within_s`: how soon; `cause`: what it names."""

    def __init__(self, name, zone, status, within_s, meanwhile=None, cause=None, deadline="30s",
                 args=()):
        self.name, self.zone, self.status, self.within_s = name, zone, status, within_s
        self.meanwhile, self.cause = meanwhile, cause
        self.args = ["--deadline", deadline, *args]

    def run(self, proof_only):
        owner = f"_dnsauth.{self.zone.name}"
        ask.status("nsd", owner, "TXT", "NOERROR" if self.zone.body else "NXDOMAIN")
        if proof_only:
            return
        scene = Scene(f"wait-{self.name}", None, [], None, records=[f"{owner} TXT {TOKEN}"])
        where = judge.place(scene)
        argv = [str(judge.PROGRAM), "wait", "--config", str(judge.config(scene, where)), "--json",
                "--events", str(where / "events"), *self.args, str(judge.order(scene, where))]
        began = time.monotonic()
        process = subprocess.Popen(argv, cwd=where, stdin=subprocess.DEVNULL, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self.meanwhile:
            ask.until(lambda: process.poll() is not None or asked(where / "events"))
            began = time.monotonic()
            self.meanwhile(self.zone)
        try:
            out, err = process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Failure(f"still waiting after {LIMIT_S} s") from None
        took = time.monotonic() - began
        self.judge(process.returncode, took, out, err)

    def judge(self, status, took, out, err):
        ids = {item["id"] for item in judge.diagnoses(json.loads(out or "{}"))}
        wrong = [f"exit {status}, not {self.status}"] if status != self.status else []
        if took > self.within_s + SLACK_S:
            wrong.append(f"took {took:.1f} s")
        if self.cause and self.cause not in ids:
            wrong.append(f"{self.cause} was not found")
        if ids - {self.cause}:
            wrong.append(f"shown, though it is not there: {' '.join(sorted(ids - {self.cause}))}")
        if wrong:
            raise Failure("\n".join([*wrong, out, err]))


def asked(path):
    """Whether it has told of a first answer."""
    return path.exists() and '"seen"' in path.read_text()


def publish(zone, process):
    """The record comes into the file of this server, with a higher serial."""
    path = zone.file(process)
    text = path.read_text().replace(str(zone.serial), str(zone.serial + 1))
    path.write_text(f"{text}{txt('_dnsauth')}\n")
    if process == "nsd":
        reload_nsd()
    else:
        os.kill(int((WHERE / process / "pid").read_text()), signal.SIGHUP)


def both_at_once(zone):
    publish(zone, "nsd")
    publish(zone, "bind")


def the_secondary(zone):
    publish(zone, "bind")


# The pause between rounds is at most ten seconds; after a second or two it is about as long.
CASES = [
    Case("has-it", Zone("wait-has-it.beta", body=txt("_dnsauth")), 0, 1),
    Case("comes-meanwhile", Zone("wait-comes-meanwhile.beta"), 0, 10, both_at_once,
         cause="T21", args=["--until", "ready"]),
    Case("secondary-follows", Zone("wait-secondary-follows.beta", body=txt("_dnsauth"),
                                   instead={"bind": ""}), 0, 10, the_secondary,
         cause="T21", args=["--until", "ready"]),
    # The default of this CA, and no ledger: that there was nothing was seen, and may be cached
    # until after the deadline.
    Case("absence-was-seen", Zone("wait-absence-was-seen.beta"), 4, 10, both_at_once, cause="T21"),
    Case("never-comes", Zone("wait-never-comes.beta"), 4, 3, cause="P01", deadline="3s"),
    Case("secondary-never-follows", Zone("wait-secondary-never-follows.beta", body=txt("_dnsauth"),
                                         instead={"bind": (2026103100, "")}), 4, 3, cause="T22",
         deadline="3s"),
    Case("silent-server", Zone("wait-silent-server.beta", on="nsd silent", body=txt("_dnsauth")),
         4, 3, cause="A30", deadline="3s"),
    Case("caa-denies", Zone("wait-caa-denies.beta", body=txt("_dnsauth")
                            + '\n@ CAA 0 issue "other.org"'), 6, 5, cause="C50"),
    Case("expired-signatures", Zone("wait-expired-signatures.alpha", body=txt("_dnsauth"),
                                    signed={"first": -40, "last": -1}), 4, 5, cause="D40",
         deadline="5s"),
]
ZONES = [case.zone for case in CASES]
