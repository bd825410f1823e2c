# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""exam.py DCVCTL NAMES: `dcvctl check` from the root down, with the examination, of so many names
in one zone and in as many zones. In namespaces of its own, in the lab's world (tests/lab). A line
a run: SHAPE SECONDS CPU_SECONDS MIB. Each run's result is checked: ready, each name seen at
every address, CAA and DNSSEC of each looked at."""
import json
import pathlib
import subprocess
import sys

import measure
from world import HOSTS, WHERE, World, Zone

TOKEN = "202611210000002aurxma1k3v"
ADDRESSES = len(HOSTS["nsd"] + HOSTS["knot"])


def record(name):
    return f"{name} 300 TXT {TOKEN}"


def shapes(n):
    """By shape: the zones, and the names with records."""
    one = [f"_dnsauth.n{i}.one{n}.beta" for i in range(n)]
    apart = [f"z{i}.apart{n}.beta" for i in range(n)]
    return {"one-zone": ([Zone(f"one{n}.beta", on="nsd knot",
                               body="\n".join(record(f"{name}.") for name in one))], one),
            "a-zone-each": ([Zone(zone, on="nsd knot", body=record("_dnsauth"))
                             for zone in apart], [f"_dnsauth.{zone}" for zone in apart])}


def lay_down(where, names):
    where.mkdir()
    order = where / "1234567890.yaml"
    order.write_text("ca: digicert\nrecords:\n" + "".join(
        f"  - {name} TXT {TOKEN}\n" for name in names))
    (where / "dcvctl.yaml").write_text(json.dumps(
        {"ledger": f"sqlite:{where}/ledger.db",
         "check": {"root_hints": str(WHERE / "root.hints"),
                   "trust_anchor": str(WHERE / "root.key")}}))
    return ["check", "--config", where / "dcvctl.yaml", order]


def verify(dcvctl, argv, names):
    done = subprocess.run([str(word) for word in [dcvctl, *argv, "--json"]], capture_output=True,
                          text=True, check=False)
    found = json.loads(done.stdout)
    seen = [server["state"] for order in found["orders"] for record in order["records"]
            for server in record["servers"]]
    case, = found.get("check") or [{}]
    looked = [case.get("caa"), case.get("dnssec"), *(
        len(case.get(what, [])) for what in ("records", "names"))]
    if done.returncode or seen != ["ok"] * (len(names) * ADDRESSES) or looked != [
            "passed", "passed", len(names), len(names)]:
        sys.exit(f"{len(names)} names: exit status {done.returncode}, {len(seen)} answers, "
                 f"{set(seen)}, {looked}\n{done.stderr}")


def main():
    dcvctl, n = str(pathlib.Path(sys.argv[1]).resolve()), int(sys.argv[2])
    made = shapes(n)
    world = [Zone("", on="root1 root2", signed={}), Zone("beta", on="tld1 tld2"),
             *(zone for zones, _ in made.values() for zone in zones)]
    with World(world, {}):
        for shape, (_, names) in made.items():
            argv = lay_down(WHERE / shape, names)
            verify(dcvctl, argv, names)
            spent = measure.spent([dcvctl, *argv, "-q"])
            print(shape, spent.seconds, spent.cpu, spent.mib, flush=True)


if __name__ == "__main__":
    main()
