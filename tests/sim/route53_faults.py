# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What the conformance suite tries of Route 53 beside what every backend goes through: what no proxy
can do to requests, since it is the service that does it, and where keys come from."""
import functools

from beside import OWNER, apply, check, order, tells_clock
from faults import VALUE, converges, truth


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


WEIGHTED = (['"w"'], ("one", (("Weight", "10"),)))
ALIAS = ([], (None, (("HostedZoneId", "Z1"), ("DNSName", "x.example.com."),
                     ("EvaluateTargetHealth", "false"))))
TESTS = [
    *(("faults", f"{code}-{what}", functools.partial(refused, code, what))
      for code, what in (("Throttling", "writes"), ("Throttling", "reads"),
                         ("PriorRequestNotComplete", "writes"), ("AccessDenied", "writes"),
                         ("InternalFailure", "writes"), ("ServiceUnavailable", "reads"))),
    ("foreign", "changed-between", functools.partial(changed_between, False)),
    ("foreign", "changed-between-messages", functools.partial(changed_between, True)),
    ("foreign", "weighted", functools.partial(not_ours, *WEIGHTED)),
    ("foreign", "alias", functools.partial(not_ours, *ALIAS)),
    ("faults", "clock", clock), ("faults", "denied", denied), ("zone", "two-zones", two_zones),
    ("visible", "pending", pending),
    *(("hello", f"keys-{use}", functools.partial(keys_from, f"use_{use}"))
      for use in ("environment", "profile", "container", "instance", "web_identity", "role")),
]
