# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Whom AWS lets in: requests under Signature Version 4, verified as AWS describes it, and the errors
that its services give in XML, with their texts."""
import datetime
import hashlib
import hmac
import posixpath
import re
import secrets
import urllib.parse
from xml.sax.saxutils import escape

ALGORITHM, TERMINATOR, SKEW_S = "AWS4-HMAC-SHA256", "aws4_request", 300
ACCOUNT = "123456789012"
WRONG = ("The request signature we calculated does not match the signature you provided. Check your "
         "AWS Secret Access Key and signing method. Consult the service documentation for details.")


def encoded(text, safe="-._~"):
    return urllib.parse.quote(text, safe=safe, encoding="latin-1")


def canonical_path(path):
    """Of a path as it was sent: it is encoded once more."""
    plain = posixpath.normpath("/" + path.lstrip("/")) + ("/" if path.endswith("/") else "")
    return encoded(plain.replace("//", "/"), "/-._~")


def canonical_query(query):
    pairs = [part.partition("=") for part in query.split("&") if part]
    return "&".join(sorted_pairs((urllib.parse.unquote(key, "latin-1"),
                                  urllib.parse.unquote(value, "latin-1"))
                                 for key, _, value in pairs))


def sorted_pairs(pairs):
    return [f"{key}={value}" for key, value in
            sorted((encoded(key), encoded(value)) for key, value in pairs)]


def canonical(request, names):
    """What is signed of a request: its text."""
    headers = "".join(f"{name}:" + ",".join(" ".join(value.split()) for value in
                                            request.headers.get_all(name, [])) + "\n"
                      for name in names)
    return "\n".join([request.method, canonical_path(request.path),
                      canonical_query(request.query), headers, ";".join(names),
                      hashlib.sha256(request.body).hexdigest()])


def signature(secret, request, names, date, scope):
    """scope: day, region, service and the terminator."""
    text = "\n".join([ALGORITHM, date, "/".join(scope),
                      hashlib.sha256(canonical(request, names).encode("latin-1")).hexdigest()])
    key = ("AWS4" + secret).encode()
    for word in (*scope, text):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    return key.hex()


def stamp(now):
    return datetime.datetime.fromtimestamp(now, datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def moment(now):
    return datetime.datetime.fromtimestamp(now, datetime.timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%S.000Z")


def xml(name, *children, space=None):
    """An element. A child is the text of an element, or a pair of name and text; None: left out."""
    inner = "".join(child if isinstance(child, str) else
                    f"<{child[0]}>{escape(str(child[1]))}</{child[0]}>"
                    for child in children if child is not None)
    return f"<{name}" + (f' xmlns="{space}"' if space else "") + f">{inner}</{name}>"


def told(status, text):
    return status, {"Content-Type": "text/xml", "x-amzn-RequestId": secrets.token_hex(16)}, \
        ('<?xml version="1.0" encoding="UTF-8"?>\n' + text).encode()


class Refused(Exception):
    """An answer that is none of success. messages: those of an invalid batch of changes."""

    def __init__(self, status, code, text, messages=None):
        super().__init__(status, code, text)
        self.status, self.code, self.text, self.messages = status, code, text, messages

    def answer(self, space):
        number = ("RequestId", secrets.token_hex(16))
        if self.messages:
            return told(self.status, xml(self.code, xml("Messages", *(
                ("Message", text) for text in self.messages)), number, space=space))
        return told(self.status, xml("ErrorResponse", xml(
            "Error", ("Type", "Sender" if self.status < 500 else "Receiver"), ("Code", self.code),
            ("Message", self.text)), number, space=space))


class Key:
    """An access key. token: of a temporary one, which ends at `until`. may: the actions that its
    holder may take, None: all."""

    def __init__(self, who, may=None, token=None, until=None):
        self.id = ("ASIA" if token else "AKIA") + secrets.token_hex(8).upper()
        self.secret, self.token = secrets.token_urlsafe(30), token
        self.who, self.may, self.until = who, may, until


class Gate:
    """`now` tells the time. `signed`: how many requests were let in."""

    def __init__(self, now):
        self.now, self.keys, self.signed = now, {}, 0

    def new_key(self, who, may=None):
        return self.keep(Key(f"arn:aws:iam::{ACCOUNT}:user/{who}", may))

    def new_session(self, role, session, lifetime_s, may=None):
        return self.keep(Key(f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}", may,
                             secrets.token_urlsafe(300), self.now() + lifetime_s))

    def keep(self, key):
        self.keys[key.id] = key
        return key

    def let_in(self, request, region, service):
        """The key of the sender. Raises Refused."""
        if request.headers["Authorization"] is None:
            raise Refused(403, "MissingAuthenticationToken", "Missing Authentication Token")
        words = re.fullmatch(ALGORITHM + r" Credential=([\w/-]+), ?SignedHeaders=([a-z0-9;_-]+), ?"
                             r"Signature=([0-9a-f]{64})", request.headers["Authorization"])
        scope = words[1].split("/") if words else []
        if len(scope) != 5:
            raise Refused(403, "IncompleteSignature", "Authorization header requires 'Credential' "
                          "parameter. Authorization header requires 'Signature' parameter.")
        key = self.keys.get(scope[0])
        if key is None or key.token != request.headers["X-Amz-Security-Token"]:
            raise Refused(403, "InvalidClientTokenId",
                          "The security token included in the request is invalid.")
        self.check_scope(scope, region, service)
        self.check_date(request, scope)
        self.verify(key, request, words[2].split(";"), scope[1:], words[3])
        if key.until is not None and key.until <= self.now():
            raise Refused(403, "ExpiredToken",
                          "The security token included in the request is expired")
        self.signed += 1
        return key

    @staticmethod
    def check_scope(scope, region, service):
        if scope[2] != region:
            raise Refused(403, "SignatureDoesNotMatch",
                          "Credential should be scoped to a valid region. ")
        if scope[3] != service:
            raise Refused(403, "SignatureDoesNotMatch",
                          f"Credential should be scoped to correct service: '{service}'. ")
        if scope[4] != TERMINATOR:
            raise Refused(403, "SignatureDoesNotMatch", "Credential should be scoped with a valid "
                          f"terminator: '{TERMINATOR}', not '{scope[4]}'.")

    def check_date(self, request, scope):
        date, now = request.headers["X-Amz-Date"] or "", stamp(self.now())
        if not re.fullmatch(r"\d{8}T\d{6}Z", date) or date[:8] != scope[1]:
            raise Refused(403, "SignatureDoesNotMatch",
                          f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version "
                          f"of date from HTTP: '{scope[1]}' != '{date[:8]}', from '{date}'.")
        early, late = stamp(self.now() - SKEW_S), stamp(self.now() + SKEW_S)
        if date < early:
            raise Refused(403, "SignatureDoesNotMatch",
                          f"Signature expired: {date} is now earlier than {early} ({now} - 5 min.)")
        if date > late:
            raise Refused(403, "SignatureDoesNotMatch", f"Signature not yet current: {date} is "
                          f"still later than {late} ({now} + 5 min.)")

    @staticmethod
    def verify(key, request, names, scope, told_signature):
        """Host, date and whatever else begins with x-amz- must be signed."""
        must = {"host", *(name.lower() for name in request.headers
                          if name.lower().startswith("x-amz-"))}
        right = signature(key.secret, request, names, request.headers["X-Amz-Date"], scope)
        if names != sorted(names) or must - set(names) or \
                not hmac.compare_digest(right, told_signature):
            raise Refused(403, "SignatureDoesNotMatch", WRONG)

    @staticmethod
    def permit(key, action, resource):
        if key.may is not None and action not in key.may:
            raise Refused(403, "AccessDenied", f"User: {key.who} is not authorized to perform: "
                          f"{action} on resource: {resource} because no identity-based policy "
                          f"allows the {action} action")
