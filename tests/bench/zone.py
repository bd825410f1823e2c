# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""zone.py RECORDS FILE: a zone as people keep it by hand, of exactly so many records, always the
same: comments, blank lines, several $TTL and $ORIGIN, blank owners, tabs and spaces mixed, class
and TTL written or left out (never the class first, which ldns cannot read), a SOA and keys over
several lines, quoted semicolons, comments behind records, delegations. TARGET stands at three
quarters of it, with the record of a former order."""
import sys

ORIGIN = "bench.example."
TARGET = "target"
TOKEN = "token-of-revision-00000000"  # that of the certificate before, made by hand
SERIAL = 2026010101
HEAD = f"""\
; {ORIGIN}  kept by hand: please keep the columns, and count the serial up
$TTL 1h
@\t\tSOA\tns1 hostmaster (
\t\t\t{SERIAL}\t; serial, date and number
\t\t\t2h\t\t; refresh
\t\t\t30m\t\t; retry
\t\t\t2w\t\t; expire
\t\t\t5m )\t\t; negative answers
\t\tNS\tns1
\t\tNS\tns2 ; the provider's
\t\tMX\t10 mx
\t\tTXT\t"v=spf1 mx -all" ; one line; no more
\t\tCAA\t0 issue "digicert.com"
ns1\t\tA\t192.0.2.1
ns2\t\tA\t192.0.2.2
mx\t\tA\t192.0.2.3
"""
HEAD_RECORDS = 9
TARGET_RECORDS = f"""
; orders of certificates
{TARGET}\tIN\tA\t192.0.2.4
_dnsauth.{TARGET}\t300\tIN\tTXT\t"{TOKEN}"
"""
SITE_RECORDS = 17


def site(i):
    """The records of one customer."""
    a, b, c = i >> 16 & 255, i >> 8 & 255, i & 255
    return f"""
; site {i}, contract "K-{i * 3}" (ops-{i}@{ORIGIN})
site{i}\t\tIN\tA\t10.{a}.{b}.{c}
\t\t\tIN\tAAAA\t2001:db8:{a:x}:{b:x}::{c:x}
\t\t\tIN\tMX\t10 mx ; first
\t\t\tIN\tMX\t20 mx.site{i}
\t\t\tIN\tTXT\t"v=spf1 ip4:10.{a}.{b}.{c} ~all; not a comment"
mx.site{i}      600 IN A   10.{a}.{b}.{c}
www.site{i}     600 CNAME  site{i}
shop.site{i}    CNAME  site{i}.{ORIGIN}  ; moved, see K-{i * 3}
api.site{i}\tA\t10.{a}.{b}.{c}
\tA\t10.{a}.{b}.{c ^ 1}
\tAAAA\t2001:db8:{a:x}:{b:x}:1::{c:x}
lab{i}\t\t1d\tIN\tNS\tns1.elsewhere.example.
\t\t1d\tIN\tNS\tns2.elsewhere.example.
_imaps._tcp.site{i} SRV 0 1 993 mail.elsewhere.example.
k1._domainkey.site{i}  TXT ( "v=DKIM1; k=rsa; p="  ; in two pieces
\t\t"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC{i:08d}r7Vb2mZ"
\t\t"q0xwQzKfN5uLh3{i:08d}dXo9TYQIDAQAB" )
site{i}.{ORIGIN}\tHINFO\tamd64 "Debian; stable"
vpn{i}\tIN\tA\t10.{a}.{b}.{c}
"""


def section(number):
    """What stands between sites now and then."""
    return (f"\n$TTL {1800 if number % 2 else 3600}\n"
            f"; ---------------- section {number} ----------------\n$ORIGIN {ORIGIN}\n")


def pieces(records):
    """The zone's text, piece by piece."""
    yield HEAD
    count, i, target_at = HEAD_RECORDS, 0, records * 3 // 4
    while count < records:
        if target_at is not None and count >= target_at:
            yield TARGET_RECORDS
            count, target_at = count + 2, None
        elif records - count < SITE_RECORDS:
            yield f"last{records - count} A 192.0.2.5\n"
            count += 1
        else:
            yield site(i)
            count, i = count + SITE_RECORDS, i + 1
            if i % 500 == 0:
                yield section(i // 500)


def write(records, path):
    with open(path, "w", encoding="ascii", buffering=1 << 20) as out:
        out.writelines(pieces(records))


if __name__ == "__main__":
    write(int(sys.argv[1]), sys.argv[2])
