# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""ACME clients as people have them, each with a hook, at a CA of the test (pebble.Pebble). What a
client calls is a Hook; what it does with that is its own."""
import os
import pathlib
import re
import signal
import subprocess
import time

from cryptography import x509

import acme
from report import Failure

LIMIT_S = 600
MAIL = "hostmaster@example.com"


EXAMPLES = pathlib.Path(__file__).resolve().parents[1] / "examples" / "hooks"
PROGRAMS = {
    "certbot-auth": "dcvctl hook certbot-auth",
    "certbot-cleanup": "dcvctl hook certbot-cleanup",
    "lego": EXAMPLES / "dcvctl-lego",
    "dehydrated": EXAMPLES / "dcvctl-dehydrated",
    "acme.sh": EXAMPLES / "dns_dcvctl.sh",
}


class Hook:
    """What the clients call: the examples as they stand, which find `dcvctl` on this path;
    `programs`: others in the place of some. `program(DIALECT)` is a command without arguments."""

    def __init__(self, config, path, programs=()):
        self.environment = {"DCVCTL_CONFIG": str(config), "DCVCTL_UNTIL": "effective",
                            "PATH": path}
        self.programs = {**PROGRAMS, **dict(programs)}

    def program(self, dialect):
        return str(self.programs[dialect])


class Outcome:
    """How a client ended: `issued` are the names of its certificate, None without one."""

    def __init__(self, status, text, seconds, issued):
        self.status, self.text, self.seconds, self.issued = status, text, seconds, issued


def names_of(pem):
    """The DNS names of the first certificate."""
    found = x509.load_pem_x509_certificate(pem).extensions.get_extension_for_class(
        x509.SubjectAlternativeName).value
    return sorted(found.get_values_for_type(x509.DNSName))


class Client:
    """In a directory of its own. `resolver`: the address of the name server, for its own looks."""

    def __init__(self, where, ca, resolver, hook):
        where.mkdir()
        self.where, self.ca, self.resolver, self.hook = where, ca, resolver, hook

    def environment(self):
        """Without what tells Python where our modules are: certbot has an `acme` of its own."""
        return {**{key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
                **self.hook.environment, "HOME": str(self.where)}

    def run(self, *argv, **environment):
        """In a group of its own, since tests kill all of that; (exit status, what it said)."""
        with (self.where / "said").open("w+") as said:
            with subprocess.Popen([str(word) for word in argv], stdin=subprocess.DEVNULL,
                                  stdout=said, stderr=said, cwd=self.where,
                                  env={**self.environment(), **environment},
                                  start_new_session=True) as process:
                try:
                    status = process.wait(timeout=LIMIT_S)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    status = "killed, since it took too long"
            said.seek(0)
            return status, f"$ {' '.join(map(str, argv))}\n{said.read()}"

    def issue(self, names):
        begun = time.monotonic()
        status, text = self.order(names)
        chains = [path for path in self.where.glob(self.chain)
                  if path.is_file() and not path.name.endswith(".issuer.crt")]
        return Outcome(status, text, time.monotonic() - begun,
                       names_of(chains[0].read_bytes()) if chains else None)

    def order(self, names):
        raise NotImplementedError


class Certbot(Client):
    chain = "etc/live/*/cert.pem"

    def order(self, names):
        return self.certbot(names, "--manual", "--preferred-challenges", "dns",
                            "--manual-auth-hook", self.hook.program("certbot-auth"),
                            "--manual-cleanup-hook", self.hook.program("certbot-cleanup"))

    def certbot(self, names, *how):
        return self.run("certbot", "certonly", "-n", "--agree-tos", "-m", MAIL, "--server",
                        self.ca.url, "--config-dir", self.where / "etc", "--work-dir",
                        self.where / "work", "--logs-dir", self.where / "log", *how,
                        *(word for name in names for word in ("-d", name)),
                        REQUESTS_CA_BUNDLE=str(self.ca.certificate))


class Lego(Client):
    chain, mode = "lego/certificates/*.crt", ""

    def order(self, names):
        """Without its own look at the zone's servers, which it knows at port 53 only."""
        return self.lego(names, "exec", EXEC_PATH=self.hook.program("lego"), EXEC_MODE=self.mode,
                         EXEC_SEQUENCE_INTERVAL="0", EXEC_POLLING_INTERVAL="0")

    def lego(self, names, provider, **environment):
        return self.run("lego", "--server", self.ca.url, "--path", self.where / "lego",
                        "--accept-tos", "--email", MAIL, "--dns", provider, "--dns.disable-cp",
                        "--dns.resolvers", self.resolver,
                        *(word for name in names for word in ("-d", name)), "run",
                        LEGO_CA_CERTIFICATES=str(self.ca.certificate), **environment)


class LegoRaw(Lego):
    mode = "RAW"


class Dehydrated(Client):
    chain, together = "certs/*/cert.pem", "no"

    def order(self, names):
        config = self.where / "config"
        config.write_text(
            f'CA="{self.ca.url}"\nBASEDIR="{self.where}"\nCHALLENGETYPE=dns-01\n'
            f'HOOK="{self.hook.program("dehydrated")}"\nHOOK_CHAIN={self.together}\n'
            f'CURL_OPTS="--cacert {self.ca.certificate}"\nKEY_ALGO=prime256v1\n')
        status, text = self.run("dehydrated", "-f", config, "--register", "--accept-terms")
        if status:
            return status, text
        return self.run("dehydrated", "-f", config, "-c",
                        *(word for name in names for word in ("-d", name)))


class DehydratedChain(Dehydrated):
    together = "yes"


class AcmeSh(Client):
    """acme.sh is in no Debian. The calls are as it was seen to make them: each in a sub-shell that
    has read the shim, all additions, then the challenges, then all removals; where an addition
    fails, the earlier ones are removed and it ends. What it asks of a CA is asked in its place."""
    chain = "cert.pem"

    def order(self, names):
        order, done, text = acme.Client(self.ca).order(names), [], ""
        for name, value in order.values:
            status, said = self.call("add", name, value)
            text += said
            if status:
                return status, text + self.remove(done)
            done.append((name, value))
        order.submit()
        why = order.outcome()
        text += self.remove(done)
        if why is None:
            (self.where / self.chain).write_bytes(order.chain)
        return int(why is not None), text + (why or "")

    def remove(self, done):
        return "".join(self.call("rm", *one)[1] for one in done)

    def call(self, verb, name, value):
        shim = pathlib.Path(self.hook.program("acme.sh"))
        known = "".join(f"{word}() {{ {body}; }}\n" for word, body in (
            ("_info", 'echo "$@"'), ("_err", 'echo "$@" >&2'), ("_debug", ":"),
            ("_debug2", ":"), ("_secure_debug", ":"), ("_readaccountconf_mutable", ":"),
            ("_saveaccountconf_mutable", ":"), ("_readdomainconf", ":"), ("_savedomainconf", ":")))
        return self.run("sh", "-c", f'{known}( . "$1"; {shim.stem}_{verb} "$2" "$3" )', "acme.sh",
                        shim, f"_acme-challenge.{name}", value)


CLIENTS = {
    "certbot": Certbot,
    "lego": Lego,
    "lego-raw": LegoRaw,
    "dehydrated": Dehydrated,
    "dehydrated-chain": DehydratedChain,
    "acme.sh": AcmeSh,
}
