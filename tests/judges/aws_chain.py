# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""aws_chain.py DCVCTL: who is asked for keys, and with which key Route 53 is asked in the end, by
dcvctl and by botocore in the same surroundings: variables, files of the AWS tools, a container's
endpoint, the metadata of an instance. Prints a line of JSON a case: name, ours, theirs, and wanted
where they differ on purpose. Runs in a network namespace of its own, whose addresses it sets."""
import contextlib
import hashlib
import http.server
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import urllib.parse

import botocore.config
import botocore.credentials
import botocore.loaders
import botocore.session
import botocore.utils

CONTAINER, INSTANCE = "169.254.170.2", "169.254.169.254"
ROLES = "/latest/meta-data/iam/security-credentials/"
LATER = "2099-01-01T00:00:00Z"
TIMEOUT_S = 30
botocore.utils.ContainerMetadataFetcher.SLEEP_TIME = 0
LOADER = botocore.loaders.create_loader()
for _name in ("route53", "sts"):
    LOADER.load_service_model(_name, "service-2")


def key_of(*words):
    """The key that whoever asks so is given."""
    return "ASIA" + hashlib.sha256(" ".join(words).encode()).hexdigest()[:16].upper()


class World:
    """What is asked, as it is asked; `imds`: "off", "v1", "v2" or "roleless"."""

    def __init__(self):
        self.asked, self.imds = [], "off"
        world = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                size = int(self.headers["Content-Length"] or 0)
                status, text = world.answer(self, self.rfile.read(size).decode())
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):
                    self.wfile.write(text.encode())

            do_GET = do_PUT = do_POST = answer

            def log_message(self, *_):
                pass

        self.servers = [http.server.ThreadingHTTPServer(where, Handler) for where in (
            ("127.0.0.1", 0), (CONTAINER, 80), (INSTANCE, 80))]
        self.url = f"http://127.0.0.1:{self.servers[0].server_port}"
        for server in self.servers:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def note(self, *words):
        if list(words) not in self.asked:
            self.asked.append(list(words))

    def answer(self, request, body):
        signed = re.search(r"Credential=([^/]*)/", request.headers["Authorization"] or "")
        key = signed[1] if signed else None
        if request.path.startswith("/2013-04-01/"):
            self.note("route53", key)
            return 403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
        if request.path == "/" and request.command == "POST":
            return self.of_sts(dict(urllib.parse.parse_qsl(body)), key)
        if request.path.startswith("/latest/"):
            return self.of_instance(request)
        token = request.headers["Authorization"]
        self.note("container", request.path, token)
        if "denied" in request.path:
            return 403, "{}"
        return 200, self.keys(key_of("container", request.path, str(token)))

    @staticmethod
    def keys(key):
        return json.dumps({"AccessKeyId": key, "SecretAccessKey": "secret", "Token": "token",
                           "Expiration": LATER, "Code": "Success"})

    def of_sts(self, asked, key):
        who = asked.get("WebIdentityToken", key)
        words = [asked["Action"], who, asked["RoleArn"], asked.get("ExternalId")]
        name = asked["RoleSessionName"]
        if not name.startswith(("botocore-session-", "dcvctl")):
            words.append(name)
        self.note(*words)
        if "denied" in asked["RoleArn"]:
            return 403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
        return 200, (
            f'<R xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{asked["Action"]}Result>'
            f"<Credentials><AccessKeyId>{key_of(*map(str, words))}</AccessKeyId><SecretAccessKey>"
            f"secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>{LATER}"
            f"</Expiration></Credentials></{asked['Action']}Result></R>")

    def of_instance(self, request):
        """Version 1 knows of no token."""
        if request.command == "PUT":
            return (200, "word") if self.imds in ("v2", "roleless") else (404, "")
        if self.imds != "v1" and request.headers["X-aws-ec2-metadata-token"] != "word":
            return 401, ""
        if self.imds in ("off", "roleless"):
            return 404, ""
        if request.path == ROLES:
            return 200, "dcv"
        self.note("instance", request.path)
        return 200, self.keys(key_of("instance"))


def role(name):
    return f"arn:aws:iam::123456789012:role/{name}"


def static(key, **more):
    return {"aws_access_key_id": key, "aws_secret_access_key": f"secret-of-{key}", **more}


class Case:
    """variables; credentials and config: {section: {key: value}}; imds; profile: that the account,
    or the session, is given; wanted: what dcvctl does where it means to do something else."""

    def __init__(self, name, variables=None, credentials=None, config=None, imds="off",
                 profile=None, wanted=None):
        self.name, self.variables, self.imds = name, variables or {}, imds
        self.files = {"credentials": credentials or {}, "config": config or {}}
        self.profile, self.wanted = profile, wanted


ENV = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "secret-of-env"}
WEB = {"AWS_WEB_IDENTITY_TOKEN_FILE": "@/web.token", "AWS_ROLE_ARN": role("web")}
FULL = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "@url/full",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic c2VzYW0="}
RELATIVE = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/relative"}
BASE = {"base": static("AKIABASE")}
ASSUMED = {"role_arn": role("assumed"), "source_profile": "base"}
OF_WEB = {"role_arn": role("profile-web"), "web_identity_token_file": "@/web.token"}
# Each place where keys may be, alone; any two of them are in one case.
PLACES = {
    "env": {"variables": ENV}, "web": {"variables": WEB}, "full": {"variables": FULL},
    "relative": {"variables": RELATIVE}, "instance": {"imds": "v2"},
    "shared": {"credentials": {"default": static("AKIASHARED")}},
    "config": {"config": {"default": static("AKIACONFIG")}},
    "role": {"credentials": BASE, "config": {"default": ASSUMED}},
    "named": {"variables": {"AWS_PROFILE": "named"},
              "credentials": {"named": static("AKIANAMED")}},
}


def merged(*parts):
    ret = {"variables": {}, "credentials": {}, "config": {}, "imds": "off"}
    for part in parts:
        ret["variables"].update(part.get("variables", {}))
        ret["imds"] = part.get("imds", ret["imds"])
        for file in ("credentials", "config"):
            for section, keys in part.get(file, {}).items():
                ret[file].setdefault(section, {}).update(keys)
    return ret


def named(section, **more):
    """The profile `dns`, by the variable."""
    credentials = {**BASE, **more.pop("credentials", {})}
    return {"variables": {"AWS_PROFILE": "dns", **more.pop("variables", {})},
            "credentials": credentials,
            "config": {"profile dns": section, **more.pop("config", {})}, **more}


def cases():
    yield Case("nothing")
    for count in (1, 2):
        for names in itertools.combinations(PLACES, count):
            yield Case("+".join(names), **merged(*(PLACES[name] for name in names)))
    yield Case("all", **merged(*PLACES.values()))
    yield Case("all-but-env", **merged(*(PLACES[name] for name in PLACES if name != "env")))
    both = {"aws_session_token": "one"}
    for name, more in {
            "a-session-token": {"variables": {**ENV, "AWS_SESSION_TOKEN": "one"}},
            "a-key-without-a-secret": {"variables": {"AWS_ACCESS_KEY_ID": "AKIAENV"},
                                       "credentials": {"default": static("AKIASHARED")}},
            "an-empty-key": {"variables": {"AWS_ACCESS_KEY_ID": ""},
                             "credentials": {"default": static("AKIASHARED", **both)}},
            "a-secret-without-a-key": {"variables": {"AWS_SECRET_ACCESS_KEY": "x"},
                                       "credentials": {"default": static("AKIASHARED")}},
            "half-of-a-key-in-each-file": {
                "credentials": {"default": {"aws_access_key_id": "AKIAHALF"}},
                "config": {"default": {"aws_secret_access_key": "x"}}},
            "the-secret-first": {"credentials": {"default": {"aws_secret_access_key": "x"}},
                                 "config": {"default": static("AKIACONFIG")}},
            "two-profiles": {"variables": {"AWS_PROFILE": "one", "AWS_DEFAULT_PROFILE": "two"},
                             "credentials": {"one": static("AKIAONE"), "two": static("AKIATWO")}},
            "no-such-profile": {"variables": {"AWS_PROFILE": "none"},
                                "credentials": {"default": static("AKIASHARED")}},
            "no-such-profile-on-an-instance": {"variables": {"AWS_PROFILE": "none"},
                                               "imds": "v2"},
            "a-profile-without-keys": named({"region": "eu-west-1"}),
            "a-profile-without-keys-on-an-instance": named({"region": "eu-west-1"}, imds="v2"),
            "a-profile-without-keys-in-a-container": named({"region": "x"}, variables=RELATIVE),
            "a-role-of-a-profile": named(ASSUMED),
            "a-role-with-a-word": named({**ASSUMED, "external_id": "word",
                                         "role_session_name": "who-asks"}),
            "a-role-beside-env": named(ASSUMED, variables=ENV),
            "a-role-beside-web": named(ASSUMED, variables=WEB),
            "a-role-denied": named({**ASSUMED, "role_arn": role("denied")}, imds="v2"),
            "a-role-and-no-source": named({"role_arn": role("assumed")}, imds="v2"),
            "a-role-and-keys-and-no-source": named({"role_arn": role("assumed"),
                                                    **static("AKIAOWN")}),
            "a-role-and-two-sources": named({**ASSUMED, "credential_source": "Environment"},
                                            variables={**ENV, "AWS_ACCESS_KEY_ID": ""}),
            "a-role-and-no-such-source": named({**ASSUMED, "source_profile": "none"}, imds="v2"),
            "a-role-of-itself": named({**ASSUMED, "source_profile": "dns"},
                                      credentials={"dns": static("AKIADNS")}),
            "a-role-of-itself-without-keys": named({**ASSUMED, "source_profile": "dns"}),
            "a-role-of-a-role": named({**ASSUMED, "source_profile": "second"}, config={
                "profile second": {"role_arn": role("second"), "source_profile": "base"}}),
            "a-role-of-a-role-with-keys": named({**ASSUMED, "source_profile": "second"}, config={
                "profile second": {"role_arn": role("second"), "source_profile": "base",
                                   **static("AKIASECOND")}}),
            "roles-that-go-round": named({**ASSUMED, "source_profile": "second"}, config={
                "profile second": {"role_arn": role("second"), "source_profile": "dns"}}),
            "a-role-of-a-web-identity": named({**ASSUMED, "source_profile": "second"}, config={
                "profile second": OF_WEB}),
            "a-role-of-env": named({"role_arn": role("assumed"), "credential_source":
                                    "Environment"}, variables={**ENV, "AWS_PROFILE": "dns"}),
            "a-role-of-no-env": named({"role_arn": role("assumed"),
                                       "credential_source": "Environment"}, imds="v2"),
            "a-role-of-a-container": named({"role_arn": role("assumed"), "credential_source":
                                            "EcsContainer"}, variables=FULL),
            "a-role-of-an-instance": named({"role_arn": role("assumed"), "credential_source":
                                            "Ec2InstanceMetadata"}, imds="v2"),
            "a-role-of-who-knows": named({"role_arn": role("assumed"),
                                          "credential_source": "environment"}, imds="v2"),
            "a-web-identity-of-a-profile": named(OF_WEB),
            "a-web-identity-of-both": named(OF_WEB, variables=WEB),
            "a-web-identity-with-half-in-the-profile": named(
                {"role_arn": role("half"), "web_identity_token_file": "@/none"},
                variables={"AWS_WEB_IDENTITY_TOKEN_FILE": "@/web.token",
                           "AWS_ROLE_SESSION_NAME": "who-asks"}),
            "a-web-identity-without-a-role": {"variables": {
                "AWS_WEB_IDENTITY_TOKEN_FILE": "@/web.token"}, "imds": "v2"},
            "a-web-identity-without-a-file": {"variables": {
                **WEB, "AWS_WEB_IDENTITY_TOKEN_FILE": "@/none"}, "imds": "v2"},
            "a-web-identity-denied": {"variables": {**WEB, "AWS_ROLE_ARN": role("denied")},
                                      "imds": "v2"},
            "a-container-that-denies": {"variables": {
                **FULL, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "@url/denied"}, "imds": "v2"},
            "a-container-elsewhere": {"variables": {
                **FULL, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/full"}},
            "an-instance-without-a-role": {"imds": "roleless"},
            "an-instance-that-is-not-asked": {"variables": {"AWS_EC2_METADATA_DISABLED": "True"},
                                              "imds": "v2"},
            "an-instance-elsewhere": {"variables": {
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": "@url/"}, "imds": "v2"},
            "quotes-in-a-section": {"variables": {"AWS_PROFILE": "a b"},
                                    "config": {'profile "a b"': static("AKIAQUOTED")}},
            "the-default-by-name": {"variables": {"AWS_PROFILE": "default"},
                                    "config": {"default": static("AKIACONFIG")}},
            "a-prefix-in-the-wrong-file": {"variables": {"AWS_PROFILE": "dns"}, "credentials": {
                "profile dns": static("AKIAWRONG")}},
            "no-prefix-in-the-wrong-file": {"variables": {"AWS_PROFILE": "dns"}, "config": {
                "dns": static("AKIAWRONG")}},
            "of-the-account": {"profile": "dns", "variables": {**ENV, **WEB},
                               "credentials": {"dns": static("AKIADNS")}},
            "of-the-account-a-role": {"profile": "dns", "variables": {**ENV, **WEB}, "credentials":
                                      BASE, "config": {"profile dns": ASSUMED}},
            "of-the-account-none": {"profile": "none", "variables": ENV},
    }.items():
        yield Case(name, **more)
    # Where dcvctl means to do something else.
    yield Case("version-1-of-the-metadata", imds="v1", wanted=[])
    yield Case("no-such-profile-beside-env", variables={**ENV, "AWS_PROFILE": "none"},
               wanted=[["route53", "AKIAENV"]])
    yield Case("a-profile-of-the-account-without-keys", profile="dns", imds="v2",
               config={"profile dns": {"region": "eu-west-1"}}, wanted=[])


def place(case, world, where):
    """Writes the files; the variables."""
    def filled(text):
        return text.replace("@url", world.url).replace("@/", f"{where}/")
    (where / ".aws").mkdir(exist_ok=True)
    (where / "web.token").write_text("a.web.token", encoding="utf-8")
    for file, sections in case.files.items():
        (where / ".aws" / file).write_text("".join(
            f"[{section}]\n" + "".join(f"{key} = {filled(value)}\n" for key, value in keys.items())
            for section, keys in sections.items()), encoding="utf-8")
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("AWS_", "DCVCTL_"))}
    return {**kept, "HOME": str(where), **{name: filled(value)
                                           for name, value in case.variables.items()}}


def ask_ours(program, case, world, where, variables):
    """By a configuration, and but for pairs of places by --provider."""
    (where / "1.yaml").write_text("ca: digicert\nrecords:\n  - _dnsauth.example.com TXT token-1\n")
    (where / "c.yaml").write_text(
        f'ledger: sqlite:{where}/ledger.db\naccounts:\n  aws: {{provider: route53, region: '
        f'us-east-1, endpoint: "{world.url}", sts_endpoint: "{world.url}"' +
        (f', profile: {case.profile}' if case.profile else "") +
        "}\nzones:\n  - {zone: example.com, account: aws}\n")
    ways = [(["--config", "c.yaml"], {})]
    if not case.profile and "+" not in case.name:
        ways.append((["--provider", "route53"], {"AWS_ENDPOINT_URL": world.url,
                                                 "AWS_REGION": "us-east-1"}))
    for words, more in ways:
        world.asked = []
        done = subprocess.run([program, "plan", *words, "1.yaml"], cwd=where, check=False,
                              env={**variables, "XDG_STATE_HOME": str(where), **more},
                              capture_output=True, text=True, timeout=TIMEOUT_S)
        if done.returncode not in (1, 78) or "Sanitizer" in done.stderr:
            raise AssertionError(f"exit status {done.returncode}: {done.stdout}{done.stderr}")
        yield world.asked, done.stderr


class Session(botocore.session.Session):
    """Whose STS is ours."""

    def create_client(self, service_name, *args, **keys):
        if service_name == "sts":
            keys["endpoint_url"] = self.url
        return super().create_client(service_name, *args, **keys)


def ask_theirs(case, world, variables):
    os.environ.clear()
    os.environ.update(variables, AWS_MAX_ATTEMPTS="1")
    session = Session(profile=case.profile)
    session.url = world.url
    session.register_component("data_loader", LOADER)
    world.asked = []
    try:
        session.create_client("route53", "us-east-1", endpoint_url=world.url).list_hosted_zones()
    except Exception as error:  # pylint: disable=broad-except
        return world.asked, f"{type(error).__name__}: {error}"
    raise AssertionError("not refused")


def compare(program, case, world):
    with tempfile.TemporaryDirectory(prefix="dcvctl-chain.") as made:
        where = pathlib.Path(made).resolve()
        world.imds = case.imds
        variables = place(case, world, where)
        theirs, why = ask_theirs(case, world, variables)
        wanted = case.wanted if case.wanted is not None else theirs
        text = None
        if case.wanted == theirs:
            text = "it does the same, so it is no exception"
        for ours, said in ask_ours(program, case, world, where, variables):
            if ours != wanted:
                text = f"ours   {ours}: {said}\ntheirs {theirs}: {why}"
        print(json.dumps([case.name, text]), flush=True)


def main():
    for words in ("link set lo up", f"addr add {CONTAINER}/32 dev lo",
                  f"addr add {INSTANCE}/32 dev lo"):
        subprocess.run(["ip", *words.split()], check=True)
    before, world = dict(os.environ), World()
    for case in cases():
        os.environ.clear()
        os.environ.update(before)
        compare(sys.argv[1], case, world)


if __name__ == "__main__":
    main()
