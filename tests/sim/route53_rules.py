# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What the simulated Route 53 holds to, beside what its vendor's own tools show."""
import email.message
import http.client
import re
import types
import xml.etree.ElementTree as tree

import aws4
import route53
import route53_credentials
from report import Failure
from route53_batch import SPACE
from servers import dig
from vendors import running

OWNER = "_dnsauth.example.com."


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


def record_set(name, values, rrtype="TXT", ttl=300):
    return aws4.xml("ResourceRecordSet", ("Name", name), ("Type", rrtype), ("TTL", ttl), aws4.xml(
        "ResourceRecords", *(aws4.xml("ResourceRecord", ("Value", value)) for value in values)))


def batch(*changes):
    """changes: (action, name, values, …)"""
    return aws4.xml("ChangeResourceRecordSetsRequest", aws4.xml("ChangeBatch", aws4.xml(
        "Changes", *(aws4.xml("Change", ("Action", action), record_set(*words))
                     for action, *words in changes))), space=SPACE).encode()


class Answer:
    """status, and what is asked for of the text."""

    def __init__(self, status, body):
        self.status, self.body = status, body

    def all(self, name):
        return [one.text for one in tree.fromstring(self.body).iter() if
                one.tag.endswith(f"}}{name}")]

    def error(self):
        return self.status, *self.all("Code")


class Client:
    """Signs with a key, by default the account's."""

    def __init__(self, service, key=None):
        self.service, self.key, self.skew_s = service, key or service.key, 0
        self.sets = f"/2013-04-01/hostedzone/{service.main.id}/rrset"

    def send(self, method, target, body=b"", region=route53.REGION, service="route53"):
        date = aws4.stamp(self.service.now() + self.skew_s)
        headers = {"Host": f"127.0.0.1:{self.service.port}", "X-Amz-Date": date}
        if self.key.token:
            headers["X-Amz-Security-Token"] = self.key.token
        names = sorted(name.lower() for name in headers)
        scope = [date[:8], region, service, aws4.TERMINATOR]
        made = aws4.signature(self.key.secret, request(method, target, body, **headers), names,
                              date, scope)
        headers["Authorization"] = (
            f"{aws4.ALGORITHM} Credential={'/'.join([self.key.id, *scope])}, "
            f"SignedHeaders={';'.join(names)}, Signature={made}")
        return self.plain(method, target, body, **headers)

    def plain(self, method, target, body=b"", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=20)
        try:
            connection.request(method, target, body, headers)
            told = connection.getresponse()
            return Answer(told.status, told.read().decode())
        finally:
            connection.close()

    def change(self, *changes):
        return self.send("POST", f"{self.sets}/", batch(*changes))

    def served(self, rrtype="TXT", owner=OWNER):
        return sorted(value for _, value in dig(self.service.server.port, owner, rrtype))


def with_client(function):
    def test():
        with running("route53") as backend:
            function(Client(backend.service), backend.service)
    return test


def published_vectors():
    """Those of the test suite that AWS publishes for Signature Version 4."""
    for method, target, headers, body, wanted in (
            ("GET", "/", {}, b"",
             "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
            ("GET", "/?Param1=value2&Param1=Value1", {}, b"",
             "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"),
            ("GET", "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1", {}, b"",
             "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"),
            ("POST", "/", {"content_type": "application/x-www-form-urlencoded"}, b"Param1=value1",
             "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a")):
        asked = request(method, target, body, host="example.amazonaws.com",
                        x_amz_date="20150830T123600Z", **headers)
        same(target, aws4.signature("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", asked,
                                    sorted(name.lower() for name in asked.headers),
                                    "20150830T123600Z",
                                    ["20150830", "us-east-1", "service", "aws4_request"]), wanted)


def clock(client, service):
    for skew_s, words in ((-600, "Signature expired: "), (600, "Signature not yet current: ")):
        client.skew_s = skew_s
        told = client.send("GET", client.sets)
        same("error", told.error(), (403, "SignatureDoesNotMatch"))
        if not re.fullmatch(words + r"\d{8}T\d{6}Z is (now earlier|still later) than \d{8}T\d{6}Z "
                            r"\(\d{8}T\d{6}Z [-+] 5 min\.\)", told.all("Message")[0]):
            raise Failure(told.body)
    client.skew_s, service.skew_s = 240, 3600
    same("at its own time", client.send("GET", client.sets).status, 200)


def scope(client, _service):
    for words, text in (({"region": "eu-west-1"}, "valid region"), ({"service": "sts"}, "'route53'")):
        told = client.send("GET", client.sets, **words)
        same("error", told.error(), (403, "SignatureDoesNotMatch"))
        same("text", text in told.all("Message")[0], True)
    same("unsigned", client.plain("GET", client.sets).error(), (403, "MissingAuthenticationToken"))


def sizes(client, _service):
    """What is upserted counts twice."""
    def many(action, count, text="x"):
        return client.change(*((action, f"n{n}.{OWNER}", [f'"{text}"'])
                               for n in range(count)))
    for told in (many("CREATE", 1001), many("UPSERT", 501), many("CREATE", 161, "x" * 198)):
        same("error", told.error(), (400, "InvalidChangeBatch"))
    same("none", client.served(owner=f"n0.{OWNER}"), [])
    same("1000", many("CREATE", 1000).status, 200)
    same("500 twice", many("UPSERT", 500).status, 200)
    same("gone", many("DELETE", 1000).status, 200)
    same("160 of 200", many("CREATE", 160, "x" * 198).status, 200)


def pages(client, service):
    for number in range(301):
        service.main.sets.append(route53.record_set(f"p{number}.{OWNER}", "TXT", 60, ['"x"']))
    told = client.send("GET", f"{client.sets}?maxitems=1000&name={OWNER}&type=TXT")
    same("page", (len(told.all("Name")), told.all("IsTruncated")), (300, ["true"]))
    told = client.send("GET", f"{client.sets}?name={told.all('NextRecordName')[0]}&type=TXT")
    same("no type without a name", client.send("GET", f"{client.sets}?type=TXT").error(),
         (400, "InvalidInput"))
    same("begins behind", client.send("GET", f"{client.sets}?name=_dnsaut.example.com&maxitems=1")
         .all("Name"), [f"p0.{OWNER}"])


def pending(client, service):
    """Where it is withheld it is served when it is INSYNC, and by no reading before."""
    service.withheld, service.reads = True, 2
    number = client.change(("CREATE", OWNER, ['"a"'])).all("Id")[0]
    for status in ("PENDING", "PENDING"):
        same("status", client.send("GET", f"/2013-04-01{number}").all("Status"), [status])
        same("not yet", client.served(), [])
    same("status", client.send("GET", f"/2013-04-01{number}").all("Status"), ["INSYNC"])
    same("served", client.served(), ['"a"'])


def refusals(client, service):
    for code, (status, text) in route53.REFUSALS.items():
        service.refuse(code, what="writes")
        same("read", client.send("GET", client.sets).status, 200)
        told = client.change(("CREATE", OWNER, ['"a"']))
        same("error", (told.error(), told.all("Message")), ((status, code), [text]))
    same("nothing written", client.served(), [])
    same("then", client.change(("CREATE", OWNER, ['"a"'])).status, 200)


def meanwhile(client, service):
    """A set that another program changed between our reading and our writing."""
    service.add(OWNER, "TXT", 300, ['"a"'])
    service.meanwhile = lambda: service.add(OWNER, "TXT", 300, ['"a"', '"b"'])
    told = client.change(("DELETE", OWNER, ['"a"']), ("CREATE", OWNER, ['"c"']))
    same("error", told.error(), (400, "InvalidChangeBatch"))
    same("served", client.served(), ['"a"', '"b"'])


def repeated(client, _service):
    one = (OWNER, ['"a"'])
    for actions in (("CREATE", "CREATE"), ("UPSERT", "UPSERT"), ("CREATE", "DELETE")):
        same("error", client.change(*((action, *one) for action in actions)).error(),
             (400, "InvalidChangeBatch"))
    same("create", client.change(("CREATE", *one)).status, 200)
    same("twice gone", client.change(("DELETE", *one), ("DELETE", *one)).error(),
         (400, "InvalidChangeBatch"))
    same("another TTL", client.change(("DELETE", *one, "TXT", 60)).error(),
         (400, "InvalidChangeBatch"))
    same("replaced", client.change(("DELETE", *one), ("CREATE", OWNER, ['"b"'])).status, 200)


def conflicts(client, _service):
    for words, text in (
            (("www.example.com.", ["a.example."], "CNAME"), "conflicts with other records"),
            (("example.com.", ["a.example."], "CNAME"), "not permitted at apex"),
            (("example.org.", ['"a"']), "is not permitted in zone example.com."),
            ((OWNER, ['"a"', '"a"']), "Duplicate Resource Record"),
            ((OWNER, ['"\u00e4"']), "must be escaped"),
            ((f"{'a' * 64}.example.com.", ['"a"']), "FATAL problem")):
        told = client.change(("CREATE", *words))
        same("error", told.error(), (400, "InvalidChangeBatch"))
        same(text, text in told.all("Message")[0], True)
    same("create", client.change(("CREATE", OWNER, ["a.example."], "CNAME")).status, 200)
    same("beside it", client.change(("CREATE", OWNER, ['"a"'])).error(),
         (400, "InvalidChangeBatch"))
    same("apex", client.change(("DELETE", "example.com.", ["ns1.example.com."], "NS", 3600)).error(),
         (400, "InvalidChangeBatch"))


def messages(client, service):
    """The other form in which what is wrong with a batch is told."""
    service.in_messages = True
    told = client.change(("DELETE", OWNER, ['"a"']), ("DELETE", f"x.{OWNER}", ['"a"']))
    top = tree.fromstring(told.body)
    same("form", (told.status, top.tag, len(told.all("Message"))),
         (400, f"{{{SPACE}}}InvalidChangeBatch", 2))


def octal(client, _service):
    """Names and strings come back with octal escapes, and are served for what they mean."""
    same("create", client.change(("CREATE", f"*.X.{OWNER}".upper(), ['"\\303\\244\\"\\\\"'])).status,
         200)
    told = client.send("GET", f"{client.sets}?name=%5C052.x.{OWNER}&maxitems=1")
    same("name", told.all("Name"), [f"\\052.x.{OWNER}"])
    same("value", told.all("Value"), ['"\\303\\244\\"\\\\"'])
    same("served", client.served(owner=f"a.x.{OWNER}"), ['"\\195\\164\\"\\\\"'])


def zones(client, service):
    """A second public one of the name: what is written there nobody sees."""
    other = service.add_zone("example.com.")
    told = client.send("GET", "/2013-04-01/hostedzonesbyname?dnsname=example.com&maxitems=3")
    same("names", told.all("Name"), ["example.com."] * 3)
    same("written", client.send("POST", f"/2013-04-01/hostedzone/{other.id}/rrset", batch(
        ("CREATE", OWNER, ['"a"']))).status, 200)
    same("served", client.served(), [])
    private = next(zone for zone in service.zones if zone.servers is None)
    told = client.send("GET", f"/2013-04-01/hostedzone/{private.id}")
    same("private", (told.all("PrivateZone"), told.all("NameServer")), (["true"], []))


def permissions(client, service):
    service.key.may = {"route53:ListResourceRecordSets"}
    same("list", client.send("GET", client.sets).status, 200)
    told = client.change(("CREATE", OWNER, ['"a"']))
    same("error", told.error(), (403, "AccessDenied"))
    same("text", f"route53:ChangeResourceRecordSets on resource: arn:aws:route53:::hostedzone/"
         f"{service.main.id}" in told.all("Message")[0], True)


def sessions(client, service):
    """Temporary keys end; metadata want a token, and a role may want a word."""
    key = service.credentials.give("dcv", "one", 60)
    same("in time", Client(service, key).send("GET", client.sets).status, 200)
    service.skew_s = 61
    same("late", Client(service, key).send("GET", client.sets).error(), (403, "ExpiredToken"))
    same("no token", client.plain("GET", f"{route53_credentials.METADATA}/").status, 401)
    same("no lifetime", client.plain("PUT", "/latest/api/token").status, 400)
    same("container", client.plain("GET", route53_credentials.CONTAINER).status, 403)
    service.credentials.external_id = "word"
    asked = ("Action=AssumeRole&Version=2011-06-15&RoleSessionName=dcvctl&RoleArn=" +
             route53_credentials.ROLE_ARN).encode()
    same("no word", client.send("POST", "/", asked, service="sts").error(), (403, "AccessDenied"))
    same("the word", client.send("POST", "/", asked + b"&ExternalId=word", service="sts").status,
         200)


TESTS = [("published-vectors", published_vectors)] + [
    (function.__name__, with_client(function)) for function in (
        clock, scope, sizes, pages, pending, refusals, meanwhile, repeated, conflicts, messages,
        octal, zones, permissions, sessions)]
