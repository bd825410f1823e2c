# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Route 53 (2013-04-01), and beside it at the same address what gives keys to those who ask it. Made
from the vendor's documents and from errors that users show in public.

Its account holds the zone that is served and others, one of them private and of the same name. To
write into those is a success that nobody sees. A change is PENDING for `reads` readings of it, then
INSYNC; it is served at once, or where `withheld` is set when it is INSYNC. What is wrong with a batch
is told in an <ErrorResponse>, which is what botocore reads, or with `in_messages` in the form of the
documents. What else a test can have happen: refuse(), meanwhile, add_zone(),
add(), key.may, skew_s."""
import re
import secrets
import urllib.parse

import aws4
import backends
import cloud
import route53_credentials
import route53_faults
import route53_values as values
from aws4 import Refused, moment, told, xml
from route53_batch import SPACE, Batch, check_size, read, record_set

REGION, VERSION = "us-east-1", "/2013-04-01"
ZONES_PAGE, SETS_PAGE = 100, 300
NEIGHBOURS = 120  # zones whose names are listed behind the zone's: it is not all on one page
SERVERS = ("ns-1.awsdns-00.com", "ns-1024.awsdns-00.org")
SOA = "ns-1.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
MODES = {"Weight", "Region", "GeoLocation", "Failover", "MultiValueAnswer"}
REFUSALS = {  # what a test may have answered: status and message by code
    "Throttling": (400, "Rate exceeded"),
    "ThrottlingException": (400, "Rate exceeded"),
    "PriorRequestNotComplete": (400, "The request was rejected because Route 53 was still "
                                "processing a prior request."),
    "AccessDenied": (403, "User is not authorized to perform this action"),
    "InternalFailure": (500, "We encountered an internal error. Please try again."),
    "ServiceUnavailable": (503, "Service Unavailable"),
}


def new_id(letter):
    return letter + secrets.token_hex(7).upper()


class Zone:
    """name: as Route 53 writes it. servers: of its delegation set, None for a private one."""

    def __init__(self, name, servers, sets=None):
        self.id, self.name, self.servers = new_id("Z"), name, servers
        self.sets = list(sets) if sets is not None else [
            record_set(name, "NS", 172800, [f"{one}." for one in servers or SERVERS]),
            record_set(name, "SOA", 900, [SOA])]

    def sorted_sets(self):
        return sorted(self.sets, key=place)

    def element(self):
        return xml("HostedZone", ("Id", f"/hostedzone/{self.id}"), ("Name", self.name),
                   ("CallerReference", self.id.lower()),
                   xml("Config", ("PrivateZone", str(self.servers is None).lower())),
                   ("ResourceRecordSetCount", len(self.sets)))


def place(one):
    """Of a set in a list."""
    return values.order(one["name"]), one["type"], one["id"] or ""


class Route53(cloud.Cloud):
    def __init__(self, server, zone, zone_file):
        super().__init__(server, zone, zone_file)
        self.gate = aws4.Gate(self.now)
        self.key = self.gate.new_key("dcv")
        self.credentials = route53_credentials.Credentials(self.gate, REGION)
        self.reads, self.withheld, self.in_messages, self.meanwhile = 1, False, False, None
        self.refusals, self.changes = [], {}  # changes: [readings left, when]
        apex = f"{zone}."
        # What it does not know; a zone file may have it all the same.
        self.beyond = [one for one in self.sets if one["type"] not in values.TYPES]
        self.main = Zone(apex, [name.rstrip(".") for name in self.find(apex, "NS")["values"]],
                         [self.imported(one) for one in self.sets if one not in self.beyond])
        self.zones = [self.main, Zone(apex, None)]
        for number in range(NEIGHBOURS):
            self.add_zone(f"z{number}.net.")

    # --- what a test can do ---

    @staticmethod
    def imported(one):
        return record_set(values.from_file(one["owner"]), one["type"], one["ttl"],
                          [values.value_between(one["type"], value, 10, 8)
                           for value in one["values"]])

    def add_zone(self, name, servers=SERVERS):
        """servers: None makes it private."""
        self.zones.append(Zone(name, servers and list(servers)))
        return self.zones[-1]

    def add(self, *words, **more):
        """As another program: a set, as record_set() takes it, in place of what is there."""
        with self.lock:
            self.main.sets = Batch(self.main.name, self.main.sets).carry_out(
                [("UPSERT", record_set(*words, **more))])
            self.publish()

    def refuse(self, code, times=1, what="all"):
        """The next so many requests ("all", "reads" or "writes") are answered with this code."""
        self.refusals += [(code, what)] * times

    # --- requests ---

    def answer(self, request):
        given = self.credentials.answer(request)
        if given is not None:
            return given
        try:
            for method, pattern, function, action in ROUTES:
                words = re.fullmatch(VERSION + pattern, request.path)
                if method == request.method and words:
                    return self.carry_out(function, action, request, words.groups())
            raise Refused(404, "UnknownOperationException", "There is no such operation")
        except Refused as refused:
            if not self.in_messages:
                refused.messages = None
            return refused.answer(SPACE)

    def carry_out(self, function, action, request, words):
        key = self.gate.let_in(request, REGION, "route53")
        which = re.match(VERSION + r"/((hostedzone|change)/\w+)", request.path)
        self.gate.permit(key, f"route53:{action}", f"arn:aws:route53:::{which[1] if which else '*'}")
        is_write = request.method != "GET"
        for index, (code, what) in enumerate(self.refusals):
            if what in ("all", "writes" if is_write else "reads"):
                del self.refusals[index]
                raise Refused(REFUSALS[code][0], code, REFUSALS[code][1])
        if is_write and self.meanwhile is not None:
            change, self.meanwhile = self.meanwhile, None
            change()
        query = dict(urllib.parse.parse_qsl(request.query, keep_blank_values=True))
        return function(self, request, query, *words)

    # --- zones ---

    def zone_of(self, number):
        for zone in self.zones:
            if zone.id == number:
                return zone
        raise Refused(404, "NoSuchHostedZone", f"No hosted zone found with ID: {number}")

    def list_zones(self, _request, query):
        """In the order of their numbers."""
        limit = limit_of(query, ZONES_PAGE)
        found = sorted((zone for zone in self.zones if zone.id >= query.get("marker", "")),
                       key=lambda zone: zone.id)
        more = len(found) > limit
        return told(200, xml(
            "ListHostedZonesResponse",
            xml("HostedZones", *(zone.element() for zone in found[:limit])),
            ("Marker", query["marker"]) if "marker" in query else None,
            ("IsTruncated", str(more).lower()),
            ("NextMarker", found[limit].id) if more else None, ("MaxItems", limit), space=SPACE))

    def list_zones_by_name(self, _request, query):
        """From a name on, in the order of the names; of those of one name, of their numbers."""
        if "hostedzoneid" in query and "dnsname" not in query:
            raise Refused(400, "InvalidInput",
                          "If you specify hostedzoneid you must also specify dnsname")
        limit = limit_of(query, ZONES_PAGE)
        begin = ((order_of(query["dnsname"]), query.get("hostedzoneid", ""))
                 if query.get("dnsname") else ("", ""))
        found = sorted((values.order(zone.name), zone.id) for zone in self.zones)
        found = [self.zone_of(number) for name, number in found if (name, number) >= begin]
        more = len(found) > limit
        return told(200, xml(
            "ListHostedZonesByNameResponse",
            xml("HostedZones", *(zone.element() for zone in found[:limit])),
            ("DNSName", query["dnsname"]) if query.get("dnsname") else None,
            ("HostedZoneId", query["hostedzoneid"]) if "hostedzoneid" in query else None,
            ("IsTruncated", str(more).lower()),
            *((("NextDNSName", found[limit].name), ("NextHostedZoneId", found[limit].id))
              if more else ()), ("MaxItems", limit), space=SPACE))

    def show_zone(self, _request, _query, number):
        zone = self.zone_of(number)
        return told(200, xml(
            "GetHostedZoneResponse", zone.element(),
            xml("VPCs", xml("VPC", ("VPCRegion", REGION), ("VPCId", "vpc-0123456789abcdef0")))
            if zone.servers is None else
            xml("DelegationSet", xml("NameServers", *(("NameServer", name)
                                                      for name in zone.servers))), space=SPACE))

    # --- record sets ---

    def list_sets(self, _request, query, number):
        """From a name, a type and an identifier on."""
        zone, limit = self.zone_of(number), limit_of(query, SETS_PAGE)
        if "type" in query and "name" not in query or "identifier" in query and "type" not in query:
            raise Refused(400, "InvalidInput", "The request is missing the name or the type that "
                          "its other parameters need")
        if query.get("type", "A") not in values.TYPES:
            raise Refused(400, "InvalidInput", f"Unknown record type: {query['type']}")
        begin = (order_of(query["name"]) if query.get("name") else "", query.get("type", ""),
                 query.get("identifier", ""))
        found = [one for one in zone.sorted_sets() if place(one) >= begin]
        more = found[limit] if len(found) > limit else None
        return told(200, xml(
            "ListResourceRecordSetsResponse",
            xml("ResourceRecordSets", *(map(self.set_element, found[:limit]))),
            ("IsTruncated", str(more is not None).lower()),
            *((("NextRecordName", more["name"]), ("NextRecordType", more["type"]),
               ("NextRecordIdentifier", more["id"]) if more["id"] else None) if more else ()),
            ("MaxItems", limit), space=SPACE))

    def set_element(self, one):
        records = one["values"]
        if one in self.main.sets and one["type"] == "SOA":
            records = self.find(f"{self.zone}.", "SOA")["values"]
        modes = [xml(name, *part) if isinstance(part, tuple) else (name, part)
                 for name, part in one["more"] if name in MODES]
        target = [pair for pair in one["more"] if pair[0] not in MODES]
        return xml("ResourceRecordSet", ("Name", one["name"]), ("Type", one["type"]),
                   ("SetIdentifier", one["id"]) if one["id"] else None, *modes,
                   *([xml("AliasTarget", *target)] if target else
                     [("TTL", one["ttl"]),
                      xml("ResourceRecords", *(xml("ResourceRecord", ("Value", value))
                                               for value in records))]))

    def change_sets(self, request, _query, number):
        zone, changes = self.zone_of(number), read(request.body)
        check_size(changes)
        zone.sets = Batch(zone.name, zone.sets).carry_out(changes)
        change = new_id("C")
        self.changes[change] = [self.reads, self.now()]
        if zone is self.main and not self.withheld:
            self.publish()
        return told(200, xml("ChangeResourceRecordSetsResponse",
                             self.change_element(change, "PENDING"), space=SPACE))

    def publish(self):
        """What has a routing policy is served as its first set, an alias not at all."""
        chosen = {}
        for one in self.main.sorted_sets():
            if one["values"] and one["type"] != "SOA":
                chosen.setdefault((one["name"], one["type"]), one)
        self.sets = [self.find(f"{self.zone}.", "SOA"), *self.beyond, *(
            {"owner": values.to_file(one["name"]), "type": one["type"], "ttl": one["ttl"],
             "values": [values.value_between(one["type"], value, 8, 10)
                        for value in one["values"]]} for one in chosen.values())]
        super().publish()

    def change_element(self, change, status):
        return xml("ChangeInfo", ("Id", f"/change/{change}"), ("Status", status),
                   ("SubmittedAt", moment(self.changes[change][1])))

    def show_change(self, _request, _query, change):
        if change not in self.changes:
            raise Refused(404, "NoSuchChange",
                          f"Could not find resource with ID: {change}")
        left = self.changes[change][0]
        self.changes[change][0] = max(left - 1, 0)
        if left == 0 and self.withheld:
            self.publish()
        return told(200, xml("GetChangeResponse", self.change_element(
            change, "PENDING" if left else "INSYNC"), space=SPACE))


def limit_of(query, most):
    text = query.get("maxitems", str(most))
    if not text.isdigit() or int(text) < 1:
        raise Refused(400, "InvalidInput", f"1 validation error detected: Value '{text}' at "
                      "'maxItems' failed to satisfy constraint")
    return min(int(text), most)


def order_of(text):
    try:
        return values.order(values.name(text))
    except values.Bad:
        raise Refused(400, "InvalidDomainName", f"{text} is not a valid domain name") from None


ROUTES = (
    ("GET", "/hostedzonesbyname", Route53.list_zones_by_name, "ListHostedZonesByName"),
    ("GET", "/hostedzone/?", Route53.list_zones, "ListHostedZones"),
    ("GET", r"/hostedzone/(\w+)", Route53.show_zone, "GetHostedZone"),
    ("GET", r"/hostedzone/(\w+)/rrset/?", Route53.list_sets, "ListResourceRecordSets"),
    ("POST", r"/hostedzone/(\w+)/rrset/?", Route53.change_sets, "ChangeResourceRecordSets"),
    ("GET", r"/change/(\w+)", Route53.show_change, "GetChange"),
)


class Backend(backends.Service):
    provider, own = "route53", route53_faults.TESTS

    def __init__(self, where):
        super().__init__(where)
        self.variables = {"AWS_EC2_METADATA_DISABLED": "true"}

    def environment(self):
        return {**{name: value for name, value in super().environment().items()
                   if not name.startswith("AWS_")}, **self.variables}

    def make(self):
        return Route53(self.server, backends.ZONE_NAME, self.zone_file)

    def right_secret(self):
        return self.service.key.secret

    def account(self):
        return self.account_with(self.endpoint(), self.right_secret())

    def account_with(self, endpoint, secret):
        return (f"access_key: {{file: {self.secret('access.key', self.service.key.id)}}}, "
                f"secret_key: {{file: {self.secret('secret.key', secret)}}}, "
                f"{self.account_without(endpoint)}")

    @staticmethod
    def account_without(endpoint):
        """Keys."""
        return (f'region: {REGION}, endpoint: "{endpoint}", sts_endpoint: "{endpoint}", '
                "requests_per_second: 100")

    def use_wrong_secret(self):
        self.write_account(self.account_with(self.url(), "another-secret"))

    # Where else keys come from.

    def use_variables(self, **variables):
        self.variables.update(variables)
        self.write_account(self.account_without(self.url()))

    def use_environment(self):
        self.use_variables(AWS_ACCESS_KEY_ID=self.service.key.id,
                           AWS_SECRET_ACCESS_KEY=self.service.key.secret)

    def use_profile(self):
        path = self.secret("shared", f"[other]\naws_access_key_id = AKIAOTHER\n\n[dcv]\n"
                           f"aws_access_key_id = {self.service.key.id}\n"
                           f"aws_secret_access_key = {self.service.key.secret}")
        self.use_variables(AWS_SHARED_CREDENTIALS_FILE=str(path), AWS_PROFILE="dcv")

    def use_container(self):
        self.use_variables(
            AWS_CONTAINER_CREDENTIALS_FULL_URI=self.url() + route53_credentials.CONTAINER,
            AWS_CONTAINER_AUTHORIZATION_TOKEN=self.service.credentials.container_token)

    def use_container_file(self):
        """The file is renewed, the variable is not: it goes first."""
        path = self.secret("container.token", self.service.credentials.container_token)
        self.use_variables(
            AWS_CONTAINER_CREDENTIALS_FULL_URI=self.url() + route53_credentials.CONTAINER,
            AWS_CONTAINER_AUTHORIZATION_TOKEN="past",
            AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(path))

    def use_instance(self):
        del self.variables["AWS_EC2_METADATA_DISABLED"]
        self.use_variables(AWS_EC2_METADATA_SERVICE_ENDPOINT=self.url())

    def use_web_identity(self):
        path = self.secret("web.token", self.service.credentials.web_token)
        self.use_variables(AWS_WEB_IDENTITY_TOKEN_FILE=str(path),
                           AWS_ROLE_ARN=route53_credentials.ROLE_ARN)

    def use_role(self):
        self.configure(role_arn=f'"{route53_credentials.ROLE_ARN}"')

    def append(self, _owner, text):
        """At an owner of its own, since sets are written as a whole."""
        self.service.add(f"x{text}.{backends.ZONE_NAME}.".lower(), "TXT", 300, [f'"{text}"'])
        return True

    def access(self):
        return {"endpoint": self.url(), "zone": f"{backends.ZONE_NAME}.", "region": REGION,
                "zone_id": self.service.main.id, **self.service.credentials.access(),
                "access_key": self.service.key.id, "secret_key": self.service.key.secret}
