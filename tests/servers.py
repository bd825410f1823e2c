# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Name servers on loopback for a test (NSD, BIND, Knot, PowerDNS), and dig to ask them."""
import base64
import contextlib
import json
import os
import pathlib
import random
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request

from report import Failure

START_S = 15
PORTS, PORTS_LOCK = set(), threading.Lock()  # those that were handed out
KEY = base64.b64encode(os.urandom(32)).decode()  # of each run


def free_port():
    """A port that is free for UDP and TCP. Not one of those that the kernel gives to whoever
    connects, which would be taken before a server listens there, and none twice in a run."""
    for _ in range(500):
        port = random.SystemRandom().randrange(10240, 32768)
        with PORTS_LOCK, socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, \
                contextlib.suppress(OSError):
            if port in PORTS:
                continue
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
            PORTS.add(port)
            return port
    raise Failure("no free port")


@contextlib.contextmanager
def refused_address():
    """An address at which nobody listens. Its port is kept meanwhile, for the kernel would give one
    that was let go to the next who asks for any: a server of a test beside this one."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as kept:
        kept.bind(("127.0.0.1", 0))
        yield "127.0.0.1:%d" % kept.getsockname()[1]


def dig(port, name, rrtype, tries=3):
    """What the server answers: a list of (ttl, rdata)."""
    done = subprocess.run(
        ["dig", "@127.0.0.1", "-p", str(port), "+norec", "+noall", "+answer", "+time=1",
         f"+tries={tries}", name, rrtype], capture_output=True, text=True, timeout=20)
    answers = [line.split(None, 4) for line in done.stdout.splitlines()
               if line and not line.startswith(";")]
    return [(int(fields[1]), fields[4]) for fields in answers if fields[3] == rrtype]


class Server:
    """zones: the zone file by the zone's name. Runs in the foreground, in a group of its own;
    a context manager. `conf` is its configuration, `port` its port; `preset` says in a
    configuration of dcvctl how it reloads. `own_serial`: it does not serve the file's. `broken`:
    a line with which it does not load a zone. `keeps_text`: the zone file is not written by a
    freeze without need."""
    own_serial, keeps_text = False, True
    broken = "broken.example.com. 60 IN A 192.0.2.999\n"

    def __init__(self, where, zones):
        self.where, self.zones = where, zones
        self.port, self.process = free_port(), None
        self.configure()

    def address(self):
        return f"127.0.0.1:{self.port}"

    def __enter__(self):
        with (self.where / "out").open("w") as out:
            self.process = subprocess.Popen(
                self.argv(), stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True)
        end = time.monotonic() + START_S
        while self.process.poll() is None and time.monotonic() < end:
            if all(dig(self.port, zone, "SOA", tries=1) for zone in self.zones):
                self.ready()
                return self
            time.sleep(0.02)
        self.__exit__()
        raise Failure(f"{type(self).__name__} does not answer:\n" + "\n".join(
            (self.where / name).read_text() for name in ("out", "log")
            if (self.where / name).exists()))

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, 9)
                self.process.wait()

    def ready(self):
        pass

    def tell(self, *words):
        """Its control program; what that says."""
        done = subprocess.run([*self.control(), *words], stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, timeout=20)
        if done.returncode:
            raise Failure(f"{words}: {done.stdout}")
        return done.stdout

    def update(self, zone, *lines):
        """A dynamic update."""
        script = f"server 127.0.0.1 {self.port}\nzone {zone}\nkey hmac-sha256:key {KEY}\n"
        done = subprocess.run(["nsupdate"], input=script + "\n".join([*lines, "send", ""]),
                              capture_output=True, text=True, timeout=20)
        if done.returncode:
            raise Failure(f"nsupdate: {done.stdout}{done.stderr}")


class Nsd(Server):
    zone_options = ""

    def configure(self):
        where = self.where
        self.conf = where / "nsd.conf"
        self.preset = f"{{nsd: {self.conf}}}"
        self.conf.write_text(f"""\
server:
    ip-address: 127.0.0.1@{self.port}
    username: ""
    chroot: ""
    zonesdir: "{where}"
    pidfile: "{where}/nsd.pid"
    database: ""
    zonelistfile: "{where}/zone.list"
    xfrdfile: "{where}/xfrd.state"
    xfrdir: "{where}"
    logfile: "{where}/log"
    server-count: 1
remote-control:
    control-enable: yes
    control-interface: "{where}/nsd.sock"
""" + "".join(f'zone:\n    name: {zone}\n    zonefile: "{path}"\n{self.zone_options}'
              for zone, path in self.zones.items()))

    def argv(self):
        return ["nsd", "-d", "-c", str(self.conf)]

    def control(self):
        return ["nsd-control", "-c", str(self.conf)]

    def reload(self, zone):
        self.tell("reload", zone)


class Bind(Server):
    zone_options = ""

    def configure(self):
        where, control = self.where, free_port()
        self.conf, self.rndc = where / "named.conf", where / "rndc.conf"
        self.preset = f"{{bind: {self.rndc}}}"
        key = f'key key {{ algorithm hmac-sha256; secret "{KEY}"; }};\n'
        self.rndc.write_text(key + f"options {{ default-key key; default-server 127.0.0.1; "
                             f"default-port {control}; }};\n")
        self.conf.write_text(key + f"""\
options {{
    directory "{where}"; key-directory "{where}"; managed-keys-directory "{where}";
    pid-file "{where}/named.pid"; session-keyfile "{where}/session.key";
    listen-on port {self.port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
    recursion no; dnssec-validation no; notify no;
}};
controls {{ inet 127.0.0.1 port {control} allow {{ 127.0.0.1; }} keys {{ key; }}; }};
logging {{ channel log {{ file "{where}/log"; severity info; }}; category default {{ log; }}; }};
""" + "".join(f'zone "{zone}" {{ type primary; file "{path}"; {self.zone_options} }};\n'
              for zone, path in self.zones.items()))

    def argv(self):
        return ["named", "-f", "-c", str(self.conf)]

    def control(self):
        return ["rndc", "-c", str(self.rndc)]

    def reload(self, zone):
        self.tell("reload", zone)


class BindInline(Bind):
    """Signs by itself; the zone file stays unsigned."""
    zone_options = "dnssec-policy default; inline-signing yes;"
    own_serial = True

    def ready(self):
        end = time.monotonic() + START_S
        while not all(dig(self.port, zone, "DNSKEY") for zone in self.zones):
            if time.monotonic() > end:
                raise Failure("BIND does not sign")
            time.sleep(0.05)


class BindDynamic(Bind):
    """Takes updates, and writes the zone file. Many writers put more than BIND's 100 values at an
    owner."""
    zone_options = ("allow-update { key key; }; allow-transfer { key key; }; "
                    "max-records-per-type 0;")


class Knot(Server):
    zone_options = ""

    def configure(self):
        where = self.where
        self.conf, self.socket = where / "knot.conf", where / "knot.sock"
        self.preset = f"{{knot: {self.socket}}}"
        (where / "db").mkdir()
        self.conf.write_text(f"""\
server:
    rundir: "{where}"
    pidfile: "{where}/knot.pid"
    listen: 127.0.0.1@{self.port}
    user: root:root
control:
    listen: "{self.socket}"
log:
  - target: "{where}/log"
    any: info
database:
    storage: "{where}/db"
key:
  - id: key
    algorithm: hmac-sha256
    secret: {KEY}
acl:
  - id: update
    key: key
    action: [update, transfer]
zone:
""" + "".join(f'  - domain: {zone}\n    storage: "{path.parent}"\n    file: "{path.name}"\n'
              f"{self.zone_options}" for zone, path in self.zones.items()))

    def argv(self):
        return ["knotd", "-c", str(self.conf)]

    def control(self):
        return ["knotc", "-s", str(self.socket)]

    def reload(self, zone):
        self.tell("-b", "zone-reload", zone)


class KnotJournal(Knot):
    """Takes what differs in the file into its journal, and counts serials by itself."""
    zone_options = ("    zonefile-sync: -1\n    zonefile-load: difference-no-serial\n"
                    "    journal-content: all\n")
    own_serial = True


class KnotDynamic(Knot):
    """Takes updates, which stay in its journal until it is told to write them."""
    keeps_text = False
    zone_options = ("    acl: update\n    zonefile-sync: -1\n    zonefile-load: difference\n"
                    "    journal-content: all\n")


class Pdns(Server):
    """With the bind backend and its caches as they are by default."""
    broken = "www.elsewhere.test. 60 IN A 192.0.2.1\n"  # it looks into few records

    def configure(self):
        where = self.where
        self.conf = where / "pdns.conf"
        self.preset = f"{{pdns: {where}}}"
        (where / "named.conf").write_text("".join(
            f'zone "{zone}" {{ type master; file "{path}"; }};\n'
            for zone, path in self.zones.items()))
        self.conf.write_text(f"""\
launch=bind
bind-config={where}/named.conf
local-address=127.0.0.1
local-port={self.port}
socket-dir={where}
daemon=no
guardian=no
setuid=
setgid=
""")

    def argv(self):
        return ["pdns_server", f"--config-dir={self.where}"]

    def control(self):
        return ["pdns_control", f"--config-dir={self.where}"]

    def reload(self, zone):
        self.tell("bind-reload-now", zone)


class PdnsApi(Pdns):
    """With an SQLite database and the HTTP API; its zones are made over that, empty but for what
    the API itself puts there. `kind`: of the zones."""
    api_key, kind = "a-key-of-the-test", "Native"
    schema = pathlib.Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")

    def configure(self):
        super().configure()
        self.api_port, self.database = free_port(), self.where / "pdns.db"
        self.url = f"http://127.0.0.1:{self.api_port}"
        with contextlib.closing(sqlite3.connect(self.database)) as db:
            db.executescript(self.schema.read_text())
        self.conf.write_text(f"""\
launch=gsqlite3
gsqlite3-database={self.database}
gsqlite3-dnssec=yes
gsqlite3-pragma-synchronous=0
zone-cache-refresh-interval=0
webserver=yes
webserver-address=127.0.0.1
webserver-port={self.api_port}
webserver-allow-from=127.0.0.0/8
webserver-loglevel=none
api=yes
api-key={self.api_key}
""" + self.conf.read_text().split("\n", 2)[2])

    def __enter__(self):
        """The zones are there once they are made, so the API is what is waited for."""
        zones, self.zones = self.zones, {}
        super().__enter__()
        end = time.monotonic() + START_S
        while True:
            try:
                self.api("GET", "")
                break
            except OSError as error:
                if time.monotonic() > end or isinstance(error, urllib.error.HTTPError):
                    raise Failure(f"the API does not answer: {error}") from None
                time.sleep(0.02)
        for zone in zones:
            self.api("POST", "/zones", {"name": f"{zone}.", "kind": self.kind,
                                        "nameservers": [f"ns1.{zone}."]})
        self.zones = zones
        return self

    def api(self, method, path, body=None):
        """What the API says; urllib.error.HTTPError if it refuses."""
        request = urllib.request.Request(
            f"{self.url}/api/v1/servers/localhost{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-API-Key": self.api_key, "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def put(self, zone, name, rrtype, ttl, *records, comments=None):
        """records: contents, or (content, disabled)."""
        rrset = {"name": name, "type": rrtype, "ttl": ttl, "changetype": "REPLACE",
                 "records": [{"content": r if isinstance(r, str) else r[0],
                              "disabled": not isinstance(r, str) and r[1]} for r in records]}
        if comments is not None:
            rrset["comments"] = comments
        self.api("PATCH", f"/zones/{zone}.", {"rrsets": [rrset]})

    def rrset(self, zone, name, rrtype):
        """A set as the API lists it, or None."""
        return next((r for r in self.api("GET", f"/zones/{zone}.")["rrsets"]
                     if (r["name"], r["type"]) == (name, rrtype)), None)
