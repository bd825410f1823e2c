# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The gateway before Huawei Cloud's services, as its documents describe it: who asks (a signature
SDK-HMAC-SHA256, or a token of IAM), how often, and what it says to those whom it does not let in.

The documents give APIGW.0303 to a clock that is more than 15 minutes off; a gateway was seen to
give APIGW.0301 with `signature expired`. `skew_code` says which of them this one gives."""
import datetime
import hashlib
import hmac
import json
import re
import secrets
import urllib.parse

SKEW_S, FAILURES, LOCKED_S, TOKEN_S = 900, 5, 300, 86400
TOKEN_OCTETS = 2250  # a token fills kilobytes of a header
IAM_WRONG = "Incorrect IAM authentication information: "


def unreserved(text):
    return urllib.parse.quote(text, safe="-._~")


def canonical(request, names):
    """What is signed of a request: its text."""
    path = "/".join(unreserved(urllib.parse.unquote(part)) for part in request.path.split("/"))
    query = sorted(urllib.parse.parse_qsl(request.query, keep_blank_values=True))
    headers = "".join(f"{name}:{(request.headers[name] or '').strip()}\n" for name in names)
    query = "&".join(f"{unreserved(key)}={unreserved(value)}" for key, value in query)
    return "\n".join([request.method, path.rstrip("/") + "/", query, headers, ";".join(names),
                      hashlib.sha256(request.body).hexdigest()])


def signature(secret, request, names):
    text = "\n".join(["SDK-HMAC-SHA256", request.headers["X-Sdk-Date"],
                      hashlib.sha256(canonical(request, names).encode()).hexdigest()])
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def stamp(now, form="%Y%m%dT%H%M%SZ"):
    return datetime.datetime.fromtimestamp(now, datetime.timezone.utc).strftime(form)


def answer(status, body, headers=()):
    """JSON as an answer."""
    return status, {"Content-Type": "application/json", "X-Request-Id": secrets.token_hex(16),
                    **dict(headers)}, json.dumps(body).encode()


class Refused(Exception):
    """An answer that is none of success: (status, headers, body)."""

    def __init__(self, status, code, text):
        super().__init__(status, code, text)
        if code.startswith("DNS."):
            body = {"code": code, "message": text}
        elif code.startswith("IAM."):
            body = {"error": {"code": status, "message": text, "title": code[4:]}}
        else:
            body = {"error_code": code, "error_msg": text, "request_id": secrets.token_hex(16)}
        self.answer = answer(status, body)


class Key:
    """An access key: `token` of a temporary one. Failures in a row lock it."""

    def __init__(self, secret, token=None):
        self.secret, self.token, self.failures, self.until = secret, token, 0, 0


class Gate:
    """`now` tells the time. `rate`: (requests, seconds), None: no limit."""

    def __init__(self, now, project):
        self.now, self.project = now, project
        self.keys, self.tokens, self.rate, self.seen = {}, {}, None, []
        self.skew_code = "APIGW.0303"
        self.signed = 0  # requests whose signature was right

    def new_key(self, temporary=False):
        """Of one who asks: id, secret and token."""
        access, secret = secrets.token_hex(10).upper(), secrets.token_urlsafe(30)
        token = secrets.token_urlsafe(300) if temporary else None
        self.keys[access] = Key(secret, token)
        return access, secret, token

    def new_token(self):
        token = secrets.token_urlsafe(TOKEN_OCTETS)
        self.tokens[token] = self.now() + TOKEN_S
        return token

    def let_in(self, request):
        """Raises Refused."""
        self.count()
        if request.headers["X-Auth-Token"]:
            if self.tokens.get(request.headers["X-Auth-Token"], 0) <= self.now():
                raise Refused(401, "APIGW.0301", IAM_WRONG + "decrypt token fail")
        elif request.headers["Authorization"]:
            self.verify(request)
        else:
            raise Refused(401, "APIGW.0301", IAM_WRONG + "Unauthorized")
        if request.headers["X-Project-Id"] not in (None, self.project):
            raise Refused(403, "DNS.0310", "Invalid tenant ID.")

    def count(self):
        if self.rate is None:
            return
        requests, window_s = self.rate
        self.seen = [when for when in self.seen if when > self.now() - window_s]
        if len(self.seen) >= requests:
            raise Refused(429, "APIGW.0308", "The throttling threshold has been reached: policy "
                          f"user over ratelimit,limit:{requests},time:{window_s} second")
        self.seen.append(self.now())

    def verify(self, request):
        words = re.fullmatch(r"SDK-HMAC-SHA256 Access=(\w+), SignedHeaders=([a-z0-9;-]+), "
                             r"Signature=([0-9a-f]{64})", request.headers["Authorization"])
        if words is None:
            raise Refused(401, "APIGW.0301", IAM_WRONG + "authorization header is incorrect")
        key = self.keys.get(words[1])
        if key is None:
            raise Refused(401, "APIGW.0301",
                          IAM_WRONG + f"Get secretKey failed,ak:{words[1]},err:ak not exist")
        if key.until > self.now():
            raise Refused(401, "APIGW.0301",
                          IAM_WRONG + "AK access failed to reach the limit,forbidden.")
        self.check_date(request)
        if not self.is_right(key, request, words[2].split(";"), words[3]):
            key.failures += 1
            if key.failures > FAILURES:
                key.failures, key.until = 0, self.now() + LOCKED_S
            raise Refused(401, "APIGW.0301", IAM_WRONG + "verify aksk signature fail")
        key.failures = 0
        self.signed += 1

    @staticmethod
    def is_right(key, request, names, told):
        """Of the headers the date must be signed; so must the token that belongs to the key."""
        token = request.headers["X-Security-Token"]
        return "x-sdk-date" in names and names == sorted(names) and token == key.token and \
            (token is None or "x-security-token" in names) and \
            hmac.compare_digest(signature(key.secret, request, names), told)

    def check_date(self, request):
        date = request.headers["X-Sdk-Date"] or ""
        if not re.fullmatch(r"\d{8}T\d{6}Z", date):
            raise Refused(401, "APIGW.0301", IAM_WRONG + "x-sdk-date is missing or malformed")
        told = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(
            tzinfo=datetime.timezone.utc).timestamp()
        if abs(told - self.now()) > SKEW_S:
            why = f"signature expired, signature time:{date},server time:{stamp(self.now())}"
            raise Refused(401, self.skew_code,
                          IAM_WRONG + "calc aksk signature fail:" + why
                          if self.skew_code == "APIGW.0301" else why)
