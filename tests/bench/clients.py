# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""clients.py DCVCTL [ROUNDS [NAMES]]: the DNS part of a certificate of 50 names, with our hook and
with what the client has by itself, by updates to the same BIND, in turn. The CA is a watcher: the
DNS part is the time between two of its requests, of which the second one offers a challenge or asks
for the certificate, since before these a client waits for its hook or plugin, and for nothing else.
So the plugins' fixed waits are in it, and the clients' own work of some milliseconds, for both.

certbot's plugin: as it is (60 s), and told not to wait, so that it does not look either. lego's:
without the minute between two names, for which 50 names would take an hour, and without its own
look at the servers; our hook looks in all of them. dehydrated has nothing of its own. Each round's
certificate must hold all names, and nothing may be left in the zone.

S8: the one call that brings 50 names and returns when they are effective, to certbot's fixed wait."""
import os
import pathlib
import re
import sys
import threading
import time

import measure

TESTS = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "conformance"), str(TESTS / "sim")]
import backends  # pylint: disable=wrong-import-position
import clients  # pylint: disable=wrong-import-position
import pebble  # pylint: disable=wrong-import-position
import servers  # pylint: disable=wrong-import-position

ROUNDS, NAMES, CALLS = 3, 50, 11
FIXED_CERTBOT_S, FIXED_LEGO_S = 60, 60  # by default: once, and between two names
EFFECTIVE = 1 / 500
NONCE, BEHIND_DNS = "/nonce-plz", ("/chalZ/", "/finalize-order/")


class Watcher(pebble.Pebble):
    """A CA that notes when which request came."""

    def __init__(self, *args):
        super().__init__(*args)
        self.requests = []

    def out(self):
        read_end, write_end = os.pipe()
        threading.Thread(target=self.watch, args=(read_end,), daemon=True).start()
        return open(write_end, "wb")

    def watch(self, read_end):
        with open(read_end, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                found = re.search(r"(?:GET|HEAD|POST) (/\S+) -> calling", line)
                if found:
                    self.requests.append((time.monotonic(), found[1]))

    def log(self):
        return ""

    def dns_seconds(self, one_by_one=False):
        """Of the order since the last call, by a client that brings all values before the first
        challenge, or one by one. A fresh nonce is part of the request that it is for."""
        whole, self.requests = self.requests, []
        seconds, last, wanted = 0.0, None, list(BEHIND_DNS)
        for i, (when, path) in enumerate(whole):
            if path == NONCE:
                continue
            first = whole[i - 1][0] if i and whole[i - 1][1] == NONCE else when
            if path in wanted and last is not None:
                seconds += first - last
                if not one_by_one:
                    wanted.remove(path)
            last = when
        return seconds


class CertbotPlugin(clients.Certbot):
    wait = FIXED_CERTBOT_S

    def order(self, names):
        host, _, port = self.resolver.partition(":")
        ini = self.where / "credentials.ini"
        ini.touch(mode=0o600)
        ini.write_text("".join(f"dns_rfc2136_{key} = {value}\n" for key, value in (
            ("server", host), ("port", port), ("name", "key"), ("secret", servers.KEY),
            ("algorithm", "HMAC-SHA256"))))
        return self.certbot(names, "--dns-rfc2136", "--dns-rfc2136-credentials", ini,
                            "--dns-rfc2136-propagation-seconds", self.wait)


class CertbotPluginAtOnce(CertbotPlugin):
    wait = 0


class LegoProvider(clients.Lego):
    def order(self, names):
        return self.lego(names, "rfc2136", RFC2136_NAMESERVER=self.resolver,
                         RFC2136_TSIG_ALGORITHM="hmac-sha256.", RFC2136_TSIG_KEY="key.",
                         RFC2136_TSIG_SECRET=servers.KEY, RFC2136_SEQUENCE_INTERVAL="0")


class Bench:
    def __init__(self, where, dcvctl, backend, ca, names):
        self.where, self.backend, self.ca, self.count = where, backend, ca, 0
        self.names = [f"h{i}.{backends.ZONE_NAME}" for i in range(1, names + 1)]
        (where / "bin").mkdir()
        (where / "bin" / "dcvctl").symlink_to(dcvctl)
        self.hook = clients.Hook(backend.config, f"{where / 'bin'}:{os.environ['PATH']}")
        self.before = backend.zone()

    def issue(self, kind):
        """An order by this client; (seconds of DNS, of the whole)."""
        self.count += 1
        client = kind(self.where / f"{kind.__name__}-{self.count}", self.ca,
                      self.backend.server.address(), self.hook)
        self.ca.dns_seconds()
        outcome = client.issue(self.names)
        if outcome.issued != sorted(self.names) or self.backend.zone() != self.before:
            sys.exit(f"{kind.__name__}: not issued, or something was left\n{outcome.text}")
        return self.ca.dns_seconds(issubclass(kind, clients.Lego)), outcome.seconds

    def turns(self, rounds, *kinds):
        """Each in turn; the DNS parts by client."""
        took = {kind: [] for kind in kinds}
        for _ in range(rounds):
            for kind in kinds:
                took[kind].append(self.issue(kind))
        for kind, each in took.items():
            dns, whole = zip(*each)
            print(f"  {kind.__name__}, {len(self.names)} names: DNS {min(dns):.2f} to "
                  f"{max(dns):.2f} s of {min(whole):.1f} to {max(whole):.1f} s, {rounds} rounds",
                  flush=True)
        return {kind: [dns for dns, _ in each] for kind, each in took.items()}

    def effective(self):
        """S8, and the removal after it; the first round is not counted."""
        took = {"deploy_challenge": [], "clean_challenge": []}
        for number in range(CALLS + 1):
            words = [word for i, name in enumerate(self.names)
                     for word in (name, "token", f"value-{number:08d}-{i:034d}")]
            for verb, each in took.items():
                spent = measure.spent(["env", *(f"{key}={value}" for key, value in
                                                self.hook.environment.items()),
                                       "dcvctl", "hook", "dehydrated", verb, *words])
                if number > 0:
                    each.append(spent)
            if self.backend.zone() != self.before:
                sys.exit("something was left")
        for verb, each in took.items():
            measure.tell(f"{verb} of {len(self.names)} names", each)
        return measure.line("S8 one call until effective / certbot's fixed wait",
                            [each.seconds / FIXED_CERTBOT_S for each in took["deploy_challenge"]],
                            at_most=EFFECTIVE)


def compare(what, ours, theirs):
    measure.line(f"   {what}", [b / a for a, b in zip(ours, theirs)])


def main():
    dcvctl = str(pathlib.Path(sys.argv[1]).resolve())
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    names = int(sys.argv[3]) if len(sys.argv) > 3 else NAMES
    with measure.directory() as where:
        (where / "backend").mkdir()
        with backends.UpdatesBind(where / "backend") as backend, \
                Watcher(where / "ca", backend.server.address()) as ca:
            bench = Bench(where, dcvctl, backend, ca, names)
            good = bench.effective()
            took = bench.turns(rounds, clients.Certbot, CertbotPluginAtOnce, CertbotPlugin)
            compare("certbot's plugin as it is / our hooks", took[clients.Certbot],
                    took[CertbotPlugin])
            compare("certbot's plugin without a wait or a look / our hooks", took[clients.Certbot],
                    took[CertbotPluginAtOnce])
            bench.turns(1, clients.DehydratedChain)
            took = bench.turns(1, clients.Lego, LegoProvider)
            compare("lego's provider without the minute between names / our hook",
                    took[clients.Lego], took[LegoProvider])
            print(f"  as it is, lego's provider waits {FIXED_LEGO_S * (names - 1)} s more: not run")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
