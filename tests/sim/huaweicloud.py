# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Huawei Cloud DNS: zones and record sets, v2 and v2.1, at the address of its account's other
services. Made from the vendor's documents. A record set that was written is PENDING_… for `reads`
readings, and served when it is ACTIVE. What a test can have happen: refuse(), meanwhile (once,
before the next write), after_read (once, after the next list of record sets by a name), reads,
ends, settle(), add() and change() as another program, gate.rate, skew_s, a zone's status."""
import json
import re
import secrets
import urllib.parse

import backends
import huaweicloud_faults
import huaweicloud_values as values
from huaweicloud_account import CERTIFICATE, REGION, USER, Account, here
from huaweicloud_gate import Refused, answer, stamp

LINE, PAGE_MAX, BATCH_PUT, BATCH_DELETE = "default_view", 500, 50, 100
WEIGHTED_MAX = 20
CROWD = 510  # zones whose names have the zone's in them: it is not on the first page of a search
REFUSALS = {  # what a test may have answered: status and message by code
    "APIGW.0308": (429, "The throttling threshold has been reached: policy user over ratelimit,"
                   "limit:100,time:1 minute"),
    "DNS.0000": (500, "The system is busy. Try again later."),
    "DNS.0013": (403, "You do not have the permission to perform this operation using the API."),
    "DNS.0014": (403, "Request forbidden by flow control."),
    "DNS.0021": (409, "Could not acquire the lock, please try again later."),
    "DNS.0030": (403, "Operation not allowed for this resource."),
    "DNS.0209": (409, "The zone is not in the Normal state."),
    "DNS.0213": (400, "The zone is disabled."),
    "DNS.0314": (409, "The record set is not in a steady state."),
    "DNS.0403": (403, "Insufficient record set quota."),
}


def new_id():
    return "ff80" + secrets.token_hex(14)


class Zone:
    """name: absolute. `sets`: dictionaries of id, owner, type, ttl, values, line, weight,
    description, status, default, created, updated; `left`, readings until what is pending comes
    about, and `shown`: (ttl, values) that are served, or None."""

    def __init__(self, name, region=REGION, is_private=False):
        self.id, self.name, self.region, self.is_private = new_id(), name, region, is_private
        self.status, self.sets = "ACTIVE", []


class Huawei(Account):
    def __init__(self, server, zone, zone_file):
        super().__init__(server, zone, zone_file)
        self.region, self.reads, self.ends = REGION, 1, "ACTIVE"
        self.refusals, self.meanwhile, self.after_read = [], None, None
        self.main = Zone(f"{zone}.")
        self.zones = [*(Zone(f"{zone}.{number}.test.") for number in range(CROWD)),
                      Zone(f"{zone}.", is_private=True), Zone("elsewhere.example.", "eu-west-101"),
                      self.main]
        for one in self.sets:
            if one["type"] in (*values.TYPES, "SOA"):
                self.keep(self.main, one["owner"], one["type"], one["ttl"], one["values"],
                          default=one["owner"] == self.main.name and one["type"] in ("SOA", "NS"))

    # --- what a test can do ---

    def keep(self, zone, owner, rrtype, ttl, records, **more):
        """A set as if it had stood there for long."""
        kept = {"id": new_id(), "owner": owner, "type": rrtype, "ttl": ttl,
                "values": list(records), "line": LINE, "weight": None, "description": None,
                "status": "ACTIVE", "default": False, "created": self.now(),
                "updated": self.now(), "left": 0, "shown": (ttl, list(records)), **more}
        zone.sets.append(kept)
        return kept

    def add(self, owner, rrtype, ttl, records, **more):
        """As another program: a set that is served."""
        with self.lock:
            kept = self.keep(self.main, owner, rrtype, ttl, records, **more)
            self.serve([kept])
            return kept

    def change(self, kept, records):
        """As another program."""
        with self.lock:
            kept.update(values=list(records), shown=(kept["ttl"], list(records)),
                        status="ACTIVE", updated=self.now())
            self.serve([kept])

    def refuse(self, code, times=1, what="all"):
        """The next so many requests ("all", "reads" or "writes") are answered with this code."""
        self.refusals += [(code, what)] * times

    def settle(self):
        """Time passes: what is pending comes about."""
        with self.lock:
            for zone in self.zones:
                self.pass_by(zone, [one for one in zone.sets if one["status"].startswith("PEND")],
                             True)

    # --- requests ---

    def answer(self, request):
        try:
            for method, pattern, function, is_open in ROUTES:
                words = re.fullmatch(pattern, request.path)
                if method == request.method and words:
                    return self.carry_out(function, request, words.groups(), is_open)
            raise Refused(404, "APIGW.0101", "The API does not exist or has not been published in "
                          "the environment")
        except Refused as refused:
            return refused.answer

    def carry_out(self, function, request, words, is_open):
        if not is_open:
            self.gate.let_in(request)
            self.refuse_if_told(request.method != "GET")
            if request.method != "GET" and self.meanwhile is not None:
                change, self.meanwhile = self.meanwhile, None
                change()
        return function(self, request, *words)

    def refuse_if_told(self, is_write):
        for index, (code, what) in enumerate(self.refusals):
            if what in ("all", "writes" if is_write else "reads"):
                del self.refusals[index]
                raise Refused(REFUSALS[code][0], code, REFUSALS[code][1])

    @staticmethod
    def body(request):
        try:
            body = json.loads(request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Refused(400, "DNS.0002", "Invalid request.")
        return body

    # --- zones ---

    def zone_of(self, number):
        for zone in self.zones:
            if zone.id == number and zone.region == self.region:
                return zone
        raise Refused(404, "DNS.0302", "This zone does not exist.")

    def list_zones(self, request):
        query = dict(urllib.parse.parse_qsl(request.query))
        is_private = query.get("type") == "private"
        found = [zone for zone in self.zones
                 if zone.region == self.region and zone.is_private == is_private and
                 matches(query, "name", zone.name) and matches(query, "status", zone.status)]
        page, links = self.page(request, query, found, lambda zone: zone.id)
        return answer(200, {"zones": [self.zone_shown(request, zone) for zone in page],
                            "links": links, "metadata": {"total_count": len(found)}})

    def show_zone(self, request, number):
        return answer(200, self.zone_shown(request, self.zone_of(number)))

    def nameservers(self, _request, number):
        zone = self.zone_of(number)
        names = [name for one in zone.sets if (one["owner"], one["type"]) == (zone.name, "NS")
                 for name in one["values"]]
        return answer(200, {"nameservers": [{"hostname": name, "priority": priority}
                                            for priority, name in enumerate(names, 1)]})

    def zone_shown(self, request, zone):
        return {"id": zone.id, "name": zone.name, "description": None, "ttl": 300, "serial": 1,
                "email": "hwclouds.cs@huawei.com", "masters": [], "status": zone.status,
                "pool_id": "ff8080825ce479fe015ceca527b90001", "project_id": self.project,
                "zone_type": "private" if zone.is_private else "public",
                "created_at": moment(self.now()), "updated_at": moment(self.now()),
                "record_num": len(zone.sets), "tags": [], "enterprise_project_id": "0",
                "links": {"self": f"{here(request)}/v2/zones/{zone.id}"}}

    @staticmethod
    def page(request, query, found, number):
        """Of what was found the page that the query asks for, and its links."""
        limit = query.get("limit", str(PAGE_MAX))
        if not limit.isdigit() or int(limit) > PAGE_MAX:
            raise Refused(400, "DNS.0006", "The limit parameter is invalid.")
        begin, limit = int(query.get("offset", 0)), int(limit)
        if query.get("marker"):
            numbers = [number(one) for one in found]
            if query["marker"] not in numbers:
                raise Refused(400, "DNS.0007", "The marker parameter is invalid.")
            begin = numbers.index(query["marker"]) + 1
        page, links = found[begin:begin + limit], {"self": here(request) + request.target}
        if page and begin + limit < len(found):
            rest = {key: value for key, value in query.items() if key not in ("marker", "offset")}
            links["next"] = (f"{here(request)}{request.path}?" +
                             urllib.parse.urlencode({**rest, "marker": number(page[-1])}))
        return page, links

    # --- record sets, read ---

    def list_sets(self, request, version, number):
        zone = self.zone_for(version, number)
        query = dict(urllib.parse.parse_qsl(request.query))
        found = [one for one in zone.sets
                 if query.get("type") in (None, one["type"]) and
                 matches(query, "name", one["owner"]) and matches(query, "line_id", one["line"]) and
                 matches(query, "status", one["status"]) and matches(query, "id", one["id"])]
        self.pass_by(zone, found)
        found = [one for one in found if one in zone.sets]
        page, links = self.page(request, query, found, lambda one: one["id"])
        told = answer(200, {"links": links, "metadata": {"total_count": len(found)}, "recordsets":
                            [self.set_shown(request, version, zone, one) for one in page]})
        if self.after_read is not None and query.get("name"):
            change, self.after_read = self.after_read, None
            change()
        return told

    def show_set(self, request, version, number, set_number):
        zone = self.zone_for(version, number)
        self.pass_by(zone, [self.set_of(zone, set_number)])
        return answer(200, self.set_shown(request, version, zone, self.set_of(zone, set_number)))

    def zone_for(self, version, number):
        """v2.1 knows public zones only."""
        zone = self.zone_of(number)
        if zone.is_private and version == "v2.1":
            raise Refused(400, "DNS.0008", "The zone of this type is not supported now.")
        return zone

    @staticmethod
    def set_of(zone, number):
        for one in zone.sets:
            if one["id"] == number:
                return one
        raise Refused(404, "DNS.0313", "This record set does not exist.")

    def set_shown(self, request, version, zone, one):
        records = one["values"]
        if one["type"] == "SOA":
            served = self.find(zone.name, "SOA")["values"][0].split()
            records = [f"{served[0]} {served[1]} ({' '.join(served[2:])})"]
        shown = {"id": one["id"], "name": one["owner"], "description": one["description"],
                 "zone_id": zone.id, "zone_name": zone.name, "type": one["type"],
                 "ttl": one["ttl"], "records": records, "status": one["status"],
                 "default": one["default"], "project_id": self.project, "links": {"self":
                     f"{here(request)}/{version}/zones/{zone.id}/recordsets/{one['id']}"}}
        d = "d" if version == "v2.1" else ""
        shown[f"create{d}_at"], shown[f"update{d}_at"] = (moment(one["created"]),
                                                          moment(one["updated"]))
        if version == "v2.1":
            shown.update(line=one["line"], weight=1 if one["weight"] is None else one["weight"],
                         health_check_id=None, alias_target=None)
        return shown

    # --- what is pending ---

    def pass_by(self, zone, found, at_once=False):
        """The sets are read once more; those that come about are served."""
        ready = []
        for one in found:
            if not one["status"].startswith("PENDING_"):
                continue
            if one["left"] == 0 or at_once:
                ready.append(one)
            elif one["left"] is not None:
                one["left"] -= 1
        for one in ready:
            self.come_about(zone, one)
        if ready and zone is self.main:
            self.serve(ready)

    @staticmethod
    def come_about(zone, one):
        if one["then"] == "ERROR":
            one["status"] = "ERROR"
        elif one["status"] == "PENDING_DELETE":
            one["shown"] = None
            zone.sets.remove(one)
        else:
            one["status"], one["shown"] = "ACTIVE", (one["ttl"], list(one["values"]))

    def serve(self, changed):
        """Their owners and types as the default line has them."""
        for owner, rrtype in {(one["owner"], one["type"]) for one in changed}:
            shown = [one["shown"] for one in self.main.sets
                     if (one["owner"], one["type"], one["line"]) == (owner, rrtype, LINE) and
                     one["shown"]]
            self.sets = [one for one in self.sets if (one["owner"], one["type"]) !=
                         (owner, rrtype)]
            if shown:
                records = [text for _, records in shown for text in records]
                self.sets.append({"owner": owner, "type": rrtype, "ttl": shown[0][0],
                                  "values": list(dict.fromkeys(records))})
        self.publish()

    def pend(self, one, what):
        one.update(status=f"PENDING_{what}", left=self.reads, then=self.ends, updated=self.now())

    # --- record sets, written ---

    def create_set(self, request, version, number):
        zone = self.writable(version, number)
        body = self.body(request)
        rrtype = body.get("type")
        if rrtype not in values.TYPES or zone.is_private and rrtype in ("CAA", "NS"):
            raise Refused(400, "DNS.0307", "Invalid record set type.")
        owner = values.name(body.get("name"), zone.name)
        ttl = body.get("ttl")
        new = (owner, rrtype, values.ttl(values.TTL if ttl is None else ttl, zone.is_private),
               values.values(rrtype, body.get("records")))
        more = {"line": LINE, "weight": None}
        if version == "v2.1":
            more = {"line": body.get("line") or LINE, "weight": values.weight(body.get("weight"))}
        self.check_conflict(zone, owner, rrtype, more["line"], more["weight"])
        one = self.keep(zone, *new, shown=None, **more,
                        description=values.description(body.get("description")))
        self.pend(one, "CREATE")
        return answer(202, self.set_shown(request, version, zone, one))

    def writable(self, version, number):
        zone = self.zone_for(version, number)
        if zone.status == "DISABLE":
            raise Refused(400, "DNS.0213", "The zone is disabled.")
        if zone.status != "ACTIVE":
            raise Refused(409, "DNS.0209", "The zone is not in the Normal state.")
        return zone

    @staticmethod
    def check_conflict(zone, owner, rrtype, line, weight):
        sets = [one for one in zone.sets if (one["owner"], one["line"]) == (owner, line)]
        same = [one for one in sets if one["type"] == rrtype]
        other = [one for one in sets if one["type"] != rrtype and
                 "CNAME" in (one["type"], rrtype)]
        if weight is not None and same and not other:
            if any(one["weight"] is None for one in same):
                raise Refused(400, "DNS.0328", "Cannot create this record set because the same "
                              "one already exists but is not weighted. Specify a weight for the "
                              "previous record set first.")
            if len(same) >= WEIGHTED_MAX:
                raise Refused(400, "DNS.0322", "The number of weighted record sets with the same "
                              f"name, type, and resolution line has reached the limit "
                              f"{WEIGHTED_MAX}.")
            return
        for one in (*other, *same):
            raise Refused(400, "DNS.0312", f"Attribute 'name' conflicts with Record Set "
                          f"'{one['owner']}' type '{one['type']}' in line '{one['line']}'.")

    def new_state(self, zone, one, body):
        """What a change would make of a set; what is not named stays."""
        if one["default"]:
            raise Refused(400, "DNS.0318",
                          "This record set is a default one and cannot be updated.")
        if one["status"].startswith("PENDING_"):
            raise Refused(409, "DNS.0314", "The record set is not in a steady state.")
        new = {}
        if body.get("ttl") is not None:
            new["ttl"] = values.ttl(body["ttl"], zone.is_private)
        if body.get("records") is not None:
            new["values"] = values.values(one["type"], body["records"])
        if body.get("description") is not None:
            new["description"] = values.description(body["description"])
        if body.get("weight") is not None and one["weight"] is not None:
            new["weight"] = values.weight(body["weight"])
        return new

    def update_set(self, request, version, number, set_number):
        """The name is not changed; that and the type must be there."""
        zone = self.writable(version, number)
        one, body = self.set_of(zone, set_number), self.body(request)
        values.name(body.get("name"), zone.name)
        if body.get("type") != one["type"]:
            raise Refused(400, "DNS.0307", "Invalid record set type.")
        one.update(self.new_state(zone, one, body))
        self.pend(one, "UPDATE")
        return answer(202, self.set_shown(request, version, zone, one))

    def delete_set(self, request, version, number, set_number):
        zone = self.writable(version, number)
        one = self.set_of(zone, set_number)
        if version == "v2" and one["line"] != LINE:
            raise Refused(403, "DNS.0030", "Operation not allowed for this resource.")
        self.start_deletion(one)
        return answer(202, self.set_shown(request, version, zone, one))

    def start_deletion(self, one):
        if one["default"]:
            raise Refused(400, "DNS.0317",
                          "This record set is a default one and cannot be deleted.")
        if one["status"].startswith("PENDING_"):
            raise Refused(409, "DNS.0314", "The record set is not in a steady state.")
        self.pend(one, "DELETE")

    def update_sets(self, request, number):
        """All of them or none."""
        zone, told = self.writable("v2.1", number), self.body(request).get("recordsets")
        if not isinstance(told, list) or not told:
            raise Refused(400, "DNS.0002", "Invalid request.")
        if len(told) > BATCH_PUT:
            raise Refused(400, "DNS.0329", "The batch number has been out of MAX count. The "
                          f"maximum is {BATCH_PUT}.")
        sets = [self.set_of(zone, body.get("id")) for body in told]
        states = [self.new_state(zone, one, body) for one, body in zip(sets, told)]
        for one, state in zip(sets, states):
            one.update(state)
            self.pend(one, "UPDATE")
        return self.many(request, zone, sets)

    def delete_sets(self, request, number):
        """Those that are not there count as deleted."""
        zone, told = self.writable("v2.1", number), self.body(request).get("recordset_ids")
        if not isinstance(told, list) or not told:
            raise Refused(400, "DNS.0002", "Invalid request.")
        if len(told) > BATCH_DELETE:
            raise Refused(400, "DNS.0327", "The batch number has been out of MAX count. The "
                          f"maximum is {BATCH_DELETE}.")
        sets = [one for one in zone.sets if one["id"] in told]
        for one in sets:
            self.start_deletion(one)
        return self.many(request, zone, sets)

    def many(self, request, zone, sets):
        return answer(202, {"links": {"self": here(request) + request.target},
                            "metadata": {"total_count": len(sets)}, "recordsets":
                            [self.set_shown(request, "v2.1", zone, one) for one in sets]})


def matches(query, key, text):
    """Whole with search_mode=equal, else anywhere within; a name with its final dot or without."""
    if not query.get(key):
        return True
    if query.get("search_mode") == "equal":
        return query[key].lower().rstrip(".") == text.lower().rstrip(".")
    return query[key].lower() in text.lower()


def moment(now):
    return stamp(now, "%Y-%m-%dT%H:%M:%S.000")


ZONE, SET = r"([0-9a-z]+)", r"([0-9a-z]+)"
SETS = rf"/(v2(?:\.1)?)/zones/{ZONE}/recordsets"
ROUTES = (
    ("GET", "/v2/zones", Huawei.list_zones, False),
    ("GET", f"/v2/zones/{ZONE}", Huawei.show_zone, False),
    ("GET", f"/v2/zones/{ZONE}/nameservers", Huawei.nameservers, False),
    ("GET", SETS, Huawei.list_sets, False),
    ("POST", SETS, Huawei.create_set, False),
    ("PUT", rf"/v2\.1/zones/{ZONE}/recordsets", Huawei.update_sets, False),
    ("DELETE", rf"/v2\.1/zones/{ZONE}/recordsets", Huawei.delete_sets, False),
    ("GET", f"{SETS}/{SET}", Huawei.show_set, False),
    ("PUT", f"{SETS}/{SET}", Huawei.update_set, False),
    ("DELETE", f"{SETS}/{SET}", Huawei.delete_set, False),
    ("GET", "/v3/projects", Huawei.list_projects, False),
    ("GET", r"/v3/scm/certificates/(\w+)", Huawei.certificate, False),
    ("POST", "/v3/auth/tokens", Huawei.new_token, True),
    ("PUT", "/meta-data/latest/api/token", Huawei.metadata_token, True),
    ("GET", "/openstack/latest/securitykey", Huawei.security_key, True),
)


class Backend(backends.Service):
    """variables: of the environment, beside those of every backend."""
    provider, own, variables = "huaweicloud", huaweicloud_faults.TESTS, {}

    def make(self):
        return Huawei(self.server, backends.ZONE_NAME, self.zone_file)

    def right_secret(self):
        return self.service.secret

    def account(self):
        return self.account_with(self.endpoint(), self.right_secret())

    def account_with(self, endpoint, secret):
        return (f'region: {REGION}, endpoint: "{endpoint}", iam_endpoint: "{endpoint}", '
                f'scm_endpoint: "{endpoint}", '
                f"access_key: {{file: {self.secret('access.key', self.service.access)}}}, "
                f"secret_key: {{file: {self.secret('secret.key', secret)}}}, "
                "requests_per_second: 100")

    def use_wrong_secret(self):
        self.write_account(self.account_with(self.url(), "another-secret"))

    def keyless(self, more):
        """An account that has no keys itself."""
        self.write_account(f'endpoint: "{self.url()}", iam_endpoint: "{self.url()}", '
                           f'metadata_endpoint: "{self.url()}", scm_endpoint: "{self.url()}", '
                           f"{more}")

    def use_token(self, more=f"auth: token, region: {REGION}"):
        self.keyless(f'{more}, username: {USER["username"]}, domain_name: {USER["domain_name"]}, '
                     f'project_name: {USER["project_name"]}, '
                     f"password: {{file: {self.secret('password', self.service.password)}}}")

    def use_open_telekom(self):
        """As Open Telekom Cloud and Flexible Engine are used: by their addresses, a token, and the
        older version, without lines."""
        self.use_token("api: v2")

    def use_sdk_variables(self):
        access, secret, token = self.service.gate.new_key(True)
        self.variables = {"HUAWEICLOUD_SDK_AK": access, "HUAWEICLOUD_SDK_SK": secret,
                          "HUAWEICLOUD_SDK_SECURITY_TOKEN": token,
                          "HUAWEICLOUD_SDK_PROJECT_ID": self.service.project}
        self.keyless("auth: key")

    def use_credentials_file(self):
        (self.where / ".huaweicloud").mkdir()
        self.secret(".huaweicloud/credentials", f"[global]\nak = no\nsk = no\n\n[basic]\n"
                    f"ak = {self.service.access}\nsk = {self.service.secret}\n"
                    f"project_id = {self.service.project}")
        self.keyless(f"region: {REGION}")

    def use_metadata(self):
        self.keyless("auth: metadata")

    def use_old_metadata(self):
        """Of a server that hands out no tokens of its own, where no other keys are found."""
        self.service.has_metadata_tokens = self.service.needs_metadata_token = False
        self.keyless(f"region: {REGION}")

    def environment(self):
        return {**super().environment(), **self.variables}

    def use_temporary_key(self):
        access, secret, token = self.service.gate.new_key(True)
        self.write_account(
            f'region: {REGION}, endpoint: "{self.url()}", iam_endpoint: "{self.url()}", '
            f'scm_endpoint: "{self.url()}", '
            f"access_key: {{file: {self.secret('access.key', access)}}}, "
            f"secret_key: {{file: {self.secret('secret.key', secret)}}}, "
            f"security_token: {{file: {self.secret('security.token', token)}}}")

    def append(self, _owner, text):
        """At an owner of its own, since sets are written as a whole."""
        self.service.add(f"x{text}.{backends.ZONE_NAME}.", "TXT", 300, [f'"{text}"'])
        return True

    def run(self, program, command, *args, **keys):
        """What a command says that it did must be so at once; of what it does not say so, time
        passes until what it began has come about."""
        done = super().run(program, command, *args, **keys)
        if done.returncode != 0:
            self.service.settle()
        return done

    def access(self):
        return {"endpoint": self.url(), "access_key": self.service.access,
                "secret_key": self.service.secret, "project_id": self.service.project,
                "password": self.service.password, "zone": f"{backends.ZONE_NAME}.",
                "certificate": CERTIFICATE, **USER, "region": REGION}
