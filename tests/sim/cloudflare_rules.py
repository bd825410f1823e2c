# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What the simulated Cloudflare holds to where its vendor's own tool does not lead: run.py."""
import contextlib
import functools
import http.client
import json
import pathlib
import tempfile

import backends
import cloudflare
import cloudflare_records
import store
from report import Failure

ZONE = """\
example.com. 3600 IN SOA ns1.example.com. hostmaster.example.com. 41 7200 3600 1209600 60
example.com. 3600 IN NS ns1.example.com.
example.com. 3600 IN TXT "v=spf1 mx -all"
example.com. 3600 IN CAA 0 issue "digicert.com"
mail.example.com. 3600 IN MX 10 www.example.com.
_sip._tcp.example.com. 3600 IN SRV 0 0 5060 www.example.com.
odd.example.com. 3600 IN TYPE65280 \\# 4 0A000001
child.example.com. 3600 IN NS ns.child.example.com.
"""


class Unserved(cloudflare.Cloudflare):
    """What would be served is in its zone file; the time is `at`."""
    at = 1000.0

    def __init__(self, zone_file):
        super().__init__(None, backends.ZONE_NAME, zone_file, lambda: self.at)

    def reload(self):
        store.count(self.sets, f"{self.zone}.")
        self.zone_file.write_text(store.render(self.sets))

    def publish(self):
        self.sets = [*self.beyond, *cloudflare_records.served(self.records[self.id], self.zone)]
        self.reload()

    def served(self, owner):
        return sorted(f"{one['ttl']} {one['type']} {value}" for one in self.sets
                      if one["owner"] == f"{owner}." for value in one["values"])


def same(got, wanted):
    if got != wanted:
        raise Failure(f"got {got!r}\nwanted {wanted!r}")


class Client:
    def __init__(self, service):
        self.service, self.headers, self.token = service, {}, service.token

    def ask(self, method, path, body=None):
        """(status, the answer's JSON)."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.service.port,
                                                           timeout=20)) as way:
            text = body if isinstance(body, str) else json.dumps(body) if body is not None else None
            way.request(method, cloudflare.PREFIX + path, text,
                        {"Authorization": f"Bearer {self.token}"} if self.token else {})
            answer = way.getresponse()
            self.headers = answer.headers
            return answer.status, json.loads(answer.read())

    def records(self, method, way="", body=None, zone=None):
        return self.ask(method, f"/zones/{zone or self.service.id}/dns_records{way}", body)

    def made(self, **body):
        status, told = self.records("POST", body={"type": "TXT", "ttl": 300, **body})
        same((status, told["errors"]), (200, []))
        return told["result"]

    def refused(self, method, way="", body=None):
        """The status and the codes."""
        status, told = self.records(method, way, body)
        same((told["success"], told["result"]), (False, None))
        return status, [e["code"] for one in told["errors"]
                        for e in (one, *one.get("error_chain", []))]


def test(function):
    @functools.wraps(function)
    def run():
        with tempfile.TemporaryDirectory(prefix="dcvctl-sim.") as where:
            path = pathlib.Path(where) / "zone"
            path.write_text(ZONE)
            with Unserved(path) as service:
                function(service, Client(service))
    return run


@test
def throttled(service, client):
    service.quota = 3
    for _ in range(3):
        same(client.records("GET")[0], 200)
    same(client.refused("GET"), (429, [971]))
    same(client.headers["Retry-After"], "300")
    service.at += 299.5
    same(client.refused("GET"), (429, [971]))
    same(client.headers["Retry-After"], "1")
    service.at += 1
    same(client.records("GET")[0], 200)


@test
def rights(service, client):
    reader = "r" * 40
    service.tokens[reader] = {"zones", "read"}
    client.token = reader
    same(client.records("GET")[0], 200)
    same(client.refused("POST", body={}), (403, [10000]))
    client.token = None
    same(client.refused("GET"), (400, [9106]))


@test
def what_is_listed(_service, client):
    same(sorted((one["name"], one["type"], one["content"])
                for one in client.records("GET")[1]["result"]),
         [("_sip._tcp.example.com", "SRV", "0 5060 www.example.com"),
          ("child.example.com", "NS", "ns.child.example.com"),
          ("example.com", "CAA", '0 issue "digicert.com"'),
          ("example.com", "TXT", '"v=spf1 mx -all"'),
          ("mail.example.com", "MX", "www.example.com")])


@test
def pages(service, client):
    service.most_a_page = 2
    status, told = client.records("GET", "?per_page=5000&page=3")
    same((status, len(told["result"])), (200, 1))
    same(told["result_info"], {"page": 3, "per_page": 2, "count": 1, "total_count": 5,
                               "total_pages": 3})
    same(client.records("GET", "?page=4")[1]["result"], [])
    same(client.refused("GET", "?per_page=0"), (400, [1003]))
    same(client.ask("GET", "/zones?per_page=51")[0], 400)


@test
def txt(service, client):
    """Bare content stays so unless it is too long; what is quoted comes back as DNS has it."""
    for number, (sent, kept, values) in enumerate((
            ("bare; as it is\\", "bare; as it is\\", '"bare; as it is\\\\"'),
            ("b" * 256, f'"{"b" * 255}" "b"', f'"{"b" * 255}" "b"'),
            (f'"{"q" * 256}"', f'"{"q" * 255}" "q"', f'"{"q" * 255}" "q"'),
            ('"a"  "b"', '"a" "b"', '"a" "b"'),
            ('"\\"\\\\ \\195\\182 \\097"', '"\\"\\\\ \\195\\182 a"', '"\\"\\\\ \\195\\182 a"'))):
        same(client.made(name=f"t{number}", content=sent)["content"], kept)
        same(service.served(f"t{number}.example.com"), [f"300 TXT {values}"])
    for content in ('"open', '"a" b', '"\\256"', '""', "", "w" * 4096):
        same(client.refused("POST", body={"type": "TXT", "name": "t", "content": content}),
             (400, [1004]))


@test
def set_limit(_service, client):
    client.made(name="t", content="a" * 4000)
    client.made(name="t", content="b" * 4000)
    same(client.refused("POST", body={"type": "TXT", "name": "t", "content": "c" * 400}),
         (400, [1004]))


@test
def ttl(service, client):
    same(client.made(name="t", content='"auto"', ttl=1)["ttl"], 1)
    same(service.served("t.example.com"), ['300 TXT "auto"'])
    for bad in (0, 59, 86401, "300", True, None):
        same(client.refused("POST", body={"type": "TXT", "name": "u", "content": "x", "ttl": bad}),
             (400, [1004, 9021]))


@test
def proxied(service, client):
    """Whoever asks for the alias does not find it."""
    service.proxied = True
    same(client.made(name="_t", content="x")["proxied"], False)
    cname = client.made(type="CNAME", name="_c", content="v.ca.example.")
    same((cname["proxied"], cname["ttl"], cname["content"]), (True, 1, "v.ca.example"))
    same(service.served("_c.example.com"), ["300 A 192.0.2.250"])
    client.records("PATCH", "/" + cname["id"], {"proxied": False, "ttl": 120})
    same(service.served("_c.example.com"), ["120 CNAME v.ca.example."])


@test
def beside_an_alias(service, client):
    """Text beside an alias is taken, and nobody sees it."""
    client.made(type="CNAME", name="_c", content="v.ca.example")
    client.made(name="_c", content="x")
    same(service.served("_c.example.com"), ["300 CNAME v.ca.example."])
    same(client.refused("POST", body={"type": "TXT", "name": "child", "content": "x"}),
         (400, [81056]))


@test
def at_the_apex(service, client):
    client.made(type="CNAME", name="@", content="v.ca.example")
    same([one for one in service.served("example.com") if " A " in one or "CNAME" in one],
         ["300 A 192.0.2.250"])


@test
def names(_service, client):
    for sent, kept in (("@", "example.com"), ("a", "a.example.com"),
                       ("A.Example.COM.", "a.example.com"), ("ü", "xn--tda.example.com"),
                       ("*.w", "*.w.example.com")):
        made = client.made(name=sent, content="x")
        same(made["name"], kept)
        client.records("DELETE", "/" + made["id"])
    for bad in ("", "a..b", "l" * 64, None, 7):
        same(client.refused("POST", body={"type": "TXT", "name": bad, "content": "x"}),
             (400, [1004, 9000]))


@test
def letters_of_filters(_service, client):
    """Filters do not see the case of letters; values do."""
    client.made(name="t", content='"AbC"')
    client.made(name="t", content='"aBc"')
    found = client.records("GET", "?name.exact=T.example.com&content.exact=%22ABC%22")[1]["result"]
    same([one["content"] for one in found], ['"AbC"', '"aBc"'])
    same(client.records("GET", "?name.exact=example&type=TXT")[1]["result"], [])


@test
def caa(_service, client):
    body = {"type": "CAA", "name": "@", "ttl": 300}
    same(client.refused("POST", body={**body, "content": '0 issue "ca.example"'}),
         (400, [1004, 9101]))
    same(client.refused("POST", body={**body, "data": {"flags": 0, "tag": "issue"}}),
         (400, [1004, 9101]))
    same(client.refused("POST", body={**body, "data": {"flags": 0, "tag": "issue",
                                                       "value": "digicert.com"}}), (400, [81058]))


@test
def twins(service, client):
    """To write into a zone that nobody delegates to is a success."""
    for zone in service.zones[1:4]:
        before = service.zone_file.read_text()
        status, _ = client.records("POST", "", {"type": "TXT", "name": "t", "content": "x"},
                                   zone["id"])
        same((status, service.zone_file.read_text()), (200, before))
    same(client.records("GET", zone="c" * 32)[0], 403)
    same(client.records("GET", zone="short")[1]["errors"][0]["code"], 7003)


@test
def bodies(service, client):
    before = service.zone_file.read_text()
    for bad in ("{", "[]", "7"):
        same(client.refused("POST", body=bad), (400, [6007]))
    same(client.refused("POST", "/batch", {}), (400, [1004]))
    posts = [{"type": "TXT", "name": "t", "content": str(n)} for n in range(201)]
    same(client.refused("POST", "/batch", {"posts": posts}), (400, [1004]))
    same(client.refused("POST", "/batch", {"posts": posts[:2], "deletes": [{"id": "d" * 32}]}),
         (404, [81044]))
    same(service.zone_file.read_text(), before)


@test
def interposed(service, client):
    """Between a reading and a writing somebody else writes; an answer is another one."""
    def other(request):
        service.interposed = None
        if request.method == "POST":
            service.create(service.records[service.id], service.zones[0],
                           {"type": "TXT", "name": "t", "content": "x"})
    service.interposed = other
    same(client.refused("POST", body={"type": "TXT", "name": "t", "content": "x"}), (400, [81058]))
    service.interposed = lambda _: service.refuse(500, 1000, "Internal")
    same(client.refused("GET"), (500, [1000]))


TESTS = [(function.__name__.replace("_", "-"), function) for function in (
    throttled, rights, what_is_listed, pages, txt, set_limit, ttl, proxied, beside_an_alias,
    at_the_apex, names, letters_of_filters, caa, twins, bodies, interposed)]
