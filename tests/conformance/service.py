# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""A service of the dialect httpreq, whose zone an NSD serves: a value is told to be there, or gone,
when it is served so."""
import base64
import http.server
import json
import threading

import store
from servers import dig

TTL_S = 300


class Service:
    """A context manager. zone: its name; `port`: where it listens. Whoever sends other words than
    user and password has 401."""

    def __init__(self, server, zone, zone_file, user, password):
        self.server, self.zone, self.zone_file = server, zone, zone_file
        self.token = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.lock, service = threading.Lock(), self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                text = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(service.carry_out(self.path, self.headers, text))
                self.send_header("Content-Length", "0")
                self.end_headers()

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

    def carry_out(self, path, headers, text):
        if headers["Authorization"] != self.token:
            return 401
        asked = json.loads(text)
        with self.lock:
            sets = store.parse(self.zone_file.read_text())
            if not self.change(sets, path, asked["fqdn"], f'"{asked["value"]}"'):
                return 404
            serial = store.count(sets, f"{self.zone}.")
            self.zone_file.write_text(store.render(sets))
            self.server.reload(self.zone)
            while int(dig(self.server.port, self.zone, "SOA")[0][1].split()[2]) != serial:
                pass
        return 200

    @staticmethod
    def change(sets, path, owner, value):
        found = next((s for s in sets if (s["owner"], s["type"]) == (owner, "TXT")), None)
        if path not in ("/present", "/cleanup"):
            return False
        if found is None:
            found = {"owner": owner, "type": "TXT", "ttl": TTL_S, "values": []}
            sets.append(found)
        found["values"] = [other for other in found["values"] if other != value]
        if path == "/present":
            found["values"].append(value)
        return True
