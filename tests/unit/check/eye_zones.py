#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Makes a root, a top-level domain and its children, signed well and badly, for an NSD:
eye_zones.py DIRECTORY ADDRESS PRIVATE DEAD SILENT. At the last two others are, or nobody. The signatures are made now. Leaves in the directory
nsd.conf, root.hints, root.key, other.key (an anchor that fits nothing) and tracked.key (a file
as RFC 5011 trackers keep it, whose first key is one to come)."""
import pathlib
import subprocess
import sys
import time

WHERE = pathlib.Path(sys.argv[1])
ADDRESS, PRIVATE, DEAD, SILENT = sys.argv[2:]
DAY = 86400
ALGORITHM = "ECDSAP256SHA256"
RECORDS = 'txt TXT "token"\ncaa CAA 0 issue "ca.example"\n'
ZONES, KEYS = {}, {}


def run(*argv):
    return subprocess.run(argv, cwd=WHERE, check=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout


def stamp(offset_s):
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + offset_s))


def plain(name, records=RECORDS, serial=1):
    """A zone without signatures; "" is the root."""
    ZONES[name] = path = WHERE / f"{name or 'root'}.zone"
    path.write_text(f"$ORIGIN {name}.\n$TTL 300\n" if name else "$ORIGIN .\n$TTL 300\n")
    with path.open("a") as out:
        out.write(f"@ SOA ns.zz. nobody.zz. {serial} 3600 900 86400 60\n@ NS ns.zz.\n" + records)
    return path


def new_key(name):
    return run("dnssec-keygen", "-q", "-a", ALGORITHM, "-f", "KSK", f"{name}.").strip()


def ds_of(key):
    return run("dnssec-dsfromkey", "-2", f"{key}.key")


def sign(name, begin=-DAY, end=30 * DAY, keys_end=None):
    """Signs the zone's file in place, validity as seconds from now."""
    run("dnssec-signzone", "-q", "-z", "-P", "-S", "-O", "full", "-o", f"{name}.",
        "-s", stamp(begin), "-e", stamp(end), "-X", stamp(end if keys_end is None else keys_end),
        "-f", str(ZONES[name]), str(ZONES[name]), KEYS[name])


def signed(name, records=RECORDS, **period):
    """A signed zone; returns its DS."""
    plain(name, records)
    KEYS[name] = new_key(name)
    sign(name, **period)
    return ds_of(KEYS[name])


def mended(name):
    """The same zone with good signatures and another serial, in a file beside it."""
    bad = ZONES[name].read_text()
    path = plain(name, serial=2)
    sign(name)
    path.rename(WHERE / f"{name}.mended")
    path.write_text(bad)


def many_iterations(name):
    """NSEC3 with more iterations than validators follow."""
    path = plain(name)
    key = run("ldns-keygen", "-a", ALGORITHM, "-k", f"{name}.").strip()
    run("ldns-signzone", "-n", "-t", "200", "-o", f"{name}.", "-f", str(path), str(path), key)
    return (WHERE / f"{key}.ds").read_text()


def without(name, owner, rrtype):
    """Takes the signature over one RRset away."""
    path = ZONES[name]
    lines = path.read_text().splitlines(keepends=True)
    kept = [line for line in lines
            if not (line.split()[0] == f"{owner}." and f"RRSIG\t{rrtype} " in line)]
    if len(kept) != len(lines) - 1:
        raise SystemExit(f"{owner} {rrtype}: {len(lines) - len(kept)} signatures")
    path.write_text("".join(kept))


def unknown_algorithm(ds):
    """The DS with an algorithm that nobody knows."""
    fields = ds.split()
    fields[-3 if len(fields[-2]) < 3 else -4] = "200"
    return " ".join(fields) + "\n"


def children():
    """The DS records of each child by its name; "": it is not signed, as far as anyone knows."""
    aliases = {"good": "txt", "plain": "txt.plain.zz.", "expired": "txt.expired.zz.",
               "nosig": "txt.nosig.zz.", "twice": "to-expired", "loop": "to-loop2", "loop2": "to-loop",
               "nothing": "nothing.plain.zz."}
    child = {
        "good": signed("good.zz", RECORDS + '*.wild TXT "wild"\nrenamed DNAME wild\n' + "".join(
            f"to-{name} CNAME {target}\n" for name, target in aliases.items())),
        "soon": signed("soon.zz", end=DAY),
        "expired": signed("expired.zz", begin=-9 * DAY, end=-2 * DAY),
        "early": signed("early.zz", begin=2 * DAY, end=9 * DAY),
        # Only the signatures over the records are over, not that over the keys.
        "half": signed("half.zz", RECORDS + "alias CNAME txt\n", begin=-9 * DAY, end=-2 * DAY, keys_end=9 * DAY),
        "keys": signed("keys.zz", keys_end=DAY),
        "nosig": signed("nosig.zz"),
        "iterations": many_iterations("iterations.zz"),
        "plain": "", "dead": "", "silent": "",
    }
    plain("plain.zz")
    without("nosig.zz", "txt.nosig.zz", "TXT")
    mended("expired.zz")
    # Keys of another zone, and of none.
    signed("nokey.zz")
    child["nokey"] = ds_of(new_key("nokey.zz"))
    plain("unsigned.zz")
    child["unsigned"] = ds_of(new_key("unsigned.zz"))
    signed("island.zz")
    child["island"] = ""
    plain("bare.zz")
    child["bare"] = unknown_algorithm(ds_of(new_key("bare.zz")))
    child["algorithm"] = unknown_algorithm(signed("algorithm.zz"))
    return child


def servers(name):
    """The name server of a child: all is on one NSD but for those where nobody answers."""
    return name if name in ("dead", "silent") else "ns"


def top_level(child):
    hosts = {"ns": ADDRESS, "dead": DEAD, "silent": SILENT}
    return signed("zz", "".join(f"{host} A {address}\n" for host, address in hosts.items()) +
                  "".join(f"{name} NS {servers(name)}.zz.\n{ds}" for name, ds in child.items()))


def files(ds_root):
    key = new_key("")
    text = [line for path in WHERE.glob("K.+*.key") if key not in path.name
            for line in path.read_text().splitlines() if "DNSKEY" in line]
    other = [line for line in (WHERE / f"{key}.key").read_text().splitlines() if "DNSKEY" in line]
    (WHERE / "root.key").write_text(ds_root)
    (WHERE / "bad.key").write_text(". IN DS many words\n")
    for name, address in {"root": ADDRESS, "dead": DEAD, "silent": SILENT,
                          "private": PRIVATE, "local": "127.0.0.1"}.items():
        (WHERE / f"{name}.hints").write_text(
            f". 3600000 NS ns.zz.\nns.zz. 3600000 A {address}\n")
    (WHERE / "other.key").write_text("\n".join(other) + "\n")
    tail = ";;count=0 ;;lastchange=1700000000 ;;Tue Nov 14 22:13:20 2023\n"
    (WHERE / "tracked.key").write_text(
        "; autotrust trust anchor file\n;;id: . 1\n"
        f"{other[0]} ;;state=1 [ ADDPEND ] {tail}{text[0]} ;;state=2 [  VALID  ] {tail}")


def nsd():
    (WHERE / "nsd.conf").write_text(f"""\
server:
    ip-address: {ADDRESS}
    ip-address: {PRIVATE}
    ip-address: 127.0.0.1
    username: ""
    chroot: ""
    zonesdir: "{WHERE}"
    pidfile: "{WHERE}/nsd.pid"
    database: ""
    zonelistfile: "{WHERE}/zone.list"
    xfrdfile: "{WHERE}/xfrd.state"
    xfrdir: "{WHERE}"
    logfile: "{WHERE}/log"
    server-count: 1
    rrl-ratelimit: 0
remote-control:
    control-enable: no
""" + "".join(f'zone:\n    name: "{name}."\n    zonefile: "{path}"\n'
              for name, path in ZONES.items()))


ds_test = top_level(children())
files(signed("", f"zz NS ns.zz.\n{ds_test}ns.zz A {ADDRESS}\n"))
nsd()
