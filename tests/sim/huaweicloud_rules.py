# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What the simulated Huawei Cloud holds to, beside what its vendor's own tools show."""
import email.message
import http.client
import json
import types
import urllib.parse

from huaweicloud import CROWD, REFUSALS
from huaweicloud_gate import SKEW_S, canonical, signature, stamp
from report import Failure
from servers import dig
from vendors import running


def same(what, got, wanted):
    if got != wanted:
        raise Failure(f"{what}: {got!r}, wanted {wanted!r}")


def request(method, target, body=b"", **headers):
    """As cloud.Request has it."""
    path, _, query = target.partition("?")
    message = email.message.Message()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return types.SimpleNamespace(method=method, target=target, path=path, query=query, body=body,
                                 headers=message)


class Client:
    """Signs with the account's key. told: how the last answer came, its headers."""

    def __init__(self, service, secret=None):
        self.service, self.secret, self.told = service, secret or service.secret, None
        self.zone = service.main.id

    def send(self, method, target, body=None, **headers):
        """(status, body)"""
        data = b"" if body is None else json.dumps(body).encode()
        headers = {"Host": f"127.0.0.1:{self.service.port}",
                   "X-Sdk-Date": stamp(self.service.now()), **headers}
        names = sorted(name.lower() for name in headers)
        headers["Authorization"] = (
            f"SDK-HMAC-SHA256 Access={self.service.access}, SignedHeaders={';'.join(names)}, "
            f"Signature={signature(self.secret, request(method, target, data, **headers), names)}")
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=20)
        try:
            connection.request(method, target, data, headers)
            self.told = connection.getresponse()
            return self.told.status, json.loads(self.told.read() or b"null")
        finally:
            connection.close()

    def sets(self, number=None, **query):
        suffix = "" if number is None else f"/{number}"
        query = f"?{urllib.parse.urlencode(query)}" if query else ""
        return f"/v2.1/zones/{self.zone}/recordsets{suffix}{query}"

    def create(self, **body):
        return self.send("POST", self.sets(), {"name": "_dnsauth.example.com.", "type": "TXT",
                                               "records": ['"a"'], **body})

    def made(self, **body):
        """A set that is active."""
        status, one = self.create(**body)
        same("status", status, 202)
        self.service.settle()
        return one


def with_client(function):
    def test():
        with running("huaweicloud") as backend:
            function(Client(backend.service), backend.service)
    return test


def published_vector():
    """The signature that the vendor's guide to signing has for its example."""
    asked = request("GET", "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2&"
                    "marker=13551d6b-755d-4757-b956-536f674975c0",
                    host="service.region.example.com", content_type="application/json",
                    x_sdk_date="20191115T033655Z")
    names = ["content-type", "host", "x-sdk-date"]
    same("signature", signature("MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc", asked, names),
         "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe")
    same("no canonical path without a final /", canonical(asked, names).splitlines()[1][-1], "/")


def clock(client, service):
    for skew_s, code in ((SKEW_S + 60, "APIGW.0303"), (-SKEW_S - 60, "APIGW.0303"),
                         (SKEW_S + 60, "APIGW.0301")):
        service.gate.skew_code = code
        status, body = client.send("GET", "/v2/zones",
                                   **{"X-Sdk-Date": stamp(service.now() + skew_s)})
        same("answer", (status, body["error_code"]), (401, code))
        same("time in the text", code == "APIGW.0303" or "signature expired" in body["error_msg"],
             True)
    same("right", client.send("GET", "/v2/zones",
                              **{"X-Sdk-Date": stamp(service.now() + SKEW_S - 60)})[0], 200)
    service.skew_s = 3600
    same("at its own time", client.send("GET", "/v2/zones")[0], 200)


def lock(client, service):
    wrong = Client(service, "another")
    for _ in range(6):
        same("wrong", wrong.send("GET", "/v2/zones")[1]["error_msg"].endswith("signature fail"),
             True)
    status, body = client.send("GET", "/v2/zones")
    same("right, but locked", (status, body["error_code"]), (401, "APIGW.0301"))
    same("text", "failed to reach the limit" in body["error_msg"], True)
    service.skew_s += 301
    same("later", client.send("GET", "/v2/zones")[0], 200)


def rate(client, service):
    service.gate.rate = (3, 60)
    same("statuses", [client.send("GET", "/v2/zones?limit=1")[0] for _ in range(4)],
         [200, 200, 200, 429])
    service.skew_s += 61
    same("later", client.send("GET", "/v2/zones?limit=1")[0], 200)


def zones(client, _service):
    status, body = client.send("GET", "/v2/zones?name=example.com.")
    same("a search finds more than a page", (status, len(body["zones"])), (200, 500))
    same("in all", body["metadata"]["total_count"], CROWD + 1)
    target = urllib.parse.urlsplit(body["links"]["next"])
    rest = client.send("GET", f"{target.path}?{target.query}")[1]
    same("the last page", ([zone["name"] for zone in rest["zones"]][-1], "next" in rest["links"]),
         ("example.com.", False))
    exact = client.send("GET", "/v2/zones?name=example.com.&search_mode=equal")[1]["zones"]
    same("exactly", [(zone["name"], zone["zone_type"]) for zone in exact],
         [("example.com.", "public")])
    private = client.send("GET", "/v2/zones?type=private")[1]["zones"]
    same("private ones", [zone["name"] for zone in private], ["example.com."])
    same("v2.1 of a private one", client.send(
        "GET", f"/v2.1/zones/{private[0]['id']}/recordsets")[1]["code"], "DNS.0008")
    same("another region's", client.send("GET", "/v2/zones?name=elsewhere.")[1]["zones"], [])
    for query, code in (("limit=501", "DNS.0006"), ("marker=x", "DNS.0007")):
        same(query, client.send("GET", f"/v2/zones?{query}")[1]["code"], code)


def pending(client, service):
    """PENDING_… for some readings; served when it is ACTIVE; or an error; or for ever."""
    service.reads = 2
    one = client.create()[1]
    seen = [client.send("GET", client.sets(one["id"]))[1]["status"] for _ in range(3)]
    same("seen", seen, ["PENDING_CREATE", "PENDING_CREATE", "ACTIVE"])
    same("served", [text for _, text in dig(service.server.port, "_dnsauth.example.com", "TXT")],
         ['"a"'])
    service.ends = "ERROR"
    change = {"name": one["name"], "type": "TXT", "records": ['"b"']}
    same("change", client.send("PUT", client.sets(one["id"]), change)[1]["status"],
         "PENDING_UPDATE")
    same("at once again", client.send("PUT", client.sets(one["id"]), change)[1]["code"], "DNS.0314")
    service.settle()
    same("then", client.send("GET", client.sets(one["id"]))[1]["status"], "ERROR")
    same("still served", [text for _, text in dig(service.server.port, "_dnsauth.example.com",
                                                  "TXT")], ['"a"'])
    service.ends, service.reads = "ACTIVE", None
    one = client.create(name="_b.example.com.")[1]
    same("for ever", {client.send("GET", client.sets(one["id"]))[1]["status"] for _ in range(9)},
         {"PENDING_CREATE"})


def refusals(client, service):
    for code, (status, _) in REFUSALS.items():
        service.refuse(code)
        got, body = client.send("GET", "/v2/zones?limit=1")
        same(code, (got, body.get("code") or body.get("error_code")), (status, code))
    service.refuse("DNS.0021", 1, "writes")
    same("a reading", client.send("GET", "/v2/zones?limit=1")[0], 200)
    same("a write", client.create()[1]["code"], "DNS.0021")
    same("the next", client.create()[0], 202)


def meanwhile(client, service):
    """Another program writes between our reading and our write."""
    one = client.made()
    kept = next(kept for kept in service.main.sets if kept["id"] == one["id"])
    service.meanwhile = lambda: service.change(kept, ['"a"', '"theirs"'])
    client.send("PUT", client.sets(one["id"]), {"name": one["name"], "type": "TXT", "ttl": 60})
    service.settle()
    same("values", client.send("GET", client.sets(one["id"]))[1]["records"], ['"a"', '"theirs"'])


REFUSED = (
    ({"records": ["a"]}, "DNS.0308"), ({"records": ['"a']}, "DNS.0308"),
    ({"records": ['"a\\\\b"']}, "DNS.0308"), ({"records": ['"a"b"']}, "DNS.0308"),
    ({"records": ['"a"  "b"']}, "DNS.0308"), ({"records": [f'"{"a" * 256}"']}, "DNS.0308"),
    ({"records": [" ".join(['"' + "a" * 255 + '"'] * 16)]}, "DNS.0308"),
    ({"records": ['"a"', '"a"']}, "DNS.0308"), ({"records": []}, "DNS.0308"),
    ({"records": [f'"{number}"' for number in range(51)]}, "DNS.0308"),
    ({"ttl": 0}, "DNS.0319"), ({"ttl": 2147483648}, "DNS.0319"), ({"ttl": "300"}, "DNS.0303"),
    ({"name": "_dnsauth.example.org."}, "DNS.0304"), ({"type": "TLSA"}, "DNS.0307"),
    ({"description": "a" * 256}, "DNS.0305"), ({"weight": 1001}, "DNS.0323"),
    ({"type": "CAA", "records": ["0 issue digicert.com"]}, "DNS.0308"),
    ({"type": "CAA", "records": ['256 issue "digicert.com"']}, "DNS.0308"),
    ({"type": "CNAME", "records": ["a.example.", "b.example."]}, "DNS.0308"),
    ({"name": "example.com.", "type": "CNAME", "records": ["a.example."]}, "DNS.0312"),
    ({"name": "www.example.com."}, "DNS.0312"),
)


def refused(client, service):
    before = len(service.main.sets)
    for body, code in REFUSED:
        status, told = client.create(**body)
        same(str(body)[:60], (status, told.get("code")), (400, code))
    same("quotation mark", client.create(records=["a"])[1]["message"],
         "Attribute 'records' is invalid, 'TXT records missing starting quotation mark'.")
    same("sets", len(service.main.sets), before)
    for one in [one for one in service.main.sets if one["default"]]:
        target, body = client.sets(one["id"]), {"name": one["owner"], "type": one["type"]}
        same("a default set", [client.send("DELETE", target)[1]["code"],
                               client.send("PUT", target, body)[1]["code"]],
             ["DNS.0317", "DNS.0318"])
    service.main.status = "FREEZE"
    same("a frozen zone", client.create()[1]["code"], "DNS.0209")


def lines(client, service):
    """Sets of other lines beside the default one, which alone is served here; weighted sets."""
    client.made()
    client.made(line="Abroad", records=['"abroad"'])
    same("served", [text for _, text in dig(service.server.port, "_dnsauth.example.com", "TXT")],
         ['"a"'])
    told = client.send("GET", client.sets(name="_dnsauth.example.com.", search_mode="equal"))[1]
    same("lines", [(one["line"], one["weight"]) for one in told["recordsets"]],
         [("default_view", 1), ("Abroad", 1)])
    same("weighted beside unweighted", client.create(weight=2, records=['"b"'])[1]["code"],
         "DNS.0328")
    for number in range(20):
        client.made(name="w.example.com.", weight=number, records=[f'"{number}"'])
    same("too many", client.create(name="w.example.com.", weight=1)[1]["code"], "DNS.0322")


def batch(client, service):
    """All or none."""
    one, two = client.made(name="a.example.com."), client.made(name="b.example.com.")
    body = {"recordsets": [{"id": one["id"], "records": ['"c"']},
                           {"id": two["id"], "records": ["c"]}]}
    same("refused", client.send("PUT", client.sets(), body)[1]["code"], "DNS.0308")
    same("unmoved", client.send("GET", client.sets(one["id"]))[1]["records"], ['"a"'])
    same("done", client.send("PUT", client.sets(), {"recordsets": body["recordsets"][:1]})[0], 202)
    service.settle()
    same("deleted", client.send("DELETE", client.sets(), {"recordset_ids": [one["id"], "0"]})[1][
        "metadata"]["total_count"], 1)


def versions(client, service):
    """v2 spells times otherwise, and knows no line."""
    old = client.send("GET", f"/v2/zones/{service.main.id}/recordsets?type=SOA")[1]["recordsets"][0]
    new = client.send("GET", client.sets(type="SOA"))[1]["recordsets"][0]
    same("v2", ("create_at" in old, "created_at" in old, "line" in old), (True, False, False))
    same("v2.1", ("create_at" in new, "created_at" in new, "line" in new), (False, True, True))
    same("its SOA", (new["default"], new["records"][0].endswith("7200 3600 1209600 60)")),
         (True, True))


def tokens(client, service):
    """A token of IAM, for a day; no agency, no temporary key."""
    user = {"name": "dcv", "password": service.password, "domain": {"name": "example-account"}}
    auth = {"identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": service.region}}}
    same("granted", client.send("POST", "/v3/auth/tokens", {"auth": auth})[0], 201)
    token = client.told.headers["X-Subject-Token"]
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)

    def ask():
        connection.request("GET", "/v2/zones?limit=1", headers={"X-Auth-Token": token})
        told = connection.getresponse()
        told.read()
        return told.status
    same("with it", ask(), 200)
    service.skew_s += 86401
    same("a day later", ask(), 401)
    connection.close()
    user["password"] = "another"
    status, body = client.send("POST", "/v3/auth/tokens", {"auth": auth})
    same("refused", (status, body["error"]["title"]), (401, "Unauthorized"))
    service.needs_metadata_token, service.has_agency = False, False
    same("no agency", service.security_key(request("GET", "/openstack/latest/securitykey"))[0], 404)


TESTS = [("published-vector", published_vector)] + [
    (function.__name__, with_client(function)) for function in (
        clock, lock, rate, zones, pending, refusals, meanwhile, refused, lines, batch, versions,
        tokens)]
