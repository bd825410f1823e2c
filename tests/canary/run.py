# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Secrets as canaries: run.py DCVCTL [PATTERN] [--all], or run.py --list. Every account kind runs
its commands at the highest verbosity, with faults and without; --all: with every fault. Then all
that was said or written, every argv, and every environment of a child is searched for the secret,
as it is and as base64, hex and percent-encoding make it. Not searched: where the secret itself
lies, and the variable by which a program gets the one that is its own. The last line says how many
files were searched."""
import base64
import functools
import http.server
import json
import os
import pathlib
import re
import secrets
import subprocess
import sys
import tempfile
import threading
import urllib.parse

import report
from report import Failure

import backends
import clouds
import faults
import servers
from beside import OWNER, order
from proxy import Dns, Http, Proxy

PROGRAM, FILES, ALL = [], [], []
AT_ONCE = 4  # much of the time is waiting
DEADLINE = "2s"
TELLER = pathlib.Path(__file__).with_name("teller.py")
NO_CORE = "RLIMIT_CORE, {rlim_cur=0, rlim_max=0}, NULL) = 0"
# (what, when): see faults.acts. "tells": the answer holds the secret, as it was sent.
FEW = {Http: (("tells", "all"), ("401", "writes"), ("429-hour", "writes"), ("302", "all"),
              ("after-500", "writes"), ("reset-before", "all"), ("reset-after", "writes"),
              ("cut", "all"), ("garbled", "all"), ("drip", "writes"), ("no-http", "all")),
       Dns: (("rcode-9", "writes"), ("reset-before", "all"), ("reset-after", "writes"),
             ("cut", "writes"), ("garbled", "all"), ("drip", "writes")),
       None: (("failed", ""), ("garbled", ""), ("exits", ""))}


def all_faults(form):
    if form is None:
        return FEW[form]
    names = [*faults.ALIKE, *(["tells", "302", "after-500", *faults.HTTP_ANSWERS]
                              if form is Http else [f"rcode-{code}" for code in range(1, 11)])]
    return [(name, when) for name in names for when in ("all", "writes")]


def base64_forms(octets):
    """Of octets within others, wherever they begin; without what their neighbours are part of."""
    for before in range(3):
        text = base64.b64encode(b"x" * before + octets).rstrip(b"=")
        yield text[(0, 2, 3)[before]:-1]


def forms(secret):
    """How it might appear. Of a key in base64 also its octets."""
    octets = secret.encode()
    found = {octets, octets.hex().encode(), octets.hex().upper().encode(),
             urllib.parse.quote(secret, safe="").encode(), secret.replace("/", "\\/").encode(),
             secret.replace("+", "\\u002b").encode(), *base64_forms(octets)}
    try:
        raw = base64.b64decode(secret, validate=True)
    except ValueError:
        return found
    return found | {raw, raw.hex().encode()}


# --- the accounts: backends with the canary that is looked for


class One:
    """With one secret."""

    def canaries(self):
        return [self.canary]


class UpdatesBind(One, backends.UpdatesBind):
    form, canary = Dns, servers.KEY


class UpdatesKnot(One, backends.UpdatesKnot):
    form, canary = Dns, servers.KEY


class UpdatesPdns(One, backends.UpdatesPdns):
    form, canary = Dns, servers.KEY


class PowerdnsApi(One, backends.PowerdnsApi):
    form = Http

    def account(self):
        return f"http_record: {self.where}/record, {super().account()}"

    @property
    def canary(self):
        return self.server.api_key


class PowerdnsVariable(PowerdnsApi):
    """With the key in a variable, which no child may get."""

    def account(self):
        return re.sub(r"(api_key: )\{file: [^}]*}", r"\1{env: CANARY}", super().account())

    def environment(self):
        return dict(super().environment(), CANARY=self.canary)


class Program(One, backends.ExecPython):
    """A program with a secret that a command tells; it tells it to everybody."""
    form, fault = None, "pass"

    def __init__(self, where):
        super().__init__(where)
        self.canary = base64.b64encode(secrets.token_bytes(24)).decode()
        self.secret("program.key", self.canary)

    def account(self):
        settings = super().account().partition("settings:")[2]
        return (f"command: {json.dumps([sys.executable, str(TELLER)])}, settings:{settings}, "
                f'environment: ["FAULT={self.fault}"], secret_names: [API_TOKEN], '
                f"secrets: [{{command: [cat, {self.where}/program.key]}}]")


class Service(One, backends.UpdatesBind):
    """The dialect httpreq: a service that makes updates of what it is told."""
    provider, form, target = "exec", Http, None

    def __init__(self, where):
        super().__init__(where)
        self.canary = base64.urlsafe_b64encode(secrets.token_bytes(24)).decode() + "/+ x"
        self.secret("service.key", self.canary)

    def __enter__(self):
        self.service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        threading.Thread(target=self.service.serve_forever, daemon=True).start()
        self.server.http = self.service.server_address[1]
        return super().__enter__()

    def __exit__(self, *args):
        super().__exit__(*args)
        self.service.shutdown()
        self.service.server_close()

    def handler(self):
        wanted = "Basic " + base64.b64encode(f"user:{self.canary}".encode()).decode()
        update = self.server.update

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                good = self.headers["Authorization"] == wanted
                if good:
                    verb = "add" if self.path == "/present" else "delete"
                    update(backends.ZONE_NAME,
                           f"update {verb} {told['fqdn']} 300 TXT \"{told['value']}\"")
                self.send_response(200 if good else 401)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass
        return Handler

    def account(self):
        return (f"http_record: {self.where}/record, "
                f'dialect: httpreq, endpoint: "{self.target or self.url()}", username: user, '
                f'password: {{file: {self.where}/service.key}}, server: "{self.server.address()}"')

    def url(self):
        return f"http://127.0.0.1:{self.server.http}"


KINDS = {"rfc2136-bind": UpdatesBind, "rfc2136-knot": UpdatesKnot, "rfc2136-pdns": UpdatesPdns,
         "powerdns-api": PowerdnsApi, "powerdns-api-variable": PowerdnsVariable,
         "exec-json": Program, "exec-httpreq": Service, **clouds.KINDS}


# --- what is run, and what is searched

def commands(backend, path, whole, brief):
    if hasattr(backend, "commands"):
        yield from backend.commands(path)
        return
    apply = ["apply", "--until", "published", "--deadline", DEADLINE, "-vvv"]
    yield [*apply, path]
    if not brief:
        yield [*apply, "--json", "--events", f"{path}.events", path]
    if whole:
        yield ["plan", "-vvv", "--json", path]
        yield ["cleanup", "--cancel", "-vvv", "1"]
        yield ["config"]
        yield ["config", "--json"]
        yield ["status", "--log", "--json"]


def is_other(line, trace):
    """The command that tells the secret, and the program that tells it to everybody: what they
    write themselves."""
    return re.match(r"\d+ +write\(", line) and \
        re.search(rf'^{line.split()[0]} +execve\("(?!{re.escape(PROGRAM[0])}")', trace, re.M)


def untold(backend, trace):
    """What strace saw of dcvctl and its children, without what may have the secret: dcvctl's own
    environment, and the variable of the program that it is for."""
    text = trace.read_text(errors="surrogateescape")
    own, _, rest = text.partition("\n")
    if f'execve("{PROGRAM[0]}"' not in own or NO_CORE not in rest:
        raise Failure(f"not dcvctl, or it may leave a core file: {trace}: {own[:200]}")
    if isinstance(backend, Program):
        rest = "".join(line.replace(f'"API_TOKEN={backend.canary}"', "")
                       for line in rest.splitlines(keepends=True) if not is_other(line, rest))
    trace.write_text(rest, errors="surrogateescape")


def run(backend, out, words, name):
    trace = out / f"{name}.strace"
    argv = ["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-v", "-s", "65536", "-o", str(trace),
            "-e", "trace=execve,prlimit64,write,writev,pwrite64", PROGRAM[0], *words[:1],
            *(words[1:4] if words[0] == "provider" else []), "--config", str(backend.config),
            *words[4 if words[0] == "provider" else 1:]]
    with (out / name).open("wb") as file:
        # What traces for leaks cannot be traced.
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=file, stderr=file, timeout=300,
                              env=dict(backend.environment(), ASAN_OPTIONS="detect_leaks=0"),
                              cwd=backend.where, check=False)
    untold(backend, trace)
    return done.returncode


def is_brief(backend):
    """Few commands and faults: much is told by other accounts already."""
    return not ALL and getattr(backend, "brief", False)


def run_all(backend, out, what, whole=False):
    path = order(backend, 1, f"{OWNER} TXT canary-{what}")
    for number, words in enumerate(commands(backend, path, whole,
                                              is_brief(backend) and not whole)):
        status = run(backend, out, words, f"{what}-{number}")
        if status and (whole or what == "pass"):
            raise Failure(f"{words} ends with {status}\n"
                          f"{(out / f'{what}-{number}').read_text(errors='replace')}")


def search(where, secrets_at, canaries, own):
    """own: directories of the server. The files that were searched, and those with a hit."""
    looked, hits, wanted = 0, [], set().union(*map(forms, canaries))
    for path in sorted(where.rglob("*")):
        if not path.is_file() or path in secrets_at or any(one in path.parents for one in own):
            continue
        looked += 1
        octets = path.read_bytes()
        hits += [f"{path.relative_to(where)}: {form!r} in "
                 f"{octets[max(0, octets.index(form) - 100):octets.index(form) + 100]!r}"
                 for form in wanted if form in octets]
    return looked, hits


def with_fault(backend, out, what, when):
    if backend.form is None:
        backend.fault = what
        backend.configure()
        run_all(backend, out, what)
        return
    with Proxy(Http, 1) as elsewhere:
        extra = answers(backend, elsewhere)
        with faults.with_proxy(backend, backend.form, act_of(backend, what, when, extra),
                               extra) as proxy:
            faults.aim(backend, backend.form, proxy.address)
            run_all(backend, out, f"{what}-{when}")
        if elsewhere.requests:
            raise Failure(f"a redirect was followed: {elsewhere.requests}")


def act_of(backend, what, when, extra):
    """What is done to a request. A cloud tells what that request has shown it."""
    if not isinstance(backend, clouds.Cloud):
        return faults.acts(what, when)[0]
    act = faults.acts(what, "all" if when == "later" else when)[0]

    def told(form, index, request):
        if what == "tells":
            extra["tells"] = backend.tells(request)
        return "pass" if when == "later" and not backend.is_later(request) else \
            act(form, index, request)
    return told


def answers(backend, elsewhere):
    if backend.form is not Http:
        return None
    told = {"error": backend.canaries()}
    if isinstance(backend, Service):
        told["seen"] = base64.b64encode(f"user:{backend.canary}".encode()).decode()
    return {**faults.HTTP_ANSWERS, "tells": Http.answer("422 No", body=json.dumps(told).encode()),
            "302": Http.answer("302 Found", f"Location: http://{elsewhere.address}/")}


def canary(name):
    with tempfile.TemporaryDirectory(prefix="dcvctl-canary.") as where:
        where = pathlib.Path(where).resolve()
        backend = KINDS[name](where)
        out, temporary = where / "out", where / "tmp"
        out.mkdir()
        temporary.mkdir()
        (where / "record").mkdir()
        environment = backend.environment
        backend.environment = lambda: dict(environment(), TMPDIR=str(temporary))
        which = backend.few if is_brief(backend) else FEW[backend.form]
        which = all_faults(backend.form) if ALL else which
        with backend:
            run_all(backend, out, "pass", whole=not is_brief(backend))
            for what, when in which:
                with_fault(backend, out, what, when)
            if ALL:
                run(backend, out, ["provider", "test", "primary", "--zone", backends.ZONE_NAME,
                                   "--yes", "-vvv"], "trial")
        looked, hits = search(where, set(where.glob("*.key")), backend.canaries(),
                              [where / "server"])
        if hits:
            raise Failure("\n".join(hits))
        if looked < 4 * len(which):
            raise Failure(f"only {looked} files")
        if backend.form is Http and not list((where / "record").iterdir()):
            raise Failure("nothing was recorded")
        FILES.append(looked)


def would_be_found():
    """The search finds what it is to find."""
    with tempfile.TemporaryDirectory(prefix="dcvctl-canary.") as where:
        where = pathlib.Path(where).resolve()
        for number, form in enumerate(forms(servers.KEY)):
            (where / str(number)).write_bytes(b"x" + form + b"y")
        (where / "basic").write_bytes(base64.b64encode(f"user:{servers.KEY}\n".encode()))
        looked, hits = search(where, [], [servers.KEY], [])
        if len({hit.split(":")[0] for hit in hits}) != looked or not looked:
            raise Failure(f"{looked} files, hits in {hits}")


class Unready(clouds.Cloudflare):
    def account(self):
        raise Failure("on purpose")


def unready():
    """A kind that cannot be set up fails: it leaves nothing running, for which the end would wait."""
    with tempfile.TemporaryDirectory(prefix="dcvctl-canary.") as where:
        backend = Unready(pathlib.Path(where).resolve())
        try:
            with backend:
                raise AssertionError("it was set up")
        except Failure:
            pass
        try:
            if backend.service.thread.is_alive() or backend.server.process.poll() is None:
                raise Failure("it runs on")
        finally:
            backend.service.http.shutdown()


def tests():
    yield "the-search-finds", would_be_found
    yield "a-kind-that-cannot-be-set-up", unready
    for name in KINDS:
        yield name, functools.partial(canary, name)


if __name__ == "__main__":
    if sys.argv[1] != "--list":
        PROGRAM.append(str(pathlib.Path(sys.argv.pop(1)).resolve()))
    if "--all" in sys.argv:
        ALL.append(sys.argv.pop(sys.argv.index("--all")))
    status = report.main("canary", list(tests()), AT_ONCE)
    if sys.argv[1:] != ["--list"]:
        print(f"{'0 hits' if status == 0 else 'hits, or tests that failed'} in {sum(FILES)} files")
    sys.exit(status)
