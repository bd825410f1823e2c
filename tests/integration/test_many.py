# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""One order over many backends: a zone file, dynamic updates and three clouds, a zone in each. One of
them fails to write. What the others did is done, and told; the next run without the fault does the
rest; no value is lost, nothing foreign changes, and the ledger says what is served."""
import contextlib
import functools
import pathlib
import tempfile

import backends
import cloudflare
import faults
import harness
import huaweicloud
import route53
from harness import Site, check, equal
from proxy import Dns, Http, Proxy
from report import Failure
from servers import KEY, KnotDynamic, dig

OWNER = "_dnsauth"
OLD, NEW = "old-k7q2x9m4t1v8b5n3", "new-p3w6r0d8h2j5f9s1"
ZONE = """\
{0}. 3600 IN SOA ns1.{0}. hostmaster.{0}. 41 7200 3600 1209600 300
{0}. 3600 IN NS ns1.{0}.
{0}. 3600 IN TXT "v=spf1 mx -all"
ns1.{0}. 3600 IN A 127.0.0.1
_dnsauth.{0}. 3600 IN TXT "foreign: stays"
www.{0}. 3600 IN A 192.0.2.80
"""
CLOUDS = {"hw": huaweicloud.Huawei, "aws": route53.Route53, "cf": cloudflare.Cloudflare}
FORMS = {"dyn": Dns, **dict.fromkeys(CLOUDS, Http)}
ZONES = ("file", *FORMS)
# How writing fails: the service refuses (who signs updates is believed by no forged refusal: the
# server never gets it); or it does as it is told, and nobody learns of it.
FAULTS = {"refused": {Dns: "reset-before", Http: "403"},
          "unanswered": {Dns: "reset-after", Http: "reset-after"}}


class Many(Site):
    """Each zone NAME.example in the account NAME. `faulty`: addresses that stand in for others."""

    def __init__(self, where):
        self.where, self.runs, self.faulty = where, [], {}
        self.ledger_file = where / "state" / "ledger.db"
        self.zone_file = where / "file.zone"
        files = {f"{name}.example": where / f"{name}.zone" for name in ZONES}
        for zone, path in files.items():
            path.write_text(ZONE.format(zone))
        for name in ("nsd", "knot"):
            (where / name).mkdir()
        self.knot = KnotDynamic(where / "knot", {"dyn.example": files.pop("dyn.example")})
        self.nsd = backends.Nsd(where / "nsd", files)
        self.clouds = {name: kind(self.nsd, f"{name}.example", files[f"{name}.example"])
                       for name, kind in CLOUDS.items()}

    @contextlib.contextmanager
    def running(self):
        with contextlib.ExitStack() as stack:
            for one in (self.nsd, self.knot, *self.clouds.values()):
                stack.enter_context(one)
            yield

    def secret(self, name, text):
        path = self.where / name
        path.touch(mode=0o600)
        path.write_text(text + "\n")
        return f"{{file: {path}}}"

    def url(self, name):
        return f"http://{self.faulty.get(name) or f'127.0.0.1:{self.clouds[name].port}'}"

    def configure(self, faulty=None):
        """faulty: the address that stands in for that of an account, by the account's name."""
        self.faulty = faulty or {}
        hw, aws, cf = self.clouds.values()
        update = f'key "key" {{ algorithm hmac-sha256; secret "{KEY}"; }};'
        checker = ", checker: [/bin/false]" if "file" in self.faulty else ""
        (self.where / "dcvctl.yaml").write_text(f"""\
ledger: sqlite:{self.ledger_file}
accounts:
  dyn: {{provider: rfc2136, server: "{self.faulty.get("dyn") or self.knot.address()}",
        tsig: {self.secret("update.key", update)}}}
  hw: {{provider: huaweicloud, region: {huaweicloud.REGION}, endpoint: "{self.url("hw")}",
       access_key: {self.secret("hw.ak", hw.access)}, secret_key: {self.secret("hw.sk", hw.secret)}}}
  aws: {{provider: route53, region: {route53.REGION}, endpoint: "{self.url("aws")}",
        access_key: {self.secret("aws.ak", aws.key.id)},
        secret_key: {self.secret("aws.sk", aws.key.secret)}, requests_per_second: 100}}
  cf: {{provider: cloudflare, url: "{self.url("cf")}{cloudflare.PREFIX}",
       token: {self.secret("cf.token", cf.token)}, requests_per_second: 100}}
zones:
  - {{zone: file.example, file: {self.zone_file}, reload: {self.nsd.preset},
     server: "{self.nsd.address()}"{checker}}}
""" + "".join(f"  - {{zone: {name}.example, account: {name}}}\n" for name in FORMS))

    def apply(self, value, status=0):
        """The order with this value in each zone."""
        path = self.order(1, *(f"{OWNER}.{name}.example TXT {value}" for name in ZONES))
        return self.dcvctl("apply", "--until", "published", "--deadline", "20s", "--json", path,
                           status=status)

    # --- witnesses

    def port(self, name):
        return self.knot.port if name == "dyn" else self.nsd.port

    def values(self, name, rrtype="TXT"):
        return sorted(rdata.strip('"') for _, rdata in
                      dig(self.port(name), f"{OWNER}.{name}.example", rrtype))

    def foreign(self, name):
        """All but what is ours, and the TTL that is given to its set."""
        lines = backends.transfer(self.port(name), f"{name}.example",
                                  KEY if name == "dyn" else None)
        return [line for line in lines if not line.startswith(f"{OWNER}.")]

    def noted(self, name):
        """What the ledger has as ours in the zone."""
        return sorted(rdata.strip('"') for (rdata,) in self.ledger(
            f"SELECT rdata FROM placements WHERE zone = '{name}.example.' AND ours = 1"))

    def unsettled(self):
        return self.ledger("SELECT zone, op, rdata, state FROM changes "
                           "WHERE state NOT IN ('done', 'failed')")


@contextlib.contextmanager
def failing(site, name, how):
    """Writes into this backend fail."""
    if name == "file":
        site.configure({"file": None})
        yield
        return
    form, seen = FORMS[name], []

    def act(_, request):
        # An update without changes is a question.
        if not form.is_write(request) or form is Dns and request[10:12] == b"\0\0":
            return "pass"
        seen.append(request)
        return FAULTS[how][form]

    port = site.knot.port if form is Dns else site.clouds[name].port
    with Proxy(form, port, act, faults.HTTP_ANSWERS if form is Http else None) as proxy:
        site.configure({name: proxy.address})
        yield
    check(seen, f"{name}: no request met the fault")


def is_true(site, names, what):
    """What is noted as ours is what is served beside what is foreign."""
    for name in names:
        equal([one for one in site.values(name) if one != "foreign: stays"], site.noted(name),
              f"{what}: {name}: served, and noted as ours")


def is_told(run, name, others, all_done):
    """Exit status and outcomes say what is served, and where it failed."""
    told = run.json()
    equal(run.status, 0 if all_done else 3, "the exit status")
    done = {record["zone"].removesuffix(".example.") for order in told["orders"]
            for record in order["records"] if record["outcome"] == "done"}
    check(set(others) <= done, f"told to be done: {done}")
    check(all_done or any(f"{name}.example" in error["text"] for error in told["errors"]),
          f"{name} is not named: {told['errors']}")


def one_fails(name, how, site):
    site.configure()
    before = {one: site.foreign(one) for one in ZONES}
    site.apply(OLD)
    with failing(site, name, how):
        told = site.apply(NEW, status=None)
    others = [one for one in ZONES if one != name]
    for one in others:
        equal(site.values(one), ["foreign: stays", NEW], f"{one} beside a failing {name}")
    here = site.values(name)
    check("foreign: stays" in here and {OLD, NEW} & set(here), f"{name}: lost: {here}")
    if how == "refused":
        equal(here, ["foreign: stays", OLD], f"{name}, where nothing was done")
    is_told(told, name, others, here == ["foreign: stays", NEW])
    is_true(site, ZONES, "after the fault")
    site.configure()
    site.apply(NEW)
    for one in ZONES:
        equal(site.values(one), ["foreign: stays", NEW], f"{one} in the end")
        equal(site.foreign(one), before[one], f"{one}: what is foreign")
    is_true(site, ZONES, "in the end")
    equal(site.unsettled(), [], "the journal")
    equal(site.apply(NEW).json()["changed"], False, "a third run's change")


def run(name, how):
    with tempfile.TemporaryDirectory(prefix="dcvctl-test.") as where:
        site = Many(pathlib.Path(where).resolve())
        try:
            with site.running():
                one_fails(name, how, site)
        except Failure as failure:
            history = "\n".join(map(str, site.runs[-3:]))
            raise Failure(f"{failure}\n{history}") from None


for failing_name in ZONES:
    for fault in FAULTS:
        if failing_name != "file" or fault == "refused":
            (harness.TESTS if (failing_name, fault) == ("aws", "refused") else
             harness.LONG).append((f"many/{failing_name}-{fault}",
                                   functools.partial(run, failing_name, fault)))
