# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""examples/beside: what the other tools are told to leave alone is what dcvctl writes, and only
that. octoDNS and external-dns search with regular expressions, DNSControl matches globs."""
import pathlib
import re

from report import Failure

BESIDE = pathlib.Path(__file__).parents[3] / "examples" / "beside"
HEX = "aabe6a3a4572909d447d057b57f78a66"
# Relative to the zone, each at its apex and below.
OURS = [label + below for below in ("", ".www", ".a.b")
        for label in ("_dnsauth", "_acme-challenge", "_validation-persist",
                      "_ujmmovf2vn55tgye._acme-challenge", "_" + HEX)]
THEIRS = ["", "www", "a.b", "*", "_dmarc", "_dmarc.www", "s1._domainkey", "_sip._tcp", "_mta-sts",
          "_443._tcp.www", "_dnsauth2", "acme-challenge", HEX, "www._dnsauth"]


def judge(tool, matches):
    wrong = [f"{tool} does not leave {name} alone" for name in OURS if not matches(name)]
    wrong += [f"{tool} leaves {name or 'the apex'} alone" for name in THEIRS if matches(name)]
    if wrong:
        raise Failure("\n".join(wrong))


def octodns():
    patterns = re.findall(r"- '/(.*)/'", (BESIDE / "octodns.yaml").read_text())
    judge("octodns.yaml", lambda name: any(re.search(one, name) for one in patterns))


def external_dns():
    said = re.search(r"--regex-domain-exclusion=(\S+)", (BESIDE / "external-dns.yaml").read_text())
    judge("external-dns.yaml",
          lambda name: re.search(said[1], f"{name}.example.com".lstrip(".")))


def glob(text):
    """A glob of gobwas/glob with dots between labels, as a regular expression."""
    words = {"**": ".*", "*": "[^.]*", "?": "[^.]"}
    return "".join(words.get(part) or re.escape(part) for part in re.split(r"(\*\*|\*|\?)", text))


def dnscontrol():
    globs = re.findall(r'IGNORE\("([^"]*)"', (BESIDE / "dnscontrol.js").read_text())
    judge("dnscontrol.js", lambda name: any(re.fullmatch(glob(one), name) for one in globs))


TESTS = [("beside/octodns", octodns), ("beside/external-dns", external_dns),
         ("beside/dnscontrol", dnscontrol)]
