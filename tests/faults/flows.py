# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The flows that are cut off: what lies in the zone files and the ledger before, and the one
command that is then killed, failed or starved at each of its points.

A flow is a verb (add, replace, remove, cleanup) in a layout (where RRset and SOA lie)."""
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import time

import nameserver
from report import Failure

RUN_LIMIT_S = 60
OWNER = "_dnsauth.example.com"
OLD, NEW, HAND = "old-k7q2x9m4t1v8b5n3", "new-p3w6r0d8h2j5f9s1", "hand-y4u7e1a9g3l6c0z8"
DCVCTL = {}  # "release": set by run.py
SOA = """\
@\tIN\tSOA\tns1 hostmaster (
\t\t\t41         ; serial
\t\t\t7200 3600 1209600
\t\t\t3600 )     ; negative TTL
"""
HEAD = "$ORIGIN example.com.\n$TTL 3600\n; Comments and odd spacing stay.\n"
NS = "\tIN\tNS\tns1\nns1  A 127.0.0.1\n"
MIB = 1 << 20
EXCHANGED_NS = 60_000_000  # more than zones/part.c takes for the stamps of one exchange


def hosts(n, prefix="host"):
    return "".join(f"{prefix}{i:05}\tIN\tA\t192.0.2.{i % 250 + 1}   ; number {i}\n"
                   for i in range(n))


def one():
    return {"zone": HEAD + SOA + NS + hosts(60)}


def big():
    return {"zone": HEAD + SOA + NS + hosts(MIB // 38)}


def rrset_included():
    """The owner has its lines in an included file, the serial is in the zone's own."""
    return {"zone": HEAD + SOA + NS + "$INCLUDE sub/hosts\n" + hosts(30),
            "sub/hosts": hosts(20, "more") + f"_dnsauth 300 IN TXT \"{'o' * 20}\"\n"}


def soa_included():
    return {"zone": HEAD + "$INCLUDE soa\n" + hosts(40), "soa": SOA + NS}


def own_include():
    """New records go into a file of their own: `into:`."""
    return {"zone": HEAD + SOA + NS + hosts(40) + "$INCLUDE dcv.inc\n",
            "dcv.inc": "; written by dcvctl\n"}


LAYOUTS = {"one": (one, {}), "rrset-inc": (rrset_included, {}), "soa-inc": (soa_included, {}),
           "into": (own_include, {"into": "dcv.inc"}), "big": (big, {})}


def grow_older():
    """Ends when the files are old enough: by stamps that are closer, two look exchanged."""
    end = time.monotonic_ns() + EXCHANGED_NS
    while time.monotonic_ns() < end:
        os.sched_yield()


class Site:
    """A directory with zone files, a ledger, a configuration and orders."""

    def __init__(self, top):
        self.top = pathlib.Path(top)
        self.where = self.top / "site"
        self.zones = self.where / "zones"
        self.state = self.where / "state"
        self.ledger_file = self.state / "ledger.db"
        self.bound = ["example.com"]
        self.server = self.words = self.cut_before = None

    # --- what lies there

    def enter(self):
        self.where.mkdir()

    def leave(self):
        """Nothing stays that outlives the directory."""

    def lay(self, files, keys):
        self.enter()
        self.zones.mkdir(exist_ok=True)
        for zone in self.bound:
            for name, text in files.items():
                path = self.file(zone, name)
                path.parent.mkdir(exist_ok=True, parents=True)
                path.write_text(text.replace("example.com", zone))
        self.configure(keys)

    def file(self, zone, name="zone"):
        return self.zones / zone / name if len(self.bound) > 1 else self.zones / name

    def zone_of(self, name):
        """The zone of a file that is known by its name below the zones' directory."""
        return name.split("/")[0] if len(self.bound) > 1 else self.bound[0]

    def configure(self, keys):
        keys = {"reload": "none", **keys}
        if self.server is not None:
            keys["server"] = f'"127.0.0.1:{self.server}"'
        more = "".join(f", {key}: {value}" for key, value in keys.items())
        (self.where / "dcvctl.yaml").write_text(
            f"ledger: sqlite:{self.ledger_file}\nzones:\n" +
            "".join(f"  - {{zone: {zone}, file: {self.file(zone)}{more}}}\n"
                    for zone in self.bound))

    def order(self, number, *values):
        (self.where / f"{number}.yaml").write_text(
            "ca: digicert\nrecords:\n" +
            "".join(f"  - _dnsauth.{zone} TXT {value}\n"
                    for zone in self.bound for value in values))

    def snapshot(self):
        """What lies there now is what `restore` brings back."""
        shutil.copytree(self.where, self.top / "base", symlinks=True)

    def restore(self):
        shutil.rmtree(self.where)
        shutil.copytree(self.top / "base", self.where, symlinks=True)
        self.cut_off()

    def cut_off(self):
        """A run of the command that was killed, if the flow is to recover from one. It is killed
        each time: the time stamps that an exchange leaves cannot be copied."""
        if self.cut_before is not None:
            call, index = self.cut_before
            grow_older()
            self.run(["strace", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                      f"inject={call}:signal=KILL:when={index}", *self.words], -9)

    # --- what runs

    def argv(self, *words):
        return [DCVCTL["release"], words[0], "--config", "dcvctl.yaml", *words[1:]]

    def run(self, argv, status=None, **environment):
        """Runs a command to its end; Failure unless with this status (None: any)."""
        environment = dict(os.environ, HOME=str(self.where), NO_COLOR="1", TZ="UTC",
                           **environment)
        try:
            run = subprocess.run(argv, capture_output=True, text=True, cwd=self.where,
                                 stdin=subprocess.DEVNULL, env=environment,
                                 errors="backslashreplace", timeout=RUN_LIMIT_S)
        except subprocess.TimeoutExpired:
            raise Failure(f"{argv} still runs after {RUN_LIMIT_S} s") from None
        if status is not None and run.returncode != status:
            raise Failure(f"{argv}: exit status {run.returncode}, wanted {status}\n"
                          f"{run.stdout}{run.stderr}")
        return run

    def dcvctl(self, *words):
        return self.run(self.argv(*words), 0)

    # --- witnesses

    def texts(self):
        """Octets of the zone files by name, ours beside them too."""
        return {str(path.relative_to(self.zones)): path.read_bytes()
                for path in sorted(self.zones.rglob("*")) if path.is_file()}


# --- verbs: each lays the ground and returns the words of the command

def add(site):
    site.order("1000", "standing-q1w2e3r4t5y6u7i8")
    site.dcvctl("apply", "--no-wait", "1000.yaml")
    site.order("1001", NEW)
    return "apply", "--no-wait", "1001.yaml"


def replace(site):
    """The order is issued again with another value."""
    site.order("1001", OLD)
    site.dcvctl("apply", "--no-wait", "1001.yaml")
    site.order("1001", NEW)
    return "apply", "--no-wait", "1001.yaml"


def remove(site):
    """What a person wrote goes, being named."""
    site.order("1000", HAND)
    site.dcvctl("apply", "--no-wait", "1000.yaml")
    shutil.rmtree(site.state)
    site.order("1001", NEW)
    site.dcvctl("apply", "--no-wait", "1001.yaml")
    return "apply", "--no-wait", "--previous", HAND, "1001.yaml"


def cleanup(site):
    site.order("1001", OLD, NEW)
    site.dcvctl("apply", "--no-wait", "1001.yaml")
    site.dcvctl("close", "--issued", "1001")
    return "cleanup", "1001"


def first(site):
    """No ledger yet, and no directory for it."""
    site.order("1001", NEW)
    return "apply", "--no-wait", "1001.yaml"


def undo(site):
    site.order("1001", OLD)
    site.dcvctl("apply", "--no-wait", "1001.yaml")
    return "undo", "r1"


VERBS = {"add": add, "replace": replace, "remove": remove, "cleanup": cleanup}


class Flow:
    """What happens, where. cut: (system call, index) at which a run of the same command has been
    killed before: the flow is its recovery. meanwhile: keys of the zone with which the change
    would stay, if it ends with the former files back."""

    def __init__(self, name, verb, layout="one", keys=None, zones=("example.com",), served=False,
                 cut=None, meanwhile=None):
        self.name, self.verb, self.cut, self.meanwhile = name, verb, cut, meanwhile
        self.kinds = ["kill", "error"] if meanwhile is None else ["kill"]
        self.files, self.keys = LAYOUTS[layout][0], {**LAYOUTS[layout][1], **(keys or {})}
        self.zones, self.served = list(zones), served
        self.late = {} if meanwhile is None else {"reload": FALSE}  # once the ground is laid

    @contextlib.contextmanager
    def site(self, top, kind=Site):
        """The site as it is before the command, in a directory; its `words` are the command."""
        site = kind(top)
        site.bound = self.zones
        with contextlib.ExitStack() as stack:
            stack.callback(site.leave)
            if self.served:
                site.server = stack.enter_context(
                    nameserver.serving(lambda: served_records(site)))
            site.lay(self.files(), self.keys)
            site.words = site.argv(*self.verb(site))
            site.configure({**self.keys, **self.late})
            site.cut_before = self.cut
            site.snapshot()
            site.cut_off()
            yield site


def served_records(site):
    """The serial and the TXT of the zone file, as a server that reads it at each question."""
    text = site.file("example.com").read_text()
    serial = int(re.search(r"(\d+) +; serial", text)[1])
    yield ("example.com.", 3600, "SOA",
           b"\x03ns1\0\x01h\0" + b"".join(n.to_bytes(4, "big")
                                          for n in (serial, 7200, 3600, 1209600, 3600)))
    for value in re.findall(r'^_dnsauth.*TXT\s+"(.*)"', text, re.M):
        yield f"{OWNER}.", 300, "TXT", bytes([len(value)]) + value.encode()


TRUE = "{command: [/bin/true, \"{zone}\"]}"
FALSE = "{command: [/bin/false, \"{zone}\"]}"
FLOWS = [Flow(f"{verb}-{layout}", function, layout)
         for layout in LAYOUTS for verb, function in VERBS.items()]
FLOWS += [
    Flow("first-one", first),
    Flow("undo-one", undo),
    Flow("replace-external", replace, "rrset-inc", {"serial": "external"}),
    *(Flow(f"{verb}-loaded", function, keys={"reload": TRUE, "checker": TRUE}, served=True)
      for verb, function in VERBS.items()),
    Flow("replace-signed", replace, keys={"reload": TRUE, "signer": TRUE}, served=True),
    Flow("replace-refused", replace, meanwhile={"reload": "none"}),
    Flow("refused-rrset-inc", replace, "rrset-inc", meanwhile={"reload": "none"}),
    Flow("add-two", add, zones=("a.example", "b.example")),
    Flow("cleanup-two", cleanup, zones=("a.example", "b.example")),
    Flow("recovery-copy", replace, "rrset-inc", cut=("renameat2", 1)),
    Flow("recovery-half", replace, "rrset-inc", cut=("renameat2", 2)),
    Flow("recovery-former", replace, "rrset-inc", cut=("unlinkat", 1)),
    Flow("recovery-cleanup", cleanup, cut=("unlinkat", 1)),
]

# Beside kills and errors, in the flows that differ most.
for flow in FLOWS:
    if flow.name in ("add-one", "replace-rrset-inc", "cleanup-into"):
        flow.kinds += ["short", "memory", "power"]
    if flow.name in ("first-one", "cleanup-soa-inc", "recovery-half"):
        flow.kinds += ["power"]
