# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The accounts of clouds, one of each kind of key that they take, at the simulated services. Not only
what the account was given is a canary: so is all that the services hand out, temporary keys and
tokens. What they hand out is told in answers: in XML, in JSON, in a header, in a line of text."""
import json
import re

import cloudflare
import huaweicloud
import huaweicloud_account
import route53
import route53_credentials as aws
from proxy import Http


class Cloud:
    """Few faults: those after which an answer is told, recorded or cut. brief: few commands."""
    form, brief = Http, True
    few = (("tells", "all"), ("tells", "later"), ("garbled", "all"), ("after-500", "writes"))

    def tells(self, request):
        """A refusal that has all secrets of the request in what it says."""
        text = request.decode("latin-1")
        said = " ".join(one for one in self.canaries() if one in text)
        return Http.answer("422 No", body=self.refusal(said).encode())

    @staticmethod
    def refusal(said):
        """To all who speak JSON."""
        return json.dumps({"code": "X", "message": said, "success": False,
                           "errors": [{"code": 1, "message": said}]})

    @staticmethod
    def is_later(request):
        """By then we know who we are: it is about zones."""
        return re.match(rb"\w+ (/v2|/v3/scm|/2013-04-01/|/client/v4)", request)

    def secret(self, name, text):
        return super().secret(f"{name}.key", text)

    def file(self, name, text):
        return f"{{file: {self.secret(name, text)}}}"

    def account(self):
        return f"http_record: {self.where}/record, requests_per_second: 100, {self.keys()}"


class Cloudflare(Cloud, cloudflare.Backend):
    def canaries(self):
        return [self.service.token, self.service.key]

    def keys(self):
        return (f'url: "{self.endpoint()}{cloudflare.PREFIX}", '
                f'token: {self.file("token", self.service.token)}')


class CloudflareKey(Cloudflare):
    def keys(self):
        return (f'url: "{self.endpoint()}{cloudflare.PREFIX}", email: {self.service.email}, '
                f'key: {self.file("key", self.service.key)}')


class CloudflareZoneToken(Cloudflare):
    """The zones are found with one token, records are written with another."""

    def canaries(self):
        return list(self.service.tokens)

    def keys(self):
        records, zones = self.tokens({"read", "edit"}, {"zones"})
        return (f'url: "{self.endpoint()}{cloudflare.PREFIX}", '
                f'token: {self.file("token", records)}, '
                f'zone_token: {self.file("zone-token", zones)}')


class Huawei(Cloud, huaweicloud.Backend):
    def canaries(self):
        gate = self.service.gate
        return [self.service.password, *gate.tokens, *self.service.metadata_tokens,
                *gate.keys, *(key.secret for key in gate.keys.values()),
                *(key.token for key in gate.keys.values() if key.token)]

    def keys(self):
        return (f'region: {huaweicloud.REGION}, endpoint: "{self.endpoint()}", '
                f'iam_endpoint: "{self.endpoint()}", scm_endpoint: "{self.endpoint()}", '
                f'{self.own_keys()}')

    def own_keys(self):
        return (f'access_key: {self.file("access", self.service.access)}, '
                f'secret_key: {self.file("secret", self.service.secret)}')


class HuaweiTemporary(Huawei):
    def own_keys(self):
        access, secret, token = self.service.gate.new_key(True)
        return (f'access_key: {self.file("access", access)}, '
                f'secret_key: {self.file("secret", secret)}, '
                f'security_token: {self.file("security", token)}')


class HuaweiVariables(Huawei):
    """Those of the vendor's SDKs."""

    def own_keys(self):
        access, secret, token = self.service.gate.new_key(True)
        self.variables = {"HUAWEICLOUD_SDK_AK": access, "HUAWEICLOUD_SDK_SK": secret,
                          "HUAWEICLOUD_SDK_SECURITY_TOKEN": token}
        return "auth: key"


class HuaweiOrder(HuaweiTemporary):
    """An order is asked of the certificate service, with the account's keys."""

    @staticmethod
    def commands(path):
        asked = ["--from", "huaweicloud-scm", huaweicloud_account.CERTIFICATE]
        yield ["new", "-vvv", *asked]
        yield ["new", "-vvv", "--json", "--out", f"{path}.new", *asked]


class HuaweiToken(Huawei):
    def own_keys(self):
        user = huaweicloud_account.USER
        return (f'auth: token, username: {user["username"]}, domain_name: {user["domain_name"]}, '
                f'project_name: {user["project_name"]}, '
                f'password: {self.file("password", self.service.password)}')


class HuaweiMetadata(Huawei):
    def own_keys(self):
        return f'auth: metadata, metadata_endpoint: "{self.endpoint()}"'


class Route53(Cloud, route53.Backend):
    def canaries(self):
        keys, given = self.service.gate.keys, self.service.credentials
        return [*keys, *(key.secret for key in keys.values()),
                *(key.token for key in keys.values() if key.token), given.web_token,
                given.container_token, *given.metadata_tokens]

    @staticmethod
    def refusal(said):
        return f"<ErrorResponse><Error><Code>X</Code><Message>{said}</Message></Error>" \
            "</ErrorResponse>"

    def keys(self):
        key = self.service.key
        return (f'access_key: {self.file("access", key.id)}, '
                f'secret_key: {self.file("secret", key.secret)}, '
                f"{self.places()}")

    def places(self):
        return (f'region: {route53.REGION}, endpoint: "{self.endpoint()}", '
                f'sts_endpoint: "{self.endpoint()}"')


class Route53Role(Route53):
    def keys(self):
        return f'role_arn: "{aws.ROLE_ARN}", {super().keys()}'


class Elsewhere(Route53):
    """Keys that the account does not have: `given` says by which variables they are found."""

    def keys(self):
        self.variables = {"AWS_EC2_METADATA_DISABLED": "true", **self.given()}
        return self.places()


class Route53Variables(Elsewhere):
    def given(self):
        return {"AWS_ACCESS_KEY_ID": self.service.key.id,
                "AWS_SECRET_ACCESS_KEY": self.service.key.secret}


class Route53VariablesTemporary(Elsewhere):
    def given(self):
        key = self.service.gate.new_session("dcv", "canary", 3600)
        return {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret,
                "AWS_SESSION_TOKEN": key.token}


class Route53Profile(Elsewhere):
    def given(self):
        path = self.secret("shared", f"[dcv]\naws_access_key_id = {self.service.key.id}\n"
                           f"aws_secret_access_key = {self.service.key.secret}")
        return {"AWS_SHARED_CREDENTIALS_FILE": str(path), "AWS_PROFILE": "dcv"}


class Route53Container(Elsewhere):
    def given(self):
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.endpoint() + aws.CONTAINER,
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": self.service.credentials.container_token}


class Route53Instance(Elsewhere):
    def given(self):
        return {"AWS_EC2_METADATA_DISABLED": "false",
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.endpoint()}


class Route53WebIdentity(Elsewhere):
    def given(self):
        return {"AWS_WEB_IDENTITY_TOKEN_FILE":
                str(self.secret("web", self.service.credentials.web_token)),
                "AWS_ROLE_ARN": aws.ROLE_ARN}


KINDS = {"cloudflare": Cloudflare, "cloudflare-key": CloudflareKey,
         "cloudflare-zone-token": CloudflareZoneToken, "huaweicloud": Huawei,
         "huaweicloud-variables": HuaweiVariables, "huaweicloud-order": HuaweiOrder,
         "huaweicloud-temporary": HuaweiTemporary, "huaweicloud-token": HuaweiToken,
         "huaweicloud-metadata": HuaweiMetadata, "route53": Route53, "route53-role": Route53Role,
         "route53-variables": Route53Variables,
         "route53-variables-temporary": Route53VariablesTemporary, "route53-profile": Route53Profile,
         "route53-container": Route53Container, "route53-instance": Route53Instance,
         "route53-web-identity": Route53WebIdentity}
