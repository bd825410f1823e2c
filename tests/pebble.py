# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""A CA for tests (pebble) with a certificate of its own making; it truly asks for each value."""
import json
import ssl
import subprocess
import time
import urllib.error
import urllib.request

from report import Failure
from servers import free_port

START_S = 30


class Pebble:
    """Asks the name server at `resolver`. A context manager: `url` is its directory's,
    `certificate` what a client must trust."""

    def __init__(self, where, resolver):
        where.mkdir()
        self.where, self.resolver, self.process = where, resolver, None
        self.certificate = where / "cert.pem"
        listen, manage = free_port(), free_port()
        self.url = f"https://127.0.0.1:{listen}/dir"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
             "subjectAltName=IP:127.0.0.1", "-keyout", where / "key.pem", "-out",
             self.certificate], check=True, capture_output=True, timeout=30)
        (where / "config.json").write_text(json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{listen}", "managementListenAddress": f"127.0.0.1:{manage}",
            "certificate": str(self.certificate), "privateKey": str(where / "key.pem"),
            "httpPort": 5002, "tlsPort": 5001, "ocspResponderURL": "",
            "externalAccountBindingRequired": False}}))

    def trust(self):
        return ssl.create_default_context(cafile=str(self.certificate))

    def __enter__(self):
        with self.out() as out:
            self.process = subprocess.Popen(
                ["pebble", "-config", str(self.where / "config.json"), "-dnsserver", self.resolver],
                env={"PATH": "/usr/bin:/bin", "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_AUTHZREUSE": "0",
                     "PEBBLE_WFE_NONCEREJECT": "0"}, stdin=subprocess.DEVNULL, stdout=out,
                stderr=out, start_new_session=True)
        try:
            self.answers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def answers(self):
        """Returns as soon as it listens."""
        end, trust = time.monotonic() + START_S, self.trust()
        while True:
            try:
                with urllib.request.urlopen(self.url, timeout=5, context=trust):
                    return
            except urllib.error.URLError as error:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise Failure(f"pebble does not answer: {error}\n{self.log()}") from None
                time.sleep(0.05)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=10)

    def out(self):
        """Where it writes what it does."""
        return (self.where / "log").open("w")

    def log(self):
        return (self.where / "log").read_text(errors="backslashreplace")
