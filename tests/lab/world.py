# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""A small Internet in a network namespace: its addresses, its zones, and who serves them.

Zones are declared (class Zone), written, signed from the leaves to the root, and served by NSD,
BIND and Knot on port 53 of addresses that look public; a proxy (hostile.py) stands before NSD
where a server is to misbehave. Nothing here belongs to a test of its own."""
import concurrent.futures
import dataclasses
import datetime
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from report import Failure

HERE = pathlib.Path(__file__).parent
# Where the lab's tmpfs is mounted, in its own mount namespace; it must not hide the program.
WHERE = pathlib.Path("/media" if HERE.is_relative_to("/mnt") else "/mnt")
START_S = 15
RESOLVER = "127.0.0.1"

# Who listens where. Root and top-level domains have processes of their own, so that a question
# to them is answered by a referral, as it is outside.
PROCESS = {
    "root1": "nsd-root", "root2": "nsd-root", "tld1": "knot-tld", "tld2": "knot-tld",
    "nsd": "nsd", "nsd-more": "nsd", "bind": "bind", "bind-more": "bind", "knot": "knot",
    "knot4": "knot", "knot6": "knot",
}
HOSTS = {
    "root1": ["11.0.0.1", "2e00::1"], "root2": ["11.0.0.2", "2e00::2"],
    "tld1": ["11.0.0.11", "2e00::11"], "tld2": ["11.0.0.12", "2e00::12"],
    "nsd": ["11.0.1.1", "2e00:1::1"],
    "nsd-more": ["11.0.1.2", "11.0.1.3", "2e00:1::2", "2e00:1::3"],
    "bind": ["11.0.2.1", "2e00:2::1"], "bind-more": ["11.0.2.2", "11.0.2.3", "2e00:2::2"],
    "knot": ["11.0.3.1", "2e00:3::1"], "knot4": ["11.0.3.4"], "knot6": ["2e00:3::6"],
    "fresh": ["11.0.4.1", "11.0.4.3"], "caching": ["11.0.4.2"],  # resolvers over TLS (tls_pem)
    "closed": ["11.0.8.1", "2e00:8::1"],      # the address is there, nobody listens
    "gone": ["11.0.7.1", "2e00:7::1"],        # no route
    "gone6": ["2e00:7::2"],
    "private": ["10.66.0.53", "fd00:66::53"],
    "nobody": [],
}
NOT_ADDED = {"gone", "gone6", "private", "nobody"}
# Each has an address of both families; what it does is said in hostile.py.
HOSTILE = ["refused", "servfail", "no-aa", "upward", "silent", "folding", "edns-formerr",
           "edns-drop", "edns-badvers", "caa-refused", "caa-notimp", "caa-servfail", "caa-drop",
           "no-soa", "no-tcp", "split", "slow", "limited", "scripted", "deaf-case"]
for number, behaviour in enumerate(HOSTILE, 1):
    HOSTS[behaviour] = [f"11.0.9.{number}", f"2e00:9::{number:x}"]
    PROCESS[behaviour] = "nsd"


@dataclasses.dataclass
class Zone:
    """`on`: words of HOSTS; ns1, ns2, … below the zone are these. `body`: lines of the zone file
    beside SOA, NS and addresses. `ns`: [(name, addresses)] instead of `on` at the apex;
    `delegation`: the same for the parent, [] = not delegated. `holders`: the processes that have
    the zone, if not those of `on`. `instead`: another body by process. `signed`: None, or options
    of the signer; `ds`: of this zone's key, "other" (no such key), "none", or RDATA."""
    name: str
    on: str = "nsd bind"
    body: str = ""
    ns: list | None = None
    delegation: list | None = None
    holders: set | None = None
    instead: dict = dataclasses.field(default_factory=dict)
    serial: int = 2026110100
    ttl: int = 300
    minimum: int = 300
    signed: dict | None = None
    ds: str = "own"

    def servers(self):
        if self.ns is not None:
            return self.ns
        return [(f"ns{i}.{self.name or 'servers'}", HOSTS[host])
                for i, host in enumerate(self.on.split(), 1)]

    def held_by(self):
        if self.holders is not None:
            return self.holders
        return {PROCESS[host] for host in self.on.split() if host in PROCESS}

    def file(self, process):
        return WHERE / process / ((self.name or "root") + ".zone")

    def text(self, process, below):
        """below: the delegations of the zones below."""
        body = self.instead.get(process, self.body)
        serial = self.serial
        if isinstance(body, tuple):
            serial, body = body
        first = self.servers()[0][0] if self.servers() else "ns.invalid"
        lines = [f"$ORIGIN {self.name}.", f"$TTL {self.ttl}",
                 f"@ SOA {first}. hostmaster.{self.name}{'.' if self.name else ''} {serial} "
                 f"3600 600 604800 {self.minimum}",
                 *(f"@ NS {name}." for name, _ in self.servers()),
                 *(line for name, addresses in self.servers() if under(name, self.name)
                   and not any(under(name, zone) for zone, _ in below)
                   for line in address_lines(name, addresses)),
                 *(line for _, delegation in below for line in delegation), body]
        return "\n".join(lines) + "\n"

    def delegated(self):
        """Lines of the parent."""
        servers = self.servers() if self.delegation is None else self.delegation
        return [*(f"{self.name}. NS {name}." for name, _ in servers),
                *(line for name, addresses in servers if under(name, self.name)
                  for line in address_lines(name, addresses))]


def under(name, zone):
    return not zone or name == zone or name.endswith("." + zone)


def address_lines(name, addresses):
    return [f"{name}. {'AAAA' if ':' in address else 'A'} {address}" for address in addresses]


def sh(*argv, **kwargs):
    done = subprocess.run([str(arg) for arg in argv], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, **kwargs)
    if done.returncode:
        raise Failure(f"$ {' '.join(map(str, argv))}\n{done.stdout}")
    return done.stdout


def network():
    """Addresses on lo, a tmpfs, and a resolv.conf that names the lab's resolver."""
    lines = ["link set lo up"] + [
        f"addr add {address}/{128 if ':' in address else 32} dev lo"
        + (" nodad" if ":" in address else "")
        for host, addresses in HOSTS.items() if host not in NOT_ADDED for address in addresses]
    done = subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True,
                          capture_output=True)
    if done.returncode:
        raise Failure(f"ip: {done.stderr}")
    sh("mount", "-t", "tmpfs", "-o", "mode=755", "lab", WHERE)
    (WHERE / "resolv.conf").write_text(f"nameserver {RESOLVER}\n")
    sh("mount", "--bind", WHERE / "resolv.conf", "/etc/resolv.conf")


class World:
    """A context manager: everything is up in it. `zones`: all of them, with the root's.
    `script`: what the proxy `scripted` does to CAA questions, by name."""

    def __init__(self, zones, script):
        self.zones = {zone.name: zone for zone in zones}
        if len(self.zones) != len(zones):
            names = [zone.name for zone in zones]
            raise Failure(f"twice: {sorted({n for n in names if names.count(n) > 1})}")
        self.script, self.running, self.ds = script, [], {}
        self.hints, self.anchor = WHERE / "root.hints", WHERE / "root.key"
        self.old_anchor = WHERE / "old-root.key"

    def __enter__(self):
        network()
        try:
            self.write()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self.running:
            process.terminate()
        for process in self.running:
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def parent(self, name):
        labels = name.split(".")
        for cut in range(1, len(labels) + 1):
            if ".".join(labels[cut:]) in self.zones:
                return ".".join(labels[cut:])
        raise Failure(f"{name}: no parent")

    def write(self):
        for process in {*PROCESS.values(), "resolver", "fresh", "caching", "keys"}:
            (WHERE / process).mkdir()
        depth = {}
        for name in self.zones:
            depth.setdefault(name.count(".") + 1 if name else 0, []).append(name)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
            for level in sorted(depth, reverse=True):
                for _ in pool.map(self.write_zone, depth[level]):
                    pass
        addresses = [(name, address) for name, them in self.zones[""].servers()
                     for address in them]
        self.hints.write_text("".join(
            [f". 3600000 NS {name}.\n" for name, _ in self.zones[""].servers()] +
            [f"{name}. 3600000 {'AAAA' if ':' in address else 'A'} {address}\n"
             for name, address in addresses]))

    def below(self, name):
        return [(child, [*zone.delegated(), *self.ds.get(child, [])])
                for child, zone in self.zones.items()
                if child and self.parent(child) == name]

    def write_zone(self, name):
        zone = self.zones[name]
        below = self.below(name)
        key = make_key(name) if zone.signed is not None else None
        for process in zone.held_by():
            path = zone.file(process)
            path.write_text(zone.text(process, below))
            if key:
                sign(zone, key, path)
        if key and not name:
            self.anchor.write_text(key_text(key))
            self.old_anchor.write_text(old := key_text(make_key("")))
            fields = old.strip().splitlines()[-1].split()
            (WHERE / "delv.keys").write_text("trust-anchors { . static-key " + " ".join(
                fields[3:6]) + f' "{"".join(fields[6:])}"; }};\n')
        if zone.ds not in ("own", "other", "none"):
            self.ds[name] = [f"{name}. DS {zone.ds}"]
        elif key and zone.ds != "none" and name:
            shown = key if zone.ds == "own" else make_key(name)
            self.ds[name] = [sh("dnssec-dsfromkey", "-2", str(shown) + ".key").strip()]

    def start(self):
        for process in sorted(set(PROCESS.values())):
            zones = [zone for zone in self.zones.values() if process in zone.held_by()]
            addresses = [address for host, of in PROCESS.items()
                         if of == process and host not in HOSTILE for address in HOSTS[host]]
            self.run(process, BRANDS[process.split("-")[0]](WHERE / process, addresses, zones))
        (WHERE / "hostile.json").write_text(json.dumps({
            "hosts": {name: HOSTS[name] for name in HOSTILE}, "script": self.script,
            "upstream": HOSTS["nsd"][0], "other": HOSTS["knot"][0]}))
        self.run("hostile", [sys.executable, HERE / "hostile.py", WHERE / "hostile.json"])
        self.run("resolver", unbound(WHERE / "resolver", self.hints, self.anchor))
        make_certificate()
        for name in ("fresh", "caching"):
            self.run(name, unbound(WHERE / name, self.hints, self.anchor, over_tls(name),
                                   NO_CACHE if name == "fresh" else ""))
        for process in sorted(set(PROCESS.values())):
            self.await_zones(process)
        self.await_answer("the resolver", RESOLVER, [""])
        for name in ("fresh", "caching"):
            self.await_answer(name, HOSTS[name][0], [""], "+tls")
        self.await_answer("hostile.py", HOSTS["slow"][1], [
            next(zone.name for zone in self.zones.values() if "nsd" in zone.held_by())])

    def run(self, name, argv):
        with (WHERE / f"{name}.out").open("w") as out:
            self.running.append(subprocess.Popen(
                [str(arg) for arg in argv], stdin=subprocess.DEVNULL, stdout=out, stderr=out))

    def await_zones(self, process):
        address = next(HOSTS[host][0] for host, of in PROCESS.items() if of == process)
        self.await_answer(process, address, [
            zone.name for zone in self.zones.values() if process in zone.held_by()])

    def await_answer(self, who, address, names, *more):
        batch = WHERE / f"{who}.batch"
        batch.write_text("".join(f"{name}. SOA\n" for name in names))
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            done = subprocess.run(
                ["dig", f"@{address}", "+rec" if more or address == RESOLVER else "+norec", *more,
                 "+noall", "+answer", "+time=1", "+tries=1", "-f", str(batch)],
                capture_output=True, text=True)
            have = {line.split()[0].rstrip(".").lower() for line in done.stdout.splitlines()
                    if "SOA" in line.split()}
            if have >= set(names):
                return
            time.sleep(0.05)
        raise Failure(f"{who} does not serve {sorted(set(names) - have)[:9]}:\n"
                      + "".join(path.read_text()[-3000:] for path in (
                          WHERE / f"{who}.out", WHERE / who / "log") if path.exists()))


def reload_nsd():
    os.kill(int((WHERE / "nsd/pid").read_text()), signal.SIGHUP)


def make_key(name):
    made = sh("dnssec-keygen", "-q", "-K", WHERE / "keys", "-a", "ECDSAP256SHA256", "-f", "KSK",
              name + ".").strip()
    return WHERE / "keys" / made


def key_text(key):
    return pathlib.Path(f"{key}.key").read_text()


def moment(days):
    """A time as the signer writes it."""
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return at.strftime("%Y%m%d%H%M%S")


def sign(zone, key, path):
    """Signed in place. Of the options: first and last (days from now), nsec3 (iterations), drop
    (words of one line each that goes after signing), add (lines that come after signing),
    algorithm (the number that is written instead of the true one)."""
    options = zone.signed
    first, last = moment(options.get("first", -1)), moment(options.get("last", 30))
    with path.open("a") as out:
        out.write(key_text(key))
    if "nsec3" in options:
        salt = ["-n", "-t", str(options["nsec3"])]
        sh("ldns-signzone", "-i", first[:8], "-e", last[:8], *salt, "-o", zone.name + ".", "-f",
           f"{path}.signed", path, key)
    else:
        sh("dnssec-signzone", "-q", "-z", "-P", "-O", "full", "-s", first, "-e", last, "-o",
           zone.name + ".", "-d", path.parent, "-f", f"{path}.signed", path, key)
    lines = pathlib.Path(f"{path}.signed").read_text().splitlines()
    for words in options.get("drop", []):
        kept = [line for line in lines if not set(words.split()) <= set(line.split())]
        if len(kept) == len(lines):
            raise Failure(f"{zone.name}: nothing to drop for `{words}`")
        lines = kept
    if "algorithm" in options:
        lines = [re.sub(r"\b(DNSKEY\s+257 3|RRSIG\s+\w+) 13\b", rf"\1 {options['algorithm']}", line)
                 for line in lines]
    path.write_text("\n".join([*lines, *options.get("add", [])]) + "\n")


def nsd(where, addresses, zones):
    conf = where / "nsd.conf"
    conf.write_text("server:\n" + "".join(
        f"    ip-address: {address}@53\n" for address in addresses) + f"""\
    username: ""
    chroot: ""
    zonesdir: "{where}"
    pidfile: "{where}/pid"
    database: ""
    zonelistfile: "{where}/list"
    xfrdfile: "{where}/xfrd"
    xfrdir: "{where}"
    logfile: "{where}/log"
    server-count: 1
    rrl-ratelimit: 0
remote-control:
    control-enable: no
""" + "".join(f'zone:\n    name: {zone.name}.\n    zonefile: "{zone.file(where.name)}"\n'
              for zone in zones))
    return ["nsd", "-d", "-c", conf]


def bind(where, addresses, zones):
    conf = where / "named.conf"
    listen = {family: "".join(f"{a}; " for a in addresses if (":" in a) == family)
              for family in (False, True)}
    conf.write_text(f"""\
options {{
    directory "{where}"; managed-keys-directory "{where}"; session-keyfile "{where}/session";
    pid-file "{where}/pid"; lock-file none; recursion no; dnssec-validation no; notify no;
    listen-on port 53 {{ {listen[False]}}}; listen-on-v6 port 53 {{ {listen[True]}}};
}};
controls {{ }};
logging {{ channel log {{ file "{where}/log"; severity info; }}; category default {{ log; }}; }};
""" + "".join(f'zone "{zone.name}" {{ type primary; file "{zone.file(where.name)}"; '
              "check-names ignore; };\n" for zone in zones))
    return ["named", "-f", "-n", "1", "-c", conf]


def knot(where, addresses, zones):
    conf = where / "knot.conf"
    (where / "db").mkdir()
    conf.write_text(f"""\
server:
    rundir: "{where}"
    pidfile: "{where}/pid"
    listen: [{", ".join(f'"{address}@53"' for address in addresses)}]
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
control:
    listen: "{where}/sock"
log:
  - target: "{where}/log"
    any: info
database:
    storage: "{where}/db"
template:
  - id: default
    semantic-checks: off
    zonefile-sync: -1
    journal-content: none
zone:
""" + "".join(f'  - domain: "{zone.name}."\n    file: "{zone.file(where.name)}"\n'
              for zone in zones))
    return ["knotd", "-c", conf]


BRANDS = {"nsd": nsd, "bind": bind, "knot": knot}


NO_CACHE = """\
    cache-min-ttl: 0
    cache-max-ttl: 0
    cache-max-negative-ttl: 0
    neg-cache-size: 0
"""


def make_certificate():
    """That of the resolvers over TLS; it is its own issuer."""
    names = ",".join(["DNS:dns.lab", f"IP:{HOSTS['fresh'][0]}", f"IP:{HOSTS['caching'][0]}"])
    sh("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
       "-days", "3", "-subj", "/CN=dns.lab", "-addext", f"subjectAltName={names}",
       "-keyout", WHERE / "tls.key", "-out", WHERE / "tls.pem")


def over_tls(name):
    """Lines of unbound.conf: DNS over TLS and over HTTPS, and nothing else."""
    return "".join(f"    interface: {address}@{port}\n" for address in HOSTS[name]
                   for port in (853, 443)) + f"""\
    access-control: 0.0.0.0/0 allow
    tls-service-key: "{WHERE}/tls.key"
    tls-service-pem: "{WHERE}/tls.pem"
"""


def unbound(where, hints, anchor, listen=f"    interface: {RESOLVER}\n", caching=NO_CACHE):
    """A validating resolver, without a cache set up as that of a CA."""
    conf = where / "unbound.conf"
    conf.write_text(f"""\
server:
{listen}{caching}\
    do-daemonize: no
    chroot: ""
    username: ""
    directory: "{where}"
    pidfile: "{where}/pid"
    logfile: "{where}/log"
    use-syslog: no
    num-threads: 2
    root-hints: "{hints}"
    trust-anchor-file: "{anchor}"
    do-not-query-localhost: no
    edns-buffer-size: 1232
    use-caps-for-id: yes
    qname-minimisation: no
    harden-dnssec-stripped: yes
    harden-below-nxdomain: no
    harden-glue: yes
    infra-host-ttl: 0
    prefetch: no
    val-sig-skew-min: 0
    val-sig-skew-max: 0
    val-log-level: 2
    ede: yes
    val-clean-additional: yes
    private-address: 10.0.0.0/8
    private-address: fd00::/8
    do-not-query-address: 10.0.0.0/8
    do-not-query-address: fd00::/8
    unwanted-reply-threshold: 10000
remote-control:
    control-enable: no
""")
    return ["unbound", "-d", "-c", conf]
