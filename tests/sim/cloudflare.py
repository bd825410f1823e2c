# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Cloudflare's interface, client/v4: zones, their records, batches of them, and the check of a
token. Made from the vendor's documents and from errors that users show in public.

Its account holds the zone that is served, and others: of the same name in another account, pending
and moved, and one of the same name that is internal. To write into those is a success that nobody
sees."""
import hashlib
import itertools
import json
import math
import re
import secrets
import time
import urllib.parse

import backends
import cloud
import cloudflare_faults
import cloudflare_records
from cloudflare_records import Refused

PREFIX = "/client/v4"
ZONES_PAGE = (5, 20, 50)  # least, default and most of a page
RECORDS_PAGE = (1, 100, 5000000)
BATCH_MAX = 200
WINDOW_S, BLOCK_S = 300, 300
WHEN = "2026-01-02T03:04:05.678901Z"
ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
ID = re.compile("[0-9a-f]{32}")
FULL = {"zones", "read", "edit"}  # Zone Read; DNS Read and DNS Edit


def identifier(*words):
    return hashlib.sha256("/".join(map(str, words)).encode()).hexdigest()[:32]


def number(query, key, default, least, most):
    text = query.get(key)
    if text is None:
        return default
    if not text.isdigit() or not least <= int(text) <= most:
        raise Refused(400, 1003, f"{key} must be between {least} and {most}.")
    return int(text)


def matches(operator, asked, value):
    """Letters are compared without case."""
    asked, value = asked.lower(), value.lower()
    return {"exact": asked == value, "contains": asked in value,
            "startswith": value.startswith(asked), "endswith": value.endswith(asked),
            "present": bool(value), "absent": not value}[operator]


class Cloudflare(cloud.Cloud):
    """tokens: what each may. key: of the account, with its e-mail address. most_a_page: pages are
    no longer than that, whatever is asked. quota: requests in five minutes, then all of them are
    refused for five more. proxied: what a record is that does not say. interposed: called with each
    request first; what it returns, if not None, is the answer. clock: in seconds."""

    def __init__(self, server, zone, zone_file, clock=time.monotonic):
        super().__init__(server, zone, zone_file)
        self.token = "v1-" + secrets.token_urlsafe(28)[:37]
        self.email, self.key = "dns@example.com", secrets.token_hex(19)[:37]
        self.tokens = {self.token: FULL}
        self.most_a_page, self.quota, self.proxied = RECORDS_PAGE[2], None, False
        self.interposed, self.clock = None, clock
        self.asked, self.blocked_until = [], 0.0
        self.ids = map(lambda n: identifier("record", n), itertools.count())
        self.make_zones()

    def make_zones(self):
        apex = f"{self.zone}."
        # What the interface does not hold: the SOA, the name servers, types it does not know.
        self.beyond = [one for one in self.sets if one["type"] not in cloudflare_records.TYPES or
                       (one["owner"], one["type"]) == (apex, "NS")]
        servers = [value.rstrip(".") for value in self.find(apex, "NS")["values"]]
        self.zones = [self.make_zone(self.zone, ACCOUNT, servers=servers)]
        self.id = self.zones[0]["id"]
        self.zones += [self.make_zone(self.zone, OTHER_ACCOUNT, "pending"),
                       self.make_zone(self.zone, OTHER_ACCOUNT, "moved"),
                       self.make_zone(self.zone, ACCOUNT, kind="internal"),
                       *(self.make_zone(f"z{n}.example.net", ACCOUNT) for n in range(60))]
        self.records = {zone["id"]: [] for zone in self.zones}
        for one in self.sets:
            if one not in self.beyond:
                for body in cloudflare_records.bodies(one):
                    self.create(self.records[self.id], self.zones[0], body)

    def make_zone(self, name, account, status="active", kind="full", servers=None):
        return {
            "id": identifier(name, account, status, kind), "name": name, "status": status,
            "paused": False, "type": kind, "development_mode": 0,
            "name_servers": servers or ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"],
            "original_name_servers": None, "original_registrar": None, "original_dnshost": None,
            "modified_on": WHEN, "created_on": WHEN,
            "activated_on": WHEN if status == "active" else None,
            "meta": {"step": 2, "custom_certificate_quota": 0, "page_rule_quota": 3,
                     "phishing_detected": False},
            "owner": {"id": None, "type": "user", "email": None},
            "account": {"id": account, "name": "One" if account == ACCOUNT else "Other"},
            "permissions": ["#dns_records:edit", "#dns_records:read", "#zone:read"],
            "plan": {"id": "0" * 32, "name": "Free Website", "price": 0,
                     "currency": "USD", "frequency": "", "is_subscribed": False,
                     "can_subscribe": False, "legacy_id": "free", "legacy_discount": False,
                     "externally_managed": False}}

    # The way of a request.

    def answer(self, request):
        try:
            given = self.interposed and self.interposed(request)
            if given:
                return given
            self.throttle()
            may = self.authenticate(request.headers)
            status, body = self.route(request, may)
        except Refused as refused:
            wait = math.ceil(self.blocked_until - self.clock())
            more = {"Retry-After": str(wait)} if refused.status == 429 else {}
            return self.told(refused.status, {"result": None, "success": False,
                                              "errors": [refused.error], "messages": []}, more)
        return self.told(status, {"success": True, "errors": [], "messages": [], **body})

    def told(self, status, body, more=None):
        left = self.quota - len(self.asked) if self.quota else 1200
        return status, {"Content-Type": "application/json",
                        "Ratelimit": f'"default";r={max(left, 0)};t={WINDOW_S}',
                        "Ratelimit-Policy": f'"default";q={self.quota or 1200};w={WINDOW_S}',
                        **(more or {})}, json.dumps(body).encode()

    @staticmethod
    def refuse(status, code, message):
        """An answer of what is interposed."""
        return status, {"Content-Type": "application/json"}, json.dumps(
            {"result": None, "success": False, "errors": [{"code": code, "message": message}],
             "messages": []}).encode()

    def throttle(self):
        now = self.clock()
        self.asked = [at for at in self.asked if at > now - WINDOW_S] + [now]
        if self.quota and len(self.asked) > self.quota and self.blocked_until <= now:
            self.blocked_until = now + BLOCK_S
        if self.blocked_until > now:
            raise Refused(429, 971, "Please wait and consider throttling your request speed")
        if self.blocked_until:
            self.asked, self.blocked_until = [now], 0.0

    def authenticate(self, headers):
        """What the sender may."""
        bearer, key = headers["Authorization"], headers["X-Auth-Key"]
        if bearer is not None:
            found = re.fullmatch(r"Bearer ([\w-]{40})", bearer)
            if not found:
                raise Refused(400, 6003, "Invalid request headers",
                              (6111, "Invalid format for Authorization header"))
            return self.tokens.get(found[1], set())
        if key is None or headers["X-Auth-Email"] is None:
            raise Refused(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
        if not re.fullmatch("[0-9a-f]{37}", key):
            raise Refused(400, 6003, "Invalid request headers",
                          (6103, "Invalid format for X-Auth-Key header"))
        if (headers["X-Auth-Email"], key) != (self.email, self.key):
            raise Refused(403, 9103, "Unknown X-Auth-Key or X-Auth-Email")
        return FULL

    def route(self, request, may):
        if not request.path.startswith(PREFIX + "/"):
            raise Refused(404, 7000, "No route for that URI")
        way = request.path[len(PREFIX) + 1:].split("/")
        if (request.method, way) == ("GET", ["user", "tokens", "verify"]):
            return self.verify(may)
        if not may:
            raise Refused(403, 9109, "Invalid access token")
        if way[0] != "zones":
            raise Refused(404, 7000, "No route for that URI")
        query = dict(urllib.parse.parse_qsl(request.query, keep_blank_values=True))
        if len(way) == 1 and request.method == "GET":
            if "zones" not in may:
                raise Refused(403, 9109, "Unauthorized to access requested resource")
            return 200, self.page(self.found_zones(query), query, ZONES_PAGE)
        zone = self.one_zone(way, request.path)
        if len(way) == 2 and request.method == "GET":
            return 200, {"result": zone}
        if way[2:3] != ["dns_records"]:
            raise Refused(404, 7000, "No route for that URI")
        if ("read" if request.method == "GET" else "edit") not in may:
            raise Refused(403, 10000, "Authentication error")
        return self.of_records(request, query, zone, way[3:])

    @staticmethod
    def verify(may):
        if not may:
            raise Refused(401, 1000, "Invalid API Token")
        return 200, {"result": {"id": "e" * 32, "status": "active"}, "messages": [
            {"code": 10000, "message": "This API Token is valid and active", "type": None}]}

    def one_zone(self, way, path):
        if len(way) < 2 or not ID.fullmatch(way[1]):
            raise Refused(404, 7003, f"Could not route to {path}, perhaps your object identifier is "
                          "invalid?", (7000, "No route for that URI"))
        found = [zone for zone in self.zones if zone["id"] == way[1]]
        if not found:
            raise Refused(403, 9109, "Unauthorized to access requested resource")
        return found[0]

    def of_records(self, request, query, zone, way):
        records = self.records[zone["id"]]
        if way == [] and request.method == "GET":
            return 200, self.page(self.found_records(query, records), query, RECORDS_PAGE)
        if len(way) == 1 and request.method == "GET":
            return 200, {"result": self.shown(self.record(records, way[0]))}
        body = self.body(request)
        changed = [dict(one) for one in records]
        if way == [] and request.method == "POST":
            result = self.create(changed, zone, body)
        elif way == ["batch"] and request.method == "POST":
            result = self.batch(changed, zone, body)
        elif len(way) == 1 and request.method in ("PUT", "PATCH"):
            result = self.write(changed, zone, dict(body, id=way[0]), request.method == "PUT")
        elif len(way) == 1 and request.method == "DELETE":
            result = {"id": self.delete(changed, {"id": way[0]})["id"]}
        else:
            raise Refused(405, 10405, "Method not allowed for this authentication scheme")
        self.commit(zone, changed)
        return 200, {"result": result}

    @staticmethod
    def body(request):
        if request.method == "DELETE":
            return {}
        try:
            body = json.loads(request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Refused(400, 6007, "Malformed JSON in request body")
        return body

    def commit(self, zone, changed):
        self.records[zone["id"]] = changed
        if zone["id"] == self.id:
            self.publish()

    def publish(self):
        self.sets = [*self.beyond, *cloudflare_records.served(self.records[self.id], self.zone)]
        super().publish()

    # Lists.

    def page(self, found, query, limits):
        least, default, most = limits
        size = min(number(query, "per_page", default, least, most), self.most_a_page)
        page = number(query, "page", 1, 1, 10 ** 9)
        shown = found[(page - 1) * size:page * size]
        return {"result": shown, "result_info": {
            "page": page, "per_page": size, "count": len(shown), "total_count": len(found),
            "total_pages": max(1, math.ceil(len(found) / size))}}

    def found_zones(self, query):
        """A filter by name may begin with an operator; internal zones are listed only if named."""
        operator, _, name = query.get("name", "").rpartition(":")
        operator = {"": "exact", "equal": "exact", "starts_with": "startswith",
                    "ends_with": "endswith"}.get(operator, operator)
        kinds = query.get("type", "full,partial,secondary").split(",")
        return [zone for zone in self.zones
                if (not name or matches(operator, name, zone["name"])) and
                zone["type"] in kinds and
                query.get("status", zone["status"]) == zone["status"] and
                query.get("account.id", zone["account"]["id"]) == zone["account"]["id"]]

    def found_records(self, query, records):
        tests = []
        for key, asked in query.items():
            field, _, operator = key.partition(".")
            if field in ("name", "content", "comment"):
                tests.append((field, operator or "exact", asked))
            elif field == "type":
                tests.append((field, "exact", asked))
        some = any if query.get("match") == "any" else all
        return [self.shown(one) for one in records if not tests or
                some(matches(operator, asked, one[field] or "") for field, operator, asked in tests)]

    def shown(self, record):
        return {**record, "proxiable": record["type"] in cloudflare_records.PROXIABLE,
                "settings": {}, "meta": {}, "created_on": WHEN, "modified_on": WHEN}

    @staticmethod
    def record(records, wanted):
        for one in records:
            if one["id"] == wanted:
                return one
        raise Refused(404, 81044, "Record does not exist.")

    # Changes, to a list of records that replaces the zone's if all goes well.

    def create(self, records, zone, body):
        record = {"id": next(self.ids),
                  **cloudflare_records.checked(body, zone["name"], self.proxied)}
        cloudflare_records.conflict(record, records)
        records.append(record)
        return self.shown(record)

    def write(self, records, zone, body, whole):
        """A record is replaced, or what the body says of it changes."""
        old = self.record(records, body.get("id"))
        given = body if whole else {**old, **body}
        record = {"id": old["id"],
                  **cloudflare_records.checked(given, zone["name"], self.proxied)}
        cloudflare_records.conflict(record, [one for one in records if one is not old])
        records[records.index(old)] = record
        return self.shown(record)

    def delete(self, records, body):
        old = self.record(records, body.get("id"))
        records.remove(old)
        return self.shown(old)

    def batch(self, records, zone, body):
        """In this order, all or nothing."""
        asked = {key: body.get(key) or [] for key in ("deletes", "patches", "puts", "posts")}
        if not any(asked.values()) or sum(map(len, asked.values())) > BATCH_MAX:
            raise Refused(400, 1004, "DNS Validation Error")
        how = {"deletes": lambda one: self.delete(records, one),
               "patches": lambda one: self.write(records, zone, one, False),
               "puts": lambda one: self.write(records, zone, one, True),
               "posts": lambda one: self.create(records, zone, one)}
        return {key: [how[key](one) for one in ones] for key, ones in asked.items()}


class Backend(backends.Service):
    """As an account of the vendor's in which little is by itself as it should be: short pages, and
    records that are proxied unless they say that they are not."""
    provider, own, more = "cloudflare", cloudflare_faults.TESTS, ""

    def make(self):
        service = Cloudflare(self.server, backends.ZONE_NAME, self.zone_file)
        service.most_a_page, service.proxied = 25, True
        return service

    def access(self):
        return {"url": self.url() + PREFIX, "token": self.service.token, "zone": self.service.id,
                "email": self.service.email, "key": self.service.key, "account": ACCOUNT,
                "other_account": OTHER_ACCOUNT, "name": backends.ZONE_NAME}

    def right_secret(self):
        return self.service.token

    def account(self):
        return self.account_with(self.right_secret())

    def account_with(self, token):
        return (f'url: "{self.endpoint()}{PREFIX}", requests_per_second: 100, '
                f"token: {{file: {self.secret('token', token)}}}{self.more}")

    def tokens(self, *several):
        """New tokens, each of which may this."""
        made = ["v1-" + secrets.token_urlsafe(28)[:37] for _ in several]
        self.service.tokens.update(zip(made, several))
        return made

    def use_zone_token(self):
        """Each of two tokens may do half of it, as lego has them."""
        records, zones = self.tokens({"read", "edit"}, {"zones"})
        self.write_account(f"{self.account_with(records)}, "
                           f"zone_token: {{file: {self.secret('zone-token', zones)}}}")

    def use_key(self):
        self.write_account(f'url: "{self.url()}{PREFIX}", email: {self.service.email}, '
                           f"key: {{file: {self.secret('key', self.service.key)}}}{self.more}")

    def use_certbot_ini(self):
        """What certbot's plugin has the token in, as the manual has it."""
        ini = self.secret("cloudflare.ini", "# certbot's\n"
                          f"dns_cloudflare_api_token = {self.service.token}")
        script = r"s/^dns_cloudflare_api_token *= *//p"
        self.write_account(f'url: "{self.url()}{PREFIX}", token: '
                           f"{{command: [sed, -n, {script!r}, {ini}]}}{self.more}")

    def use_wrong_secret(self):
        self.write_account(self.account_with("w" * 40))

    def append(self, owner, text):
        body = {"name": owner, "type": "TXT", "ttl": 300, "content": f'"{text}"'}
        with self.service.lock:
            changed = [*self.service.records[self.service.id]]
            self.service.create(changed, self.service.zones[0], body)
            self.service.commit(self.service.zones[0], changed)
        return True


class BatchBackend(Backend):
    """A change is one request."""
    more, variant, own = ", batch: yes", True, cloudflare_faults.OF_WRITING
