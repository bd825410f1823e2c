# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Scenes whose cause lies behind DNS: a provider that does not publish (T25), and the CA's part
(family M), of which `explain` tells. Every name server does as it should."""
import json
import sys

import ask
from guard import STORE
from scene import TOKEN, Scene, txt
from world import Zone

SCENES = []


def scene(cause, name, zone, proof, **keys):
    SCENES.append(Scene(name, cause, [zone], lambda: proof(zone.name), **keys))


def served(zone):
    ask.values("nsd", f"_dnsauth.{zone}", "TXT", f'"{TOKEN}"')


def store(zone):
    """What the provider holds: the delegated zone, by its word."""
    soa = f"ns1.{zone}. hostmaster.{zone}. 2026110100 3600 600 604800 300"
    return json.dumps({f"{zone}.": [
        {"owner": f"{zone}.", "type": kind, "ttl": 300, "values": values} for kind, values in
        (("SOA", [soa]), ("NS", [f"ns1.{zone}.", f"ns2.{zone}."]))]})


SILENT = "t25-accepted-and-not-published.beta"
scene("T25", "accepted-and-not-published", Zone(SILENT),
      lambda zone: ask.status("nsd", f"_dnsauth.{zone}", "TXT", "NXDOMAIN"),
      files={"store": store(SILENT)}, records=[f"_dnsauth.{SILENT} TXT {TOKEN}"],
      config={"accounts": {"store": {"provider": "exec", "command": [sys.executable, str(STORE)],
                                     "settings": ["file=@WHERE@/store"]}},
              "zones": [{"zone": SILENT, "account": "store"}]},
      apply=["--until", "published"], evidence=[f"_dnsauth.{SILENT}"],
      remedy=[f"state of {SILENT} in the provider's console"], also={"P01"})


def said(cause, name, says, exit, **more):
    """An order of Huawei Cloud SCM, whose record stands, and what the service says of it."""
    zone = Zone(f"{cause.lower()}-{name}.beta", body=txt("_dnsauth"))
    document = {"id": "scs1590053258704", "name": "scm-testing", "type": "DV_SSL_CERT",
                "brand": "SYMANTEC", "status": "CHECKING_DOMAIN", "issue_time": None,
                "validation_method": "DNS",
                "domain_type": "SINGLE_DOMAIN", "domain": zone.name, "sans": None,
                "authentification": [{"record_name": f"_dnsauth.{zone.name}", "record_type": "TXT",
                                      "record_value": TOKEN, "domain": zone.name}], **says}
    scene(cause, name, zone, served, command="explain", order=None, exit=exit,
          files={"answer.json": json.dumps(document)},
          args=["--from", "huaweicloud-scm", "--file", "answer.json"], **more)


said("M61", "application-refused", {"status": "UNPASSED"}, 2, evidence=["refused"],
     remedy=["withdraw scs1590053258704"])
said("M62", "organisation-is-open", {"type": "OV_SSL_CERT", "status": "CHECKING_ORG"}, {0, 2},
     evidence=["organisation"])
scene("M64", "bank-pay", Zone("m64-bank-pay.beta", body=txt("_dnsauth")), served,
      command="explain", records=[f"_dnsauth.m64-bank-pay.beta TXT {TOKEN}"], exit=0,
      evidence=["`bank`"])
