# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What the simulated services have in common: HTTP on loopback, and a zone that an NSD serves. Each
service is a file of its own here, made from its vendor's documents by other hands than the plugin
that talks to it."""
import contextlib
import http.server
import threading
import time

import store
from servers import dig


class Request:
    """As it came: method, target (path and query, encoded), headers, body (octets)."""

    def __init__(self, handler):
        self.method, self.target, self.headers = handler.command, handler.path, handler.headers
        self.path, _, self.query = handler.path.partition("?")
        self.body = handler.rfile.read(int(self.headers["Content-Length"] or 0))


class Cloud:
    """A context manager. `port`: where it listens. `sets`: those of the zone, each a dictionary of
    owner (absolute), type, ttl and values (presentation format), the SOA's among them."""

    def __init__(self, server, zone, zone_file):
        self.server, self.zone, self.zone_file, self.skew_s = server, zone, zone_file, 0
        self.sets = store.parse(zone_file.read_text())
        self.lock, cloud = threading.RLock(), self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def carry_out(self):
                request = Request(self)
                with cloud.lock:
                    status, headers, body = cloud.answer(request)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if request.method != "HEAD":
                    with contextlib.suppress(ConnectionError):  # who asked has gone
                        self.wfile.write(body)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = carry_out

            def date_time_string(self, timestamp=None):
                return super().date_time_string(cloud.now() if timestamp is None else timestamp)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.port = self.http.server_address[1]

    def __enter__(self):
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.05,))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()

    def now(self):
        """Its clock, `skew_s` ahead of ours."""
        return time.time() + self.skew_s

    def answer(self, request):
        """(status, headers, body) of a request; one at a time."""
        raise NotImplementedError

    def find(self, owner, rrtype):
        """The set, or None."""
        return next((one for one in self.sets if (one["owner"], one["type"]) == (owner, rrtype)),
                    None)

    def publish(self):
        """Returns when the sets are served."""
        self.sets = [one for one in self.sets if one["values"]]
        serial = store.count(self.sets, f"{self.zone}.")
        self.zone_file.write_text(store.render(self.sets))
        self.server.reload(self.zone)
        while int(dig(self.server.port, self.zone, "SOA")[0][1].split()[2]) != serial:
            pass
