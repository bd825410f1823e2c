# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What gives temporary keys of AWS: STS (AssumeRole, AssumeRoleWithWebIdentity), the metadata of an
instance (IMDSv2) and the endpoint of a container. What a test can have happen: `lifetime_s`, how
long the keys are good that metadata give; has_role, False: the instance has none; `external_id`
that the role wants; rejected: the web identity is told to be an expired one."""
import json
import re
import secrets
import urllib.parse

from aws4 import ACCOUNT, Refused, moment, told, xml

SPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
METADATA, ROLE, SESSION = "/latest/meta-data/iam/security-credentials", "dcv", "i-0123456789abcdef0"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"
CONTAINER = "/v2/credentials/0f1e2d3c"
LIFETIME_S, LEAST_S, MOST_S, TOKEN_MOST_S = 3600, 900, 43200, 21600


def plain(status, text):
    return status, {"Content-Type": "text/plain"}, text.encode()


class Credentials:
    def __init__(self, gate, region):
        self.gate, self.region = gate, region
        self.lifetime_s, self.has_role, self.external_id, self.rejected = 21600, True, None, False
        self.web_token, self.container_token = secrets.token_urlsafe(60), secrets.token_urlsafe(30)
        self.metadata_tokens = set()
        self.given = []  # the keys, in the order in which they were given

    def access(self):
        return {"role_arn": ROLE_ARN, "web_token": self.web_token, "container_path": CONTAINER,
                "container_token": self.container_token}

    def answer(self, request):
        """None: it is no request of these."""
        if request.path == "/":
            try:
                return self.of_sts(request)
            except Refused as refused:
                return refused.answer(SPACE)
        if request.path == CONTAINER and request.method == "GET":
            return self.of_container(request)
        if request.path.startswith("/latest/"):
            return self.of_metadata(request)
        return None

    def give(self, role, session, lifetime_s):
        self.given.append(self.gate.new_session(role, session, lifetime_s))
        return self.given[-1]

    # --- STS ---

    def of_sts(self, request):
        asked = dict(urllib.parse.parse_qsl(
            request.body.decode() if request.method == "POST" else request.query,
            keep_blank_values=True))
        if asked.get("Version") != "2011-06-15" or \
                asked.get("Action") not in ("AssumeRole", "AssumeRoleWithWebIdentity",
                                            "GetCallerIdentity"):
            raise Refused(400, "InvalidAction", f"Could not find operation {asked.get('Action')} "
                          f"for version {asked.get('Version')}")
        if asked["Action"] == "AssumeRoleWithWebIdentity":
            return self.by_web_identity(asked)
        key = self.gate.let_in(request, self.region, "sts")
        if asked["Action"] == "GetCallerIdentity":
            return told(200, xml("GetCallerIdentityResponse", xml(
                "GetCallerIdentityResult", ("Arn", key.who), ("UserId", key.id),
                ("Account", ACCOUNT)), xml("ResponseMetadata", ("RequestId", SESSION)),
                space=SPACE))
        if asked.get("RoleArn") != ROLE_ARN or \
                self.external_id not in (None, asked.get("ExternalId")):
            raise Refused(403, "AccessDenied", f"User: {key.who} is not authorized to perform: "
                          f"sts:AssumeRole on resource: {asked.get('RoleArn')}")
        return self.assumed("AssumeRole", asked)

    def by_web_identity(self, asked):
        if asked.get("WebIdentityToken") != self.web_token:
            raise Refused(400, "InvalidIdentityToken",
                          "The ID Token provided is not a valid JWT. (You may see this error if you "
                          "sent an Access Token)")
        if self.rejected:
            raise Refused(400, "ExpiredTokenException", "Token expired: current date/time must be "
                          "before the expiration date/time")
        if asked.get("RoleArn") != ROLE_ARN:
            raise Refused(403, "AccessDenied",
                          "Not authorized to perform sts:AssumeRoleWithWebIdentity")
        return self.assumed("AssumeRoleWithWebIdentity", asked)

    def assumed(self, action, asked):
        session, lifetime = asked.get("RoleSessionName", ""), asked.get("DurationSeconds", "3600")
        if not re.fullmatch(r"[\w+=,.@-]{2,64}", session, re.ASCII):
            raise Refused(400, "ValidationError", f"1 validation error detected: Value '{session}' "
                          "at 'roleSessionName' failed to satisfy constraint: Member must satisfy "
                          r"regular expression pattern: [\w+=,.@-]*")
        if not lifetime.isdigit() or not LEAST_S <= int(lifetime) <= MOST_S:
            raise Refused(400, "ValidationError", f"1 validation error detected: Value '{lifetime}' "
                          "at 'durationSeconds' failed to satisfy constraint: Member must have "
                          f"value greater than or equal to {LEAST_S}")
        key = self.give(ROLE, session, int(lifetime))
        return told(200, xml(f"{action}Response", xml(
            f"{action}Result",
            xml("AssumedRoleUser", ("AssumedRoleId", f"AROA0123456789EXAMPLE:{session}"),
                ("Arn", key.who)),
            xml("Credentials", ("AccessKeyId", key.id), ("SecretAccessKey", key.secret),
                ("SessionToken", key.token), ("Expiration", moment(key.until)))),
            xml("ResponseMetadata", ("RequestId", secrets.token_hex(16))), space=SPACE))

    # --- endpoints ---

    def key_in_json(self, **more):
        key = self.give(ROLE, SESSION, self.lifetime_s)
        return 200, {"Content-Type": "application/json"}, json.dumps(
            {**more, "AccessKeyId": key.id, "SecretAccessKey": key.secret, "Token": key.token,
             "Expiration": moment(key.until)[:-5] + "Z"}).encode()

    def of_container(self, request):
        if request.headers["Authorization"] != self.container_token:
            return 403, {"Content-Type": "application/json"}, json.dumps(
                {"code": "AccessDenied", "message": "Authorization token is not valid"}).encode()
        return self.key_in_json(RoleArn=ROLE_ARN)

    def of_metadata(self, request):
        """Version 2: a token first, by PUT; whoever comes through a proxy gets none."""
        if (request.method, request.path) == ("PUT", "/latest/api/token"):
            lifetime = request.headers["X-aws-ec2-metadata-token-ttl-seconds"] or ""
            if not lifetime.isdigit() or not 1 <= int(lifetime) <= TOKEN_MOST_S:
                return plain(400, "Bad Request")
            if request.headers["X-Forwarded-For"] is not None:
                return plain(403, "Forbidden")
            token = secrets.token_urlsafe(40)
            self.metadata_tokens.add(token)
            return plain(200, token)
        if request.method != "GET":
            return plain(405, "Method Not Allowed")
        if request.headers["X-aws-ec2-metadata-token"] not in self.metadata_tokens:
            return plain(401, "Unauthorized")
        if request.path.rstrip("/") == METADATA and self.has_role:
            return plain(200, ROLE)
        if request.path == f"{METADATA}/{ROLE}" and self.has_role:
            return self.key_in_json(Code="Success", Type="AWS-HMAC",
                                    LastUpdated=moment(self.gate.now())[:-5] + "Z")
        return plain(404, "Not Found")
