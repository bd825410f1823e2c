#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The example plugin (examples/exec-plugin/json-store), whose zone an NSD serves: after each change
the zone file is written anew and loaded before the change is told as done. Its settings are
`file` as there, and `zone_file` and `nsd_conf`."""
import importlib.machinery
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True  # nothing beside the example; our environment is not handed on
EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "exec-plugin" / "json-store"


def parse(text):
    """Sets of a zone in the lines that named-checkzone -D writes."""
    sets = {}
    for line in text.splitlines():
        owner, ttl, _, rrtype, rdata = line.split(None, 4)
        one = sets.setdefault((owner, rrtype), {"owner": owner, "type": rrtype, "ttl": int(ttl),
                                                "values": []})
        one["values"].append(rdata)
    return list(sets.values())


def render(sets):
    return "".join(f"{one['owner']} {one['ttl']} IN {one['type']} {value}\n"
                   for one in sorted(sets, key=lambda one: one["type"] != "SOA")
                   for value in one["values"])


def count(sets, apex):
    """The next serial, which the sets now have."""
    soa = next(one for one in sets if (one["owner"], one["type"]) == (apex, "SOA"))
    fields = soa["values"][0].split()
    fields[2] = str(int(fields[2]) + 1)
    soa["values"] = [" ".join(fields)]
    return int(fields[2])


def served(example):
    class Served(example.Store):
        """Counts the serial and reloads."""
        zone_file = nsd_conf = None

        def save(self, zones):
            (zone, sets), = zones.items()
            count(sets, zone)
            super().save(zones)
            pathlib.Path(self.zone_file).write_text(render(sets), encoding="utf-8")
            subprocess.run(["nsd-control", "-c", self.nsd_conf, "reload", zone.rstrip(".")],
                           check=True, stdout=subprocess.DEVNULL, timeout=20)
    return Served


def main():
    example = importlib.machinery.SourceFileLoader("json_store", str(EXAMPLE)).load_module()
    kind = served(example)

    class Plugin(example.Plugin):
        def open(self, request):
            answer = super().open(request)
            self.store = kind(self.store.path)
            self.store.zone_file = request["settings"]["zone_file"]
            self.store.nsd_conf = request["settings"]["nsd_conf"]
            return answer

    example.Plugin = Plugin
    example.main()


if __name__ == "__main__":
    main()
