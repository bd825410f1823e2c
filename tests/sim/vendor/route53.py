# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What botocore and the AWS CLI ask of Route 53, of STS, of the metadata of an instance and of a
container's endpoint is served, and what they are refused they read as that."""
import json
import os
import pathlib
import subprocess
import sys
import traceback

import botocore.config
import botocore.exceptions
import botocore.session

ACCESS = json.load(sys.stdin)
ZONE, NUMBER, ENDPOINT = ACCESS["zone"], ACCESS["zone_id"], ACCESS["endpoint"]
OWNER = f"_dnsauth.{ZONE}"
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(AWS_CONFIG_FILE="config", AWS_SHARED_CREDENTIALS_FILE="credentials",
                  AWS_DEFAULT_REGION=ACCESS["region"], AWS_PAGER="",
                  AWS_EC2_METADATA_SERVICE_ENDPOINT=f"{ENDPOINT}/")


def client(service="route53", secret=ACCESS["secret_key"], **more):
    keys = {"aws_access_key_id": ACCESS["access_key"], "aws_secret_access_key": secret, **more}
    return botocore.session.Session().create_client(
        service, endpoint_url=ENDPOINT, region_name=ACCESS["region"],
        config=botocore.config.Config(retries={"max_attempts": 0}), **keys)


def chained():
    """With the keys that its chain of credentials finds."""
    return client(aws_access_key_id=None, secret=None)


def record(name, rrtype, *values, ttl=300, **more):
    return {"Name": name, "Type": rrtype, "TTL": ttl,
            "ResourceRecords": [{"Value": value} for value in values], **more}


def batch(*changes):
    return {"Changes": [{"Action": action, "ResourceRecordSet": one} for action, one in changes]}


def change(*changes):
    return client().change_resource_record_sets(HostedZoneId=NUMBER, ChangeBatch=batch(*changes))


def same(got, wanted):
    if got != wanted:
        raise AssertionError(f"{got!r}, wanted {wanted!r}")


def refused(code, status, function, words=""):
    try:
        function()
    except botocore.exceptions.ClientError as error:
        same(error.response["Error"]["Code"], code)
        same(error.response["ResponseMetadata"]["HTTPStatusCode"], status)
        if words not in str(error.response):
            raise AssertionError(f"{error.response}, wanted {words}") from None
        return
    raise AssertionError("not refused")


def zones_by_name():
    told = client().list_hosted_zones_by_name(DNSName=ZONE)
    same([one["Config"]["PrivateZone"] for one in told["HostedZones"][:2]].count(True), 1)
    same({one["Name"] for one in told["HostedZones"][:2]}, {ZONE})
    same((told["IsTruncated"], len(told["HostedZones"])), (True, 100))
    more = client().list_hosted_zones_by_name(DNSName=told["NextDNSName"],
                                              HostedZoneId=told["NextHostedZoneId"])
    same(more["IsTruncated"], False)
    numbers = {one["Id"] for part in (told, more) for one in part["HostedZones"]}
    pages = client().get_paginator("list_hosted_zones").paginate()
    same(numbers, {one["Id"] for page in pages for one in page["HostedZones"]})


def zone():
    told = client().get_hosted_zone(Id=f"/hostedzone/{NUMBER}")
    same(told["HostedZone"]["Name"], ZONE)
    same(told["DelegationSet"]["NameServers"], [f"ns1.{ZONE}"[:-1]])


def pages():
    found = [one for page in client().get_paginator("list_resource_record_sets").paginate(
        HostedZoneId=NUMBER, PaginationConfig={"PageSize": 2}) for one in page["ResourceRecordSets"]]
    whole = client().list_resource_record_sets(HostedZoneId=NUMBER)["ResourceRecordSets"]
    same(found, whole)
    same(whole[0]["Name"], ZONE)
    same([one["Name"] for one in whole if "wild" in one["Name"]], [f"\\052.wild.{ZONE}"])


def life():
    value = '"v=1; a \\"b\\" \\\\ \\303\\244" "second"'
    told = change(("CREATE", record(OWNER, "TXT", value, '""')))
    same(told["ChangeInfo"]["Status"], "PENDING")
    number = told["ChangeInfo"]["Id"]
    client().get_waiter("resource_record_sets_changed").wait(
        Id=number, WaiterConfig={"Delay": 0, "MaxAttempts": 5})
    told = client().list_resource_record_sets(HostedZoneId=NUMBER, StartRecordName=OWNER,
                                              StartRecordType="TXT", MaxItems="1")
    same(told["ResourceRecordSets"], [record(OWNER, "TXT", value, '""')])
    change(("DELETE", record(OWNER, "TXT", '""', value)),
           ("CREATE", record(OWNER, "TXT", '"third"', ttl=60)))
    change(("UPSERT", record(OWNER, "TXT", '"fourth"')))
    change(("DELETE", record(OWNER, "TXT", '"fourth"')))


def all_or_nothing():
    refused("InvalidChangeBatch", 400, lambda: change(
        ("CREATE", record(OWNER, "TXT", '"x"')), ("CREATE", record(f"www.{ZONE}", "TXT", '"x"'))),
            f"Tried to create resource record set [name='www.{ZONE}', type='TXT'] but it already "
            "exists")
    refused("InvalidChangeBatch", 400, lambda: change(("DELETE", record(OWNER, "TXT", '"x"'))),
            "but it was not found")
    refused("InvalidChangeBatch", 400,
            lambda: change(("DELETE", record(f"www.{ZONE}", "TXT", '"x"'))),
            "but the values provided do not match the current values")


def values():
    for rrtype, value, words in (
            ("TXT", "plain", "Value should be enclosed in quotation marks"),
            ("TXT", f'"{"a" * 256}"', "CharacterStringTooLong (Value is too long)"),
            ("CAA", '300 issue "ca.example"', "FATAL problem"),
            ("A", "192.0.2.256", "ARRDATAIllegalIPv4Address"),
            ("CNAME", "a b", "RRDATANotSingleField")):
        refused("InvalidChangeBatch", 400,
                lambda rrtype=rrtype, value=value: change(("CREATE", record(OWNER, rrtype, value))),
                words)


def policies():
    weighted = record(OWNER, "TXT", '"w"', SetIdentifier="one", Weight=10)
    alias = {"Name": f"a.{OWNER}", "Type": "A", "AliasTarget": {
        "HostedZoneId": NUMBER, "DNSName": f"www.{ZONE}", "EvaluateTargetHealth": False}}
    change(("CREATE", weighted), ("CREATE", alias))
    told = client().list_resource_record_sets(HostedZoneId=NUMBER, StartRecordName=OWNER)
    found = told["ResourceRecordSets"][:2]
    same(found, [weighted, alias])
    refused("InvalidChangeBatch", 400, lambda: change(("CREATE", record(OWNER, "TXT", '"s"'))))
    change(("DELETE", weighted), ("DELETE", alias))


def refusals():
    refused("NoSuchHostedZone", 404, lambda: client().get_hosted_zone(Id="Z0"),
            "No hosted zone found with ID: Z0")
    refused("NoSuchChange", 404, lambda: client().get_change(Id="C0"))
    refused("SignatureDoesNotMatch", 403,
            lambda: client(secret="another").get_hosted_zone(Id=NUMBER), "does not match")
    refused("InvalidClientTokenId", 403, lambda: client(
        aws_access_key_id="AKIA0").get_hosted_zone(Id=NUMBER))


def assume_role():
    sts = client("sts")
    told = sts.assume_role(RoleArn=ACCESS["role_arn"], RoleSessionName="dcvctl")["Credentials"]
    client(aws_access_key_id=told["AccessKeyId"], secret=told["SecretAccessKey"],
           aws_session_token=told["SessionToken"]).get_hosted_zone(Id=NUMBER)
    refused("InvalidClientTokenId", 403, lambda: client(
        aws_access_key_id=told["AccessKeyId"],
        secret=told["SecretAccessKey"]).get_hosted_zone(Id=NUMBER))
    refused("AccessDenied", 403,
            lambda: sts.assume_role(RoleArn=f"{ACCESS['role_arn']}x", RoleSessionName="dcvctl"))


def web_identity():
    told = client("sts").assume_role_with_web_identity(
        RoleArn=ACCESS["role_arn"], RoleSessionName="dcvctl",
        WebIdentityToken=ACCESS["web_token"])["Credentials"]
    client(aws_access_key_id=told["AccessKeyId"], secret=told["SecretAccessKey"],
           aws_session_token=told["SessionToken"]).get_hosted_zone(Id=NUMBER)
    refused("InvalidIdentityToken", 400, lambda: client("sts").assume_role_with_web_identity(
        RoleArn=ACCESS["role_arn"], RoleSessionName="dcvctl", WebIdentityToken="nothing"))


def instance():
    chained().get_hosted_zone(Id=NUMBER)


def container():
    os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = ENDPOINT + ACCESS["container_path"]
    os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = ACCESS["container_token"]
    try:
        os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
        chained().get_hosted_zone(Id=NUMBER)
    finally:
        for word in ("CONTAINER_CREDENTIALS_FULL_URI", "CONTAINER_AUTHORIZATION_TOKEN",
                     "EC2_METADATA_DISABLED"):
            del os.environ[f"AWS_{word}"]


def cli(*words):
    done = subprocess.run(["/usr/bin/aws", "--endpoint-url", ENDPOINT, "--output", "json",
                           "route53", *words], capture_output=True, text=True, timeout=60,
                          check=False, env=dict(os.environ, PATH="/usr/bin:/bin",
                                                AWS_PROFILE="dcv"))
    return done.returncode, done.stderr if done.returncode else json.loads(done.stdout)


def cli_with_a_profile():
    pathlib.Path("credentials").write_text(
        f"[dcv]\naws_access_key_id = {ACCESS['access_key']}\n"
        f"aws_secret_access_key = {ACCESS['secret_key']}\n", encoding="utf-8")
    made = batch(("CREATE", record(OWNER, "TXT", '"cli"')))
    status, told = cli("change-resource-record-sets", "--hosted-zone-id", NUMBER,
                       "--change-batch", json.dumps(made))
    same((status, told if status else told["ChangeInfo"]["Status"]), (0, "PENDING"))
    status, told = cli("list-resource-record-sets", "--hosted-zone-id", NUMBER, "--query",
                       f"ResourceRecordSets[?Name=='{OWNER}']")
    same((status, told), (0, [record(OWNER, "TXT", '"cli"')]))
    status, told = cli("change-resource-record-sets", "--hosted-zone-id", NUMBER,
                       "--change-batch", json.dumps(made))
    same((status, "(InvalidChangeBatch)" in str(told)), (254, True))


TESTS = (zones_by_name, zone, pages, life, all_or_nothing, values, policies, refusals, assume_role,
         web_identity, instance, container, cli_with_a_profile)

if __name__ == "__main__":
    for test in TESTS:
        try:
            test()
        except Exception:  # pylint: disable=broad-except
            print(traceback.format_exc())
            print(f"FAIL {test.__name__}")
        else:
            print(f"ok {test.__name__}")
