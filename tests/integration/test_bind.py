# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Zone files that a BIND serves: as they are, signed by it (inline-signing), signed by a command,
and with updates (frozen around the edit)."""
import functools
import subprocess

import flows
from flows import KILL, NEW, OLD, OWNER, RELOAD, control_does, record, stands, wait_for
from harness import ZONE, Site, check, equal, test
from servers import Bind, BindDynamic, BindInline

flows.add("bind", Bind)
flows.add("bind-inline", BindInline)
flows.add("bind-freeze", BindDynamic, flows.FROZEN, journal="freeze")
static = functools.partial(test, kind=functools.partial(Site, server=Bind))
inline = functools.partial(test, module="bind-inline",
                           kind=functools.partial(Site, server=BindInline))
dynamic = functools.partial(test, kind=functools.partial(Site, server=BindDynamic))
frozen = functools.partial(
    test, module="bind-freeze",
    kind=functools.partial(Site, server=BindDynamic, keys={"journal": "freeze"}))


def is_frozen(site):
    return "frozen: yes" in site.server.tell("zonestatus", "example.com")


def update(site, owner="dyn", value="by-update"):
    site.server.update("example.com", f"update add {owner}.example.com 60 TXT {value}")


# --- signed by BIND

@inline
def signed_answers(site):
    """Several edits, each signed; BIND's journal of the file does not stand in the way."""
    for value in (OLD, NEW, OLD, NEW):
        site.apply(site.order(1001, record(value)))
        stands(site, value)
    check("example.com.zone.jnl" in site.files(), "BIND keeps no journal here: nothing proved")
    answer = subprocess.run(
        ["dig", "@127.0.0.1", "-p", str(site.server.port), "+dnssec", "+norec", OWNER, "TXT"],
        capture_output=True, text=True, timeout=20).stdout
    check("RRSIG" in answer, "the answer is not signed")
    check("RRSIG" not in site.zone_file.read_text(), "the zone file is signed now")


# --- written by BIND too

@dynamic
def dynamic_is_refused(site):
    """A dynamic zone without `journal: freeze`: refused by its journal, or by BIND."""
    before, order = site.zone_file.read_text(), site.order(1001, record(NEW))
    run = site.apply(order, status=1)
    check("journal: freeze" in run.err, "the way out is not named")
    equal(site.zone_file.read_text(), before, "the zone file")
    update(site)
    run = site.apply(order, status=6)
    check("example.com.zone.jnl" in run.err, "the journal is not named")
    check("journal: freeze" in run.err, "the way out is not named")
    equal(site.zone_file.read_text(), before, "the zone file")
    equal(site.values(OWNER), [], "values served")
    equal(is_frozen(site), False, "frozen")


@frozen
def updates_survive(site):
    """What BIND had only in its journal is in the file, and served, after the edit."""
    update(site)
    check("by-update" not in site.zone_file.read_text(), "the update is in the file already")
    before, order = site.zone_file.read_bytes(), site.order(1001, record(NEW))
    run = site.dcvctl("plan", order, status=2)
    check("journal" in run.out + run.err, "not said that the journal is not in the file")
    equal(site.zone_file.read_bytes(), before, "the zone file after a plan")
    site.apply(order)
    stands(site, NEW)
    equal(site.values("dyn.example.com"), ["by-update"], "the update's value")
    check("by-update" in site.zone_file.read_text(), "the update is not in the file")
    equal(is_frozen(site), False, "frozen")
    update(site, "dyn2", "later")
    equal(site.values("dyn2.example.com"), ["later"], "a later update's value")
    site.apply(order)
    stands(site, NEW)
    equal(is_frozen(site), False, "frozen after a run that had nothing to do")


@frozen
def frozen_by_somebody_else(site):
    order = site.order(1001, record(NEW))
    site.server.tell("freeze", "example.com")
    before = site.identity()
    run = site.apply(order, status=6)
    check("rndc" in run.err and "thaw example.com" in run.err, "the way out is not named")
    equal(site.identity(), before, "identity of the zone file")
    equal(is_frozen(site), True, "still frozen by the other")
    site.server.tell("thaw", "example.com")
    site.apply(order)
    stands(site, NEW)
    equal(is_frozen(site), False, "frozen")


def killed_at(site, word):
    update(site)
    order = site.order(1001, record(NEW))
    control_does(site, word, KILL)
    equal(site.apply(order, status=None).status, -9, "exit status of the killed run")
    site.path = None
    site.apply(order)
    wait_for(lambda: not is_frozen(site), "still frozen")
    stands(site, NEW)
    equal(site.values("dyn.example.com"), ["by-update"], "the update's value")


@frozen
def killed_at_the_freeze(site):
    killed_at(site, "freeze")


@frozen
def killed_at_the_reload(site):
    killed_at(site, "reload")


@frozen
def killed_at_the_thaw(site):
    killed_at(site, "thaw")


@frozen
def refused_by_the_checker(site):
    update(site)
    site.configure(checker='["false"]')
    site.apply(site.order(1001, record(NEW)), status=1)
    equal(is_frozen(site), False, "frozen")
    equal(site.values(OWNER), [], "values served")
    update(site, "dyn2", "later")
    equal(site.values("dyn2.example.com"), ["later"], "a later update's value")


@frozen
def file_broken_by_hand(site):
    """The server does not load what somebody wrote into the file: it stays frozen, that is
    said, and the next run goes on."""
    site.configure(checker='["true"]')
    text = site.zone_file.read_text()
    site.zone_file.write_text(text + site.server.broken)
    order = site.order(1001, record(NEW))
    run = site.apply(order, status=1)
    check("still frozen" in run.err and "thaw example.com" in run.err, "not said")
    site.zone_file.write_text(text)
    site.apply(order)
    stands(site, NEW)
    equal(is_frozen(site), False, "frozen")


# --- signed by a command

SIGNER = """\
#!/bin/sh
cd {where} && exec dnssec-signzone -q -z -o "$1" -N unixtime -f {out} "$2" {key} >/dev/null
"""


def make_key(site):
    done = subprocess.run(["dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-f", "KSK",
                           "-K", str(site.server.where), "example.com"],
                          capture_output=True, text=True, timeout=60)
    key = site.server.where / done.stdout.strip()
    return key, key.with_name(key.name + ".key").read_text()


def make_signer(site, out):
    """A signer that writes to `out`; the zone file has the key, and is signed once."""
    key, dnskey = make_key(site)
    script = site.where / "sign.sh"
    script.write_text(SIGNER.format(where=site.server.where, key=key, out=out))
    script.chmod(0o755)
    site.zone_file.write_text(ZONE + dnskey)
    subprocess.run([script, "example.com", str(site.zone_file)], check=True, timeout=60)
    site.keys = {"signer": f'["{script}", "{{zone}}", "{{file}}"]'}
    site.configure()
    return script


def answer_is_signed(site):
    served = subprocess.run(
        ["dig", "@127.0.0.1", "-p", str(site.server.port), "+dnssec", "+norec", "+short",
         OWNER, "TXT"], capture_output=True, text=True, timeout=20).stdout
    check(NEW in served and "TXT 13 3 " in served, f"the answer is not signed: {served}")


def serve(site, path):
    """BIND serves this file instead."""
    conf = site.server.conf
    conf.write_text(conf.read_text().replace(f'"{site.zone_file}"', f'"{path}"'))
    site.server.tell("reconfig")
    site.server.tell("reload", "example.com")
    wait_for(lambda: site.server.tell("zonestatus", "example.com").count("secure: yes"),
             "BIND does not serve the signed zone")


@static
def signed_by_a_command(site):
    """The unsigned file is edited, the signer makes the one that is served."""
    signed = site.where / "signed.zone"
    make_signer(site, signed)
    serve(site, signed)
    site.apply(site.order(1001, record(NEW)))
    stands(site, NEW)
    answer_is_signed(site)
    check("RRSIG" not in site.zone_file.read_text(), "the unsigned file was signed")


@static
def signed_in_place(site):
    """The zone file is the signed one: refused without a signer."""
    make_signer(site, site.zone_file)
    serve(site, site.zone_file)
    order, keys = site.order(1001, record(NEW)), site.keys
    site.keys = {}
    site.configure()
    before = site.identity()
    run = site.apply(order, status=6)
    check("signer:" in run.err, "the way out is not named")
    equal(site.identity(), before, "identity of the zone file")
    site.keys = keys
    site.configure()
    site.apply(order)
    stands(site, NEW)
    answer_is_signed(site)


@static
def signer_fails(site):
    """The former file is back, and what is served stays."""
    signed = site.where / "signed.zone"
    script = make_signer(site, signed)
    serve(site, signed)
    before, good = site.zone_file.read_text(), script.read_text()
    script.write_text("#!/bin/sh\necho no key; exit 3\n")
    run = site.apply(site.order(1001, record(NEW)), status=1)
    check("the signer failed" in run.err and "no key" in run.err, "the signer is not named")
    check("former file is back" in run.err, "not said that the former file is back")
    equal(site.zone_file.read_text(), before, "the zone file")
    equal(site.values(OWNER), [], "values served")
    script.write_text(good)
    site.apply(site.order(1001, record(NEW)))
    stands(site, NEW)
