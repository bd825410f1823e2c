# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What the conformance suite tries of Huawei Cloud beside what every backend goes through: what no
proxy can do to requests, since it is the service that does it."""
import functools
import time

from backends import ZONE_NAME
from beside import OWNER, apply, check, order, tells_clock
from faults import VALUE, converges, truth

PAGE = 500  # sets of a listing


def run(backend, program, what):
    path = order(backend, 1, f"{OWNER} TXT {VALUE}")
    done = apply(backend, program, path, status=None, timeout=120)
    truth(backend, done, what)
    return path, done


def refused(code, backend, program):
    """The first write is refused by a code of theirs."""
    backend.service.refuse(code, 1, "writes")
    path, _ = run(backend, program, code)
    check(not backend.service.refusals, f"{code}: no write met it")
    converges(backend, program, path, code)


def not_carried_out(how, word, backend, program):
    """The service has the change, and does not carry it out: that is told, and the name servers
    are believed; the next run brings it about."""
    for name, value in how.items():
        setattr(backend.service, name, value)
    path = order(backend, 1, f"{OWNER} TXT {VALUE}")
    done = apply(backend, program, "--until", "effective", "--deadline", "5s", path, status=None)
    check(done.returncode != 0, "told to be effective")
    check(word in done.stderr, f"what the service says is not told\n{done.stderr}")
    backend.service.reads, backend.service.ends = 1, "ACTIVE"
    converges(backend, program, path, word)


def pending_for_long(backend, program):
    backend.service.reads = 5
    path, done = run(backend, program, "pending for long")
    check(done.returncode == 0, f"exit status {done.returncode}\n{done.stderr}")
    converges(backend, program, path, "pending for long")


def changed_between(backend, program):
    """A value that somebody else adds to the set after it was planned for stays."""
    service = backend.service
    kept = service.add(f"{OWNER}.", "TXT", 300, ['"theirs"'])
    service.after_read = functools.partial(service.change, kept, ['"theirs"', '"theirs-too"'])
    path = order(backend, 1, f"{OWNER} TXT {VALUE}")
    apply(backend, program, path, status=None)
    check(service.after_read is None, "the set was not read")
    apply(backend, program, path)
    check(backend.values(OWNER) == ["theirs", "theirs-too", VALUE],
          f"served: {backend.values(OWNER)}")


def clock(backend, program):
    """Told as that, with its size, once."""
    for code in ("APIGW.0303", "APIGW.0301"):
        backend.service.gate.skew_code, backend.service.skew_s = code, 1832
        _, done = run(backend, program, code)
        check(done.returncode == 1, f"{code}: exit status {done.returncode}\n{done.stderr}")
        tells_clock(backend, done, 1832)
        backend.service.skew_s = 0


def not_locked(backend, program):
    """Six failed signatures lock a key: one is enough to know."""
    backend.use_wrong_secret()
    run(backend, program, "wrong secret")
    key = backend.service.gate.keys[backend.service.access]
    check(1 <= key.failures <= 2, f"{key.failures} failed signatures")


def other_line(backend, program):
    """A set of the same name in another line is left alone, and somebody is told of it."""
    kept = backend.service.add(f"{OWNER}.", "TXT", 300, ['"abroad"'], line="Abroad")
    _, done = run(backend, program, "another line")
    check(done.returncode == 0, f"exit status {done.returncode}\n{done.stderr}")
    check("Abroad" in done.stderr + done.stdout, f"the line is not named\n{done.stderr}")
    check(kept in backend.service.main.sets and kept["values"] == ['"abroad"'], "changed")


def frozen(backend, program):
    backend.service.main.status = "FREEZE"
    path = order(backend, 1, f"{OWNER} TXT {VALUE}")
    done = apply(backend, program, path, status=6)
    check("FREEZE" in done.stderr, f"not told\n{done.stderr}")
    backend.service.main.status = "ACTIVE"
    converges(backend, program, path, "a frozen zone")


def another_region(backend, program):
    """A zone that was made in one region is not to be found through another: where it was looked
    for is told, since a person sees the zone in the console."""
    zone = backend.service.main
    zone.region, region = "eu-west-101", zone.region
    path = order(backend, 1, f"{OWNER} TXT {VALUE}")
    done = apply(backend, program, path, status=None)
    check(done.returncode in (1, 6, 78), f"exit status {done.returncode}\n{done.stderr}")
    check(region in done.stderr or backend.url() in done.stderr, f"the region is not named\n{done.stderr}")
    zone.region = region
    converges(backend, program, path, "another region")


def second_page(backend, program):
    """A set is found behind others, and beside those whose names have its name in them."""
    service = backend.service
    for number in range(PAGE + 1):
        service.keep(service.main, f"p{number}.{ZONE_NAME}.", "A", 300, ["192.0.2.1"])
    service.add(f"x{OWNER}.", "TXT", 300, [f'"{VALUE}"'])
    service.add(f"{OWNER}.", "TXT", 300, ['"theirs"'])
    apply(backend, program, order(backend, 1, f"{OWNER} TXT {VALUE}"))
    check(backend.values(OWNER) == ["theirs", VALUE], f"served: {backend.values(OWNER)}")
    backend.run(program, "cleanup", "--cancel", "1")
    check(backend.values(OWNER) == ["theirs"], f"afterwards: {backend.values(OWNER)}")
    check(backend.values(f"x{OWNER}") == [VALUE], "another name's set is gone")


def description(backend, program):
    """A set of ours says for which order it is; what somebody else says of a set stays."""
    theirs = backend.service.add(f"_dnsauth.{ZONE_NAME}.", "TXT", 300, ['"theirs"'],
                                 description="theirs")
    apply(backend, program, order(backend, 4711, f"{OWNER} TXT {VALUE}",
                                  f"_dnsauth.{ZONE_NAME} TXT {VALUE}"))
    ours = [one["description"] for one in backend.service.main.sets if one["owner"] == f"{OWNER}."]
    check(ours == ["dcvctl: digicert/4711"], f"of ours: {ours}")
    check((theirs["description"], len(theirs["values"])) == ("theirs", 2), f"of theirs: {theirs}")


def as_another(use, backend, program):
    """Other ways to say who asks."""
    getattr(backend, use)()
    path, done = run(backend, program, use)
    check(done.returncode == 0, f"exit status {done.returncode}\n{done.stderr}")
    converges(backend, program, path, use)


def order_of_scm(backend, program):
    """An order of the certificate service is asked for by its number, as whoever the account says,
    and brought into the zone."""
    words = ("--from", "huaweicloud-scm", backend.access()["certificate"])
    for use in None, "use_token", "use_temporary_key":
        if use:
            getattr(backend, use)()
        done = backend.run(program, "new", *words, status=None)
        check("Huawei Cloud SCM says CHECKING_DOMAIN (asked " in done.stdout,
              f"{use}: the status is not told\n{done.stdout}{done.stderr}")
    apply(backend, program, *words)
    day = time.strftime("%Y%m%d000000", time.gmtime(backend.service.now()))
    for owner, values in ((OWNER, ["1ytm4qk7q2x9m4t1v8b5n3c6z0h2d8f4"]),
                          (OWNER.replace("www.", ""), ["2g6j1p5r8s3w7y2a9e4", "3u5i8o1l4m7n0b3"])):
        check(backend.values(owner) == [day + value for value in values],
              f"{owner}: served: {backend.values(owner)}")
    done = apply(backend, program, "--from", "huaweicloud-scm", "scs0", status=1)
    check("knows no order" in done.stderr, f"not told\n{done.stderr}")


TESTS = [
    *(("faults", f"{code}-write", functools.partial(refused, code))
      for code in ("APIGW.0308", "DNS.0014", "DNS.0021", "DNS.0314", "DNS.0403", "DNS.0013")),
    ("faults", "pending-for-ever", functools.partial(not_carried_out, {"reads": None}, "PENDING")),
    ("faults", "error-after-pending",
     functools.partial(not_carried_out, {"ends": "ERROR"}, "ERROR")),
    ("visible", "pending", pending_for_long),
    ("foreign", "changed-between", changed_between),
    ("faults", "clock", clock), ("faults", "not-locked", not_locked),
    ("foreign", "another-line", other_line), ("zone", "frozen", frozen),
    ("zone", "another-region", another_region),
    ("zone", "second-page", second_page), ("together", "description", description),
    ("hello", "order-of-scm", order_of_scm),
    *(("hello", use.replace("_", "-"), functools.partial(as_another, f"use_{use}"))
      for use in ("token", "open_telekom", "temporary_key", "sdk_variables", "credentials_file",
                  "metadata", "old_metadata")),
]
