# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The backends that are tried: each a real server on loopback with one zone, and the configuration
by which dcvctl writes into it. A backend is a context manager in a directory of its own."""
import base64
import json
import os
import pathlib
import re
import secrets
import subprocess
import sys

import servers
import service
import store
from proxy import Dns, Http
from report import Failure
from servers import dig, free_port

ROOT = pathlib.Path(__file__).resolve().parents[1]
ZONE_NAME = "example.com"
ZONE = """\
$ORIGIN example.com.
$TTL 3600
@ IN SOA ns1 hostmaster 41 7200 3600 1209600 60
@ IN NS ns1
@ IN TXT "v=spf1 mx -all"
@ IN CAA 0 issue "digicert.com"
ns1 IN A 127.0.0.1
www IN A 192.0.2.80
www IN TXT "foreign: stays"
mail IN MX 10 www
_sip._tcp IN SRV 0 0 5060 www
odd IN TYPE65280 \\# 4 0a000001
child IN NS ns.child
ns.child IN A 192.0.2.53
*.wild IN A 192.0.2.81
"""
RUN_LIMIT_S = 300
APPEND_TRIES = 20


def transfer(port, zone, key=None):
    """The zone as a transfer has it: sorted lines without the SOA's serial."""
    done = subprocess.run(
        ["dig", "@127.0.0.1", "-p", str(port), "+noall", "+answer", "+onesoa", "+time=5",
         "+nocomments", *(["-y", f"hmac-sha256:key:{key}"] if key else []), zone, "AXFR"],
        capture_output=True, text=True, timeout=60, check=False)
    lines = [re.sub(r"\s+", " ", line) for line in done.stdout.splitlines()
             if line and not line.startswith(";")]
    if not lines:
        raise Failure(f"no transfer of {zone}: {done.stdout}{done.stderr}")
    return sorted(line for line in lines if " SOA " not in line)


class Backend:
    """provider: what `accounts:` says. `server`, of this kind, runs within. form: in which requests
    go over the network, None: in none. target: where they go, if not to the server itself.
    no_cname: it takes none. variant: of a kind that is tried too, which writes otherwise.
    own: further tests of the conformance suite, (group, title, function(backend, program))."""
    provider = kind = form = target = transfer_key = None
    no_cname, variant, own = False, False, ()

    def __init__(self, where):
        self.where = where
        self.zone_file = where / f"{ZONE_NAME}.zone"
        self.zone_file.write_text(ZONE)
        (where / "server").mkdir()
        self.server = self.kind(where / "server", {ZONE_NAME: self.zone_file})
        self.config = where / "dcvctl.yaml"
        self.ledger = where / "state" / "ledger.db"

    def __enter__(self):
        self.server.__enter__()
        try:
            self.configure()
        except BaseException:
            self.server.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.server.__exit__()

    def account(self):
        """The keys of the account beside `provider`, as YAML of one line."""
        raise NotImplementedError

    def configure(self, **more):
        self.write_account(", ".join([self.account(), *(f"{key}: {value}"
                                                        for key, value in more.items())]))

    def write_account(self, keys):
        self.write_config(f"accounts:\n  primary: {{provider: {self.provider}, {keys}}}\n"
                          f"zones:\n  - {{zone: {ZONE_NAME}, account: primary}}\n")

    def write_config(self, text):
        self.config.write_text(f"ledger: sqlite:{self.ledger}\n{text}"
                               f'check: {{nameservers: ["{self.server.address()}"]}}\n')

    def append(self, owner, text):
        """As another program that writes into the zone: a value at the owner where the server
        takes single values, else at an owner of its own. False: there is no such program."""
        return False

    def use_wrong_secret(self):
        raise NotImplementedError

    def right_secret(self):
        """What may never be shown."""
        raise NotImplementedError

    def account_words(self):
        return ["primary"] if self.provider else []

    def plain_zone(self):
        """The zone file with a record a line, all of it written out."""
        return subprocess.run(["named-checkzone", "-q", "-k", "ignore", "-i", "none", "-D", "-o", "-",
                               ZONE_NAME, str(self.zone_file)], capture_output=True, text=True,
                              check=True, timeout=20).stdout

    def secret(self, name, text):
        """A file that only we may read."""
        path = self.where / name
        path.touch(mode=0o600)
        path.write_text(text + "\n")
        return path

    def zone(self):
        """All records but the SOA's serial, as sorted lines."""
        return transfer(self.server.port, ZONE_NAME, self.transfer_key)

    def serial(self):
        return int(dig(self.server.port, ZONE_NAME, "SOA")[0][1].split()[2])

    def values(self, owner, rrtype="TXT"):
        return sorted("".join(re.findall(r'"((?:[^"\\]|\\.)*)"', rdata)) if rrtype == "TXT" else rdata
                      for _, rdata in dig(self.server.port, owner, rrtype))

    def environment(self):
        return dict(os.environ, HOME=str(self.where), TZ="UTC", NO_COLOR="1")

    def run(self, program, command, *args, status=0, timeout=RUN_LIMIT_S):
        """dcvctl's result; Failure unless it ends with this status (None: any)."""
        argv = [str(program), command, *args[:1 if command == "provider" else 0], "--config",
                str(self.config), *args[1 if command == "provider" else 0:]]
        try:
            done = subprocess.run(argv, capture_output=True, text=True, cwd=self.where, check=False,
                                  env=self.environment(), stdin=subprocess.DEVNULL,
                                  errors="backslashreplace", timeout=timeout)
        except subprocess.TimeoutExpired as late:
            raise Failure(f"{argv} still runs after {timeout} s\n{late.stdout}\n"
                          f"{late.stderr}") from None
        if status is not None and done.returncode != status:
            raise Failure(f"$ {' '.join(argv)}\n{done.stdout}--- stderr\n{done.stderr}"
                          f"--- exit status {done.returncode}, wanted {status}")
        return done


class Nsd(servers.Nsd):
    zone_options = "    provide-xfr: 127.0.0.1 NOKEY\n"


class ZoneFileNsd(Backend):
    kind = Nsd

    def configure(self, **more):
        keys = "".join(f", {key}: {value}" for key, value in more.items())
        self.write_config(
            f"zones:\n  - {{zone: {ZONE_NAME}, file: {self.zone_file}, "
            f'reload: {self.server.preset}, server: "{self.server.address()}"{keys}}}\n')


class ZoneFileBind(ZoneFileNsd):
    kind = servers.Bind


class Updates(Backend):
    """With a key that was made for this run."""
    provider, form = "rfc2136", Dns
    transfer_key = servers.KEY
    algorithm = "hmac-sha256"

    def right_secret(self):
        return servers.KEY

    def key_file(self):
        return self.secret("update.key", f'key "key" {{ algorithm {self.algorithm}; '
                           f'secret "{servers.KEY}"; }};')

    def account(self):
        return (f'server: "{self.target or self.server.address()}", '
                f"tsig: {{file: {self.key_file()}}}")


    def append(self, owner, text):
        self.server.update(ZONE_NAME, f"update add {owner} 300 TXT {text}")
        return True

    def use_wrong_secret(self):
        wrong = base64.b64encode(b"another key, as long as that").decode()
        path = self.secret("wrong.key", f'key "key" {{ algorithm hmac-sha256; secret "{wrong}"; }};')
        self.write_account(f'server: "{self.server.address()}", tsig: {{file: {path}}}')


class UpdatesBind(Updates):
    kind = servers.BindDynamic


class UpdatesKnot(Updates):
    kind = servers.KnotDynamic


class PdnsSql(servers.Pdns):
    """With a database, updates, and the HTTP API."""

    def configure(self):
        where = self.where
        self.conf, self.http = where / "pdns.conf", free_port()
        self.api_key = base64.urlsafe_b64encode(secrets.token_bytes(24)).decode()
        self.preset = "none"
        self.conf.write_text(f"""\
launch=gsqlite3
gsqlite3-database={where}/pdns.db
gsqlite3-dnssec=yes
local-address=127.0.0.1
local-port={self.port}
socket-dir={where}
daemon=no
guardian=no
setuid=
setgid=
webserver=yes
webserver-address=127.0.0.1
webserver-port={self.http}
webserver-allow-from=127.0.0.0/8
webserver-loglevel=none
api=yes
api-key={self.api_key}
dnsupdate=yes
allow-dnsupdate-from=127.0.0.0/8
allow-axfr-ips=127.0.0.0/8
loglevel=4
""")
        self.do("sqlite3", str(where / "pdns.db"),
                stdin=pathlib.Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql"))
        for zone, path in self.zones.items():
            self.util("load-zone", zone, str(path))
            self.util("set-kind", zone, "native")
            self.util("add-record", zone, "lua", "LUA", "3600", "A \"'192.0.2.1'\"")
            self.util("set-meta", zone, "SOA-EDIT-DNSUPDATE", "INCREASE")
            self.util("set-meta", zone, "SOA-EDIT-API", "INCREASE")
            self.util("set-meta", zone, "TSIG-ALLOW-DNSUPDATE", "key")
        self.util("import-tsig-key", "key", "hmac-sha256", servers.KEY)

    def util(self, *words):
        self.do("pdnsutil", f"--config-dir={self.where}", *words)

    @staticmethod
    def do(*argv, stdin=None):
        with open(stdin or os.devnull, encoding="utf-8") as text:
            done = subprocess.run(argv, stdin=text, capture_output=True, text=True, timeout=60,
                                  check=False)
        if done.returncode:
            raise Failure(f"{argv}: {done.stdout}{done.stderr}")


class UpdatesPdns(Updates):
    kind, transfer_key = PdnsSql, None


class OverHttp(Backend):
    """The server's `http` is the port of its interface."""
    form = Http

    def url(self):
        return f"http://127.0.0.1:{self.server.http}"

    def endpoint(self):
        return self.target or self.url()


class PowerdnsApi(OverHttp):
    provider, kind = "powerdns", PdnsSql

    def account(self):
        return (f'url: "{self.endpoint()}", requests_per_second: 100, '
                f"api_key: {{file: {self.secret('api.key', self.right_secret())}}}")

    def right_secret(self):
        return self.server.api_key

    def append(self, _owner, text):
        """At an owner of its own, since sets are written as a whole; again, where it met another
        transaction in the server's database."""
        for left in reversed(range(APPEND_TRIES)):
            try:
                self.server.util("add-record", ZONE_NAME, f"x{text}", "TXT", "300", f'"{text}"')
                return True
            except Failure as failure:
                if not left or "database is locked" not in str(failure):
                    raise
        return False

    def use_wrong_secret(self):
        path = self.secret("wrong.key", "not-the-key")
        self.write_account(f'url: "{self.url()}", api_key: {{file: {path}}}')


class ExecPython(Backend):
    """The example plugin in Python, whose zone an NSD serves."""
    provider, kind = "exec", Nsd

    def __enter__(self):
        (self.where / "zones.json").write_text(
            json.dumps({f"{ZONE_NAME}.": store.parse(self.plain_zone())}))
        return super().__enter__()

    def account(self):
        settings = [f"file={self.where}/zones.json", f"zone_file={self.zone_file}",
                    f"nsd_conf={self.server.conf}"]
        return (f"command: {json.dumps([sys.executable, store.__file__])}, "
                f"settings: {json.dumps(settings)}")


class Lexicon(PowerdnsApi):
    """Debian's lexicon through its bridge, with its provider for that API behind it, which would
    append the zone to the target of a CNAME."""
    provider, no_cname = "exec", True

    def account(self):
        return self.account_with(self.right_secret())

    def account_with(self, key):
        settings = ["provider=powerdns", f"zones={ZONE_NAME}", f"pdns_server={self.endpoint()}"]
        return (f"command: [{ROOT}/examples/lexicon/dcvctl-lexicon, CAA], "
                f"settings: {json.dumps(settings)}, secret_names: [LEXICON_POWERDNS_AUTH_TOKEN], "
                f"secrets: [{{file: {self.secret('api.key', key)}}}]")

    def use_wrong_secret(self):
        self.write_account(self.account_with("not-the-key"))


class Service(OverHttp):
    """A service whose zone an NSD serves. `service` runs within, beside the server."""
    kind = Nsd

    def make(self):
        """The service, a cloud.Cloud that does not run yet."""
        raise NotImplementedError

    def access(self):
        """What the vendor's own tools need to reach it, addresses and keys, for JSON."""
        raise NotImplementedError

    def __enter__(self):
        self.zone_file.write_text(self.plain_zone())
        self.service = self.make()
        self.server.http = self.service.port
        self.service.__enter__()
        try:
            return super().__enter__()
        except BaseException:
            self.service.__exit__()  # it runs in a thread, for which the interpreter would wait
            raise

    def __exit__(self, *_):
        super().__exit__()
        self.service.__exit__()


class ExecHttpreq(Service):
    """A service that takes values one by one and cannot say what it has."""
    provider = "exec"

    def make(self):
        return service.Service(self.server, ZONE_NAME, self.zone_file, "dcvctl",
                               self.right_secret())

    def right_secret(self):
        return "the-password-of-the-service"

    def account(self):
        return self.account_with(self.right_secret())

    def account_with(self, password):
        return (f'dialect: httpreq, endpoint: "{self.endpoint()}", username: dcvctl, '
                f'server: "{self.server.address()}", '
                f"password: {{file: {self.secret('password', password)}}}")

    def use_wrong_secret(self):
        self.write_account(self.account_with("another"))


BACKENDS = {
    "zonefile-nsd": ZoneFileNsd,
    "rfc2136-bind": UpdatesBind,
    "rfc2136-knot": UpdatesKnot,
    "rfc2136-pdns": UpdatesPdns,
    "powerdns-api": PowerdnsApi,
    "exec-python": ExecPython,
}
