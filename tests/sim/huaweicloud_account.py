# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What an account at Huawei Cloud has beside DNS: IAM (tokens, projects), the metadata of a server
(temporary keys) and certificates of SCM. Made from the vendor's documents."""
import json
import secrets
import urllib.parse

import cloud
from huaweicloud_gate import TOKEN_S, Gate, Refused, answer, stamp

REGION = "cn-north-4"
USER = {"username": "dcv", "domain_name": "example-account", "project_name": REGION}
DOMAIN, CERTIFICATE = "d78cbac186b744899480f25bd0220000", "scs1590053258704"


class Account(cloud.Cloud):
    """`access` and `secret` are its key. Of the server: `has_metadata_tokens`, `needs_metadata_token`,
    `has_agency`. `certificate_status`: of its one certificate."""

    def __init__(self, server, zone, zone_file):
        super().__init__(server, zone, zone_file)
        self.project, self.password = secrets.token_hex(16), secrets.token_urlsafe(12)
        self.gate = Gate(self.now, self.project)
        self.access, self.secret, _ = self.gate.new_key()
        self.certificate_status = "CHECKING_DOMAIN"
        self.metadata_tokens, self.has_metadata_tokens = set(), True
        self.needs_metadata_token, self.has_agency = True, True

    def new_token(self, request):
        """Of IAM, for a user's password; its scope is the project or the domain."""
        try:
            auth = json.loads(request.body)["auth"]
            told, scope = auth["identity"]["password"]["user"], auth.get("scope", {})
            right = auth["identity"]["methods"] == ["password"] and \
                (told["name"], told["domain"]["name"], told["password"]) == \
                (USER["username"], USER["domain_name"], self.password)
            project = scope.get("project", {"name": REGION})
            right = right and (project.get("name") == REGION or project.get("id") == self.project)
        except (ValueError, LookupError, TypeError, AttributeError):
            raise Refused(400, "IAM.Bad Request", "Invalid input.") from None
        if not right:
            raise Refused(401, "IAM.Unauthorized", "The username or password is wrong.")
        return answer(201, {"token": {"methods": ["password"], "catalog": [], "roles": [],
                                      "issued_at": iso(self.now()),
                                      "expires_at": iso(self.now() + TOKEN_S),
                                      "project": {"name": REGION, "id": self.project},
                                      "user": {"name": USER["username"]}}},
                      {"X-Subject-Token": self.gate.new_token()})

    def list_projects(self, request):
        query = dict(urllib.parse.parse_qsl(request.query))
        projects = [{"id": self.project, "name": REGION, "enabled": True, "is_domain": False,
                     "domain_id": DOMAIN, "description": "",
                     "parent_id": DOMAIN, "links": {}}]
        return answer(200, {"links": {"self": here(request) + request.target, "next": None,
                                      "previous": None},
                            "projects": [one for one in projects
                                         if query.get("name") in (None, one["name"])]})

    def metadata_token(self, request):
        if not self.has_metadata_tokens:
            return 404, {}, b"Not Found"
        lifetime = request.headers["X-Metadata-Token-Ttl-Seconds"] or ""
        if not lifetime.isdigit() or not 1 <= int(lifetime) <= 21600:
            return 400, {}, b"Bad Request"
        token = secrets.token_urlsafe(36)
        self.metadata_tokens.add(token)
        return 200, {"Content-Type": "text/plain"}, token.encode()

    def security_key(self, request):
        """A new temporary key at each question. No agency, no key."""
        if self.needs_metadata_token and \
                request.headers["X-Metadata-Token"] not in self.metadata_tokens:
            return 401, {}, b"Unauthorized"
        if not self.has_agency:
            return 404, {}, b"Not Found"
        access, secret, token = self.gate.new_key(True)
        return answer(200, {"credential": {"access": access, "secret": secret,
                                           "securitytoken": token,
                                           "expires_at": iso(self.now() + TOKEN_S)}})

    def certificate(self, _request, number):
        if number != CERTIFICATE:
            raise Refused(404, "SCM.XXX", "The certificate does not exist.")
        domain, day = f"www.{self.zone}", stamp(self.now(), "%Y%m%d000000")
        return answer(200, {
            "id": CERTIFICATE, "order_id": "CS20052117270N7V9", "name": "scm-test",
            "type": "OV_SSL_CERT", "brand": "GEOTRUST", "push_support": "OFF",
            "revoke_reason": None, "status": self.certificate_status, "signature_algorithm": None,
            "issue_time": None, "not_before": None, "not_after": None, "validity_period": 12,
            "validation_method": "DNS", "domain_type": "MULTI_DOMAIN", "multi_domain_type": None,
            "domain": domain, "sans": f"{self.zone};*.{self.zone}", "domain_count": 3,
            "wildcard_count": 1, "fingerprint": None, "enterprise_project_id": "0",
            "authentification": [
                # A blank stands within the name in an example of the vendor's.
                {"record_name": f"_dnsauth. {domain}", "record_type": "TXT", "domain": domain,
                 "record_value": f"{day}1ytm4qk7q2x9m4t1v8b5n3c6z0h2d8f4"},
                {"record_name": f"_dnsauth.{self.zone}", "record_type": "TXT",
                 "domain": self.zone, "record_value": f"{day}2g6j1p5r8s3w7y2a9e4"},
                {"record_name": f"_dnsauth.{self.zone}", "record_type": "TXT",
                 "domain": f"*.{self.zone}", "record_value": f"{day}3u5i8o1l4m7n0b3"}]})


def here(request):
    return f"http://{request.headers['Host']}"


def iso(now):
    return stamp(now, "%Y-%m-%dT%H:%M:%S.000000Z")
