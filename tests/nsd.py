# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""An NSD on loopback for a test, and dig to ask it."""
import contextlib
import os
import socket
import subprocess
import time

from report import Failure

START_S = 15


def free_port():
    """A port that is free for UDP and TCP."""
    for _ in range(50):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError):
                udp.bind(tcp.getsockname())
                return tcp.getsockname()[1]
    raise Failure("no free port")


def dig(port, name, rrtype, tries=3):
    """What the server answers: a list of (ttl, rdata)."""
    done = subprocess.run(
        ["dig", "@127.0.0.1", "-p", str(port), "+norec", "+noall", "+answer", "+time=1",
         f"+tries={tries}", name, rrtype], capture_output=True, text=True, timeout=20)
    answers = [line.split(None, 4) for line in done.stdout.splitlines()
               if line and not line.startswith(";")]
    return [(int(fields[1]), fields[4]) for fields in answers if fields[3] == rrtype]


class Nsd:
    """zones: the zone file by the zone's name. Runs in the foreground, in a group of its own;
    a context manager. `conf` is its configuration, `port` its port."""

    def __init__(self, where, zones):
        self.where, self.zones = where, zones
        self.conf, self.port, self.process = where / "nsd.conf", free_port(), None
        self.conf.write_text(f"""\
server:
    ip-address: 127.0.0.1@{self.port}
    username: ""
    chroot: ""
    zonesdir: "{where}"
    pidfile: "{where}/nsd.pid"
    database: ""
    zonelistfile: "{where}/zone.list"
    xfrdfile: "{where}/xfrd.state"
    xfrdir: "{where}"
    logfile: "{where}/nsd.log"
    server-count: 1
remote-control:
    control-enable: yes
    control-interface: "{where}/nsd.sock"
""" + "".join(f'zone:\n    name: {zone}\n    zonefile: "{path}"\n'
              for zone, path in zones.items()))

    def address(self):
        return f"127.0.0.1:{self.port}"

    def __enter__(self):
        self.process = subprocess.Popen(
            ["nsd", "-d", "-c", str(self.conf)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        end = time.monotonic() + START_S
        while self.process.poll() is None and time.monotonic() < end:
            if all(dig(self.port, zone, "SOA", tries=1) for zone in self.zones):
                return self
            time.sleep(0.02)
        self.__exit__()
        log = self.where / "nsd.log"
        raise Failure("NSD does not answer:\n" + (log.read_text() if log.exists() else ""))

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, 9)
                self.process.wait()

    def reload(self, zone):
        subprocess.run(["nsd-control", "-c", str(self.conf), "reload", zone], check=True,
                       stdout=subprocess.DEVNULL, timeout=10)
