# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What the conformance suite tries of Route 53 beside what every backend goes through: what no proxy
can do to requests, since it is the service that does it, and where keys come from."""
import functools
import json
import pathlib
import re

from beside import OWNER, apply, check, order, tells_clock
from faults import VALUE, converges, truth
from route53_batch import record_set


def run(backend, program, what):
    path = order(backend, 1, f"{OWNER} TXT {VALUE}")
    done = apply(backend, program, path, status=None, timeout=120)
    truth(backend, done, what)
    return path, done


def refused(code, what, backend, program):
    """The first write or reading is refused by a code of theirs."""
    backend.service.refuse(code, 1, what)
    path, _ = run(backend, program, code)
    check(not backend.service.refusals, f"{code}: no request met it")
    converges(backend, program, path, code)


def changed_between(in_messages, backend, program):
    """A value that somebody else adds to the set between our reading and our writing stays."""
    service = backend.service
    service.in_messages = in_messages
    service.add(f"{OWNER}.", "TXT", 300, ['"theirs"'])
    service.meanwhile = functools.partial(service.add, f"{OWNER}.", "TXT", 300,
                                          ['"theirs"', '"theirs-too"'])
    path = order(backend, 1, f"{OWNER} TXT {VALUE}")
    apply(backend, program, path, status=None)
    check(service.meanwhile is None, "nothing was written")
    apply(backend, program, path)
    check(backend.values(OWNER) == ["theirs", "theirs-too", VALUE],
          f"served: {backend.values(OWNER)}")


def clock(backend, program):
    """Told as that, with its size."""
    for skew_s in (432, -2952):
        backend.service.skew_s = skew_s
        path, done = run(backend, program, "clock")
        check(done.returncode == 1, f"exit status {done.returncode}\n{done.stderr}")
        tells_clock(backend, done, skew_s)
    backend.service.skew_s = 0
    converges(backend, program, path, "clock")


def not_ours(words, more, backend, program):
    """A set that we do not edit is left alone, and that is told."""
    backend.service.add(f"{OWNER}.", "TXT", 300, words, *more)
    before = list(backend.service.main.sets)
    path = order(backend, 1, f"{OWNER} TXT {VALUE}")
    done = apply(backend, program, path, status=None)
    check(done.returncode not in (0, 70), f"exit status {done.returncode}\n{done.stderr}")
    check(backend.service.main.sets == before, "written all the same")
    check(OWNER in done.stderr, f"the name is not told\n{done.stderr}")


def denied(backend, program):
    """A policy that lets us read only: what we may not do is named."""
    backend.service.key.may = {"route53:ListHostedZonesByName", "route53:GetHostedZone",
                               "route53:ListResourceRecordSets", "route53:GetChange"}
    path, done = run(backend, program, "denied")
    check(done.returncode == 1 and "route53:ChangeResourceRecordSets" in done.stderr,
          f"exit status {done.returncode}, or the action is not named\n{done.stderr}")
    backend.service.key.may = None
    converges(backend, program, path, "denied")


def policy(backend, program):
    """That of the manual is enough."""
    page = pathlib.Path(__file__).parents[2] / "providers" / "route53" / "dcvctl-route53.7"
    text = re.search(r"^\{\n  \"Version.*?^\}$", page.read_text(), re.MULTILINE | re.DOTALL)[0]
    actions = [one["Action"] for one in json.loads(text)["Statement"]]
    backend.service.key.may = {action for one in actions
                               for action in (one if isinstance(one, list) else [one])}
    run(backend, program, "policy")
    converges(backend, program, order(backend, 1, f"{OWNER} TXT {VALUE}"), "policy")


def private_zones(backend, program):
    """More of the name than a page of the listing has, all but one of them private."""
    for _ in range(120):
        backend.service.add_zone("example.com.", None)
    run(backend, program, "private zones")
    converges(backend, program, order(backend, 1, f"{OWNER} TXT {VALUE}"), "private zones")


def spelt_in_octal(backend, program):
    """What stands beside ours is written back as it was spelt, and means the same."""
    spelt = '"\\303\\244 \\"q\\" \\\\ \\073"'
    backend.service.add(f"{OWNER}.", "TXT", 300, [spelt])
    served = backend.values(OWNER)
    apply(backend, program, order(backend, 1, f"{OWNER} TXT {VALUE}"))
    check(sorted(backend.values(OWNER)) == sorted([*served, VALUE]),
          f"served: {backend.values(OWNER)}")


def large(backend, program):
    """600 sets that are deleted and created anew, 1,800 values in all: two batches, and both of them
    are waited for."""
    service, owners = backend.service, [f"_dnsauth.n{number}.example.com" for number in range(600)]
    service.reads = 2
    service.main.sets += [record_set(f"{owner}.", "TXT", 300, ['"theirs"']) for owner in owners]
    apply(backend, program, order(backend, 1, *(f"{owner} TXT {VALUE}" for owner in owners)))
    made = {one["name"]: sorted(one["values"]) for one in service.main.sets}
    bad = [owner for owner in owners if made[f"{owner}."] != ['"theirs"', f'"{VALUE}"']]
    check(not bad, f"not as wanted: {bad[:10]}")
    check([left for left, _ in service.changes.values()] == [0, 0],
          f"batches, and how often they would still be PENDING: {service.changes}")


def keys_renewed(backend, program):
    """Keys of an instance are asked for once in a run; such that are about to end, again."""
    credentials = backend.service.credentials
    backend.use_instance()
    run(backend, program, "long-lived keys")
    check(len(credentials.given) == 1, f"{len(credentials.given)} keys were asked for")
    credentials.lifetime_s = 200
    apply(backend, program, order(backend, 2, f"x.{OWNER} TXT {VALUE}"))
    check(len(credentials.given) > 3, f"{len(credentials.given)} keys were asked for")


def two_zones(backend, program):
    """Of two public zones of the name, and no parent to ask, none is taken at random; the number
    decides."""
    other = backend.service.add_zone("example.com.")
    before = list(other.sets)
    path = order(backend, 1, f"{OWNER} TXT {VALUE}")
    done = apply(backend, program, path, status=78)
    check(other.sets == before, "written into the other zone")
    check(other.id in done.stderr and "hosted_zone_id" in done.stderr,
          f"what to do is not told\n{done.stderr}")
    backend.configure(hosted_zone_id=backend.service.main.id)
    converges(backend, program, path, "two zones")


def pending(backend, program):
    """With `wait: insync` what is told to be done is served by all; for ever PENDING it is not."""
    backend.service.withheld, backend.service.reads = True, 3
    backend.configure(wait="insync")
    path, done = run(backend, program, "pending")
    check(done.returncode == 0, f"exit status {done.returncode}\n{done.stderr}")
    converges(backend, program, path, "pending")


def keys_from(use, backend, program):
    """Where the keys come from if the account has none."""
    given = len(backend.service.credentials.given)
    getattr(backend, use)()
    path, done = run(backend, program, use)
    check(done.returncode == 0, f"exit status {done.returncode}\n{done.stderr}")
    check(use in ("use_environment", "use_profile") or
          len(backend.service.credentials.given) > given, "no temporary key was asked for")
    converges(backend, program, path, use)


POLICIES = {"weighted": ("Weight", "10"), "latency": ("Region", "eu-west-1"),
            "failover": ("Failover", "PRIMARY"), "multivalue": ("MultiValueAnswer", "true"),
            "geo": ("GeoLocation", (("CountryCode", "DE"),))}
ALIAS = ([], (None, (("HostedZoneId", "Z1"), ("DNSName", "x.example.com."),
                     ("EvaluateTargetHealth", "false"))))
TESTS = [
    *(("faults", f"{code}-{what}", functools.partial(refused, code, what))
      for code, what in (("Throttling", "writes"), ("Throttling", "reads"),
                         ("PriorRequestNotComplete", "writes"), ("AccessDenied", "writes"),
                         ("InternalFailure", "writes"), ("ServiceUnavailable", "reads"))),
    ("foreign", "changed-between", functools.partial(changed_between, False)),
    ("foreign", "changed-between-messages", functools.partial(changed_between, True)),
    *(("foreign", name, functools.partial(not_ours, ['"w"'], ("one", (pair,))))
      for name, pair in POLICIES.items()),
    ("foreign", "alias", functools.partial(not_ours, *ALIAS)),
    ("foreign", "weighted-alias", functools.partial(not_ours, [], ("one", (
        POLICIES["weighted"], *ALIAS[1][1])))),
    ("foreign", "octal", spelt_in_octal), ("many", "two-batches", large),
    ("zone", "private-zones", private_zones), ("hello", "policy", policy),
    ("hello", "keys-renewed", keys_renewed),
    ("faults", "clock", clock), ("faults", "denied", denied), ("zone", "two-zones", two_zones),
    ("visible", "pending", pending),
    *(("hello", f"keys-{use}", functools.partial(keys_from, f"use_{use}"))
      for use in ("environment", "profile", "container", "container_file", "instance",
                  "web_identity", "role")),
]
