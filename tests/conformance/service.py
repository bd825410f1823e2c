# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""A service of the dialect httpreq: a value is told to be there, or gone, when it is served so."""
import base64
import json

import cloud

TTL_S = 300


class Service(cloud.Cloud):
    """Whoever sends other words than user and password has 401."""

    def __init__(self, server, zone, zone_file, user, password):
        super().__init__(server, zone, zone_file)
        self.token = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def answer(self, request):
        if request.headers["Authorization"] != self.token:
            return 401, {}, b""
        asked = json.loads(request.body)
        if request.path not in ("/present", "/cleanup"):
            return 404, {}, b""
        self.change(asked["fqdn"], f'"{asked["value"]}"', request.path == "/present")
        self.publish()
        return 200, {}, b""

    def change(self, owner, value, present):
        found = self.find(owner, "TXT")
        if found is None:
            found = {"owner": owner, "type": "TXT", "ttl": TTL_S, "values": []}
            self.sets.append(found)
        found["values"] = [other for other in found["values"] if other != value]
        if present:
            found["values"].append(value)
