# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What the conformance suite tries of Cloudflare beside what every backend goes through."""
import functools

from beside import OWNER, apply, check, order
from faults import VALUE, converges, truth

LONG = "DNS record comment exceeds the maximum length of 50 characters."


def run(backend, program, *records):
    path = order(backend, 4711, *records or [f"{OWNER} TXT {VALUE}"])
    return path, apply(backend, program, path, status=None)


def record(backend, rrtype):
    """What the service keeps at the owner."""
    return [one for one in backend.service.records[backend.service.id]
            if (one["name"], one["type"]) == (OWNER, rrtype)]


def as_another(use, backend, program):
    """Other ways to say who asks."""
    getattr(backend, use)()
    path, done = run(backend, program)
    check(done.returncode == 0, f"exit status {done.returncode}\n{done.stderr}")
    converges(backend, program, path, use)


def half_a_token(backend, program):
    """One that may edit records and not list zones: what it lacks is told."""
    token, = backend.tokens({"read", "edit"})
    backend.write_account(backend.account_with(token))
    _, done = run(backend, program)
    check(done.returncode == 1 and "Zone Read" in done.stderr and token not in done.stderr,
          f"exit status {done.returncode}\n{done.stderr}")


def never_proxied(backend, program):
    """Where a record is proxied unless it says that it is not."""
    _, done = run(backend, program, f"{OWNER} CNAME a.validation.example.")
    check(done.returncode == 0, f"exit status {done.returncode}\n{done.stderr}")
    check([one["proxied"] for one in record(backend, "CNAME")] == [False],
          f"kept: {record(backend, 'CNAME')}")


def identical(backend, program):
    """Somebody else adds the value just before: that is no failure, and it is there once."""
    def interposed(request):
        if request.method == "POST":
            backend.service.interposed = None
            backend.append(OWNER, VALUE)
    backend.service.interposed = interposed
    path, done = run(backend, program)
    check(backend.service.interposed is None, "nothing was written")
    check(done.returncode == 0, f"exit status {done.returncode}\n{done.stderr}")
    check(len(record(backend, "TXT")) == 1, f"kept: {record(backend, 'TXT')}")
    converges(backend, program, path, "identical")


def comment(backend, program):
    """A record of ours says for which order it is."""
    run(backend, program)
    check([one["comment"] for one in record(backend, "TXT")] == ["dcvctl: digicert/4711"],
          f"kept: {record(backend, 'TXT')}")


def comment_refused(backend, program):
    """A plan with less room for it: why nothing was written is told."""
    def interposed(request):
        if request.method == "POST" and b"comment" in request.body:
            return backend.service.refuse(400, 9313, LONG)
        return None
    backend.service.interposed = interposed
    path, done = run(backend, program)
    check(done.returncode == 1, f"exit status {done.returncode}\n{done.stderr}")
    check(LONG in done.stderr and "Free plan" in done.stderr, f"why is not told\n{done.stderr}")
    truth(backend, done, "a refused comment")
    backend.service.interposed = None
    converges(backend, program, path, "a refused comment")


def clock(backend, program):
    """Nothing is signed, so no clock is blamed for a token that is not known."""
    backend.service.skew_s = 3600
    backend.use_wrong_secret()
    _, done = run(backend, program)
    check(done.returncode == 1 and "clock" not in done.stderr, done.stderr)
    backend.configure()
    _, done = run(backend, program)
    check(done.returncode == 0, f"exit status {done.returncode}\n{done.stderr}")


OF_WRITING = [
    ("cname", "never-proxied", never_proxied), ("together", "identical", identical),
    ("faults", "comment-refused", comment_refused),
]
TESTS = [
    *(("hello", use.replace("_", "-"), functools.partial(as_another, f"use_{use}"))
      for use in ("zone_token", "key", "certbot_ini")),
    ("hello", "half-a-token", half_a_token), ("together", "comment", comment),
    ("faults", "clock", clock), *OF_WRITING,
]
