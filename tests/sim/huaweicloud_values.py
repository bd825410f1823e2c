# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What Huawei Cloud DNS takes as names, TTLs and values of record sets, as its documents say; what
they leave open (empty strings are taken, octets beyond ASCII are not) is decided here."""
import ipaddress
import re

from huaweicloud_gate import Refused

TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "SRV", "TXT")
TTL_MAX, TTL_MIN_PRIVATE, TTL = 2147483647, 300, 300
VALUES_MAX, TXT_MAX, STRING_MAX, DESCRIPTION_MAX, WEIGHT_MAX = 50, 4096, 255, 255, 1000
LABEL = r"[0-9a-z_]([0-9a-z_-]{0,61}[0-9a-z_])?"
NAME = re.compile(rf"(\*\.)?({LABEL}\.)+")
CAA = re.compile(r'(\d{1,3}) ([0-9A-Za-z]{1,15}) "([-#*?&_~=:;.@+^/!% 0-9A-Za-z]{1,255})"')


def invalid(attribute, why, code="DNS.0308"):
    return Refused(400, code, f"Attribute '{attribute}' is invalid, '{why}'.")


def name(text, zone):
    """In the form that is kept. zone: absolute."""
    text = text.lower() if isinstance(text, str) else ""
    text += "" if text.endswith(".") else "."
    if not (text == zone or text.endswith("." + zone)) or not NAME.fullmatch(text) or \
            len(text) > 254:
        raise invalid("name", "it must be a domain name that ends with the zone name", "DNS.0304")
    return text


def ttl(value, is_private=False):
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(400, "DNS.0303", "Invalid record set TTL value.")
    if not (TTL_MIN_PRIVATE if is_private else 1) <= value <= TTL_MAX:
        raise Refused(400, "DNS.0319", "The TTL parameter has been out of range.")
    return value


def description(text):
    if text is not None and (not isinstance(text, str) or len(text) > DESCRIPTION_MAX):
        raise Refused(400, "DNS.0305", "Invalid record set description. The description can "
                      f"contain a maximum of {DESCRIPTION_MAX} characters.")
    return text


def weight(value):
    if value is not None and (not isinstance(value, int) or not 0 <= value <= WEIGHT_MAX):
        raise Refused(400, "DNS.0323", f"The weight must range from 0 to {WEIGHT_MAX}.")
    return value


def txt(text):
    if not text.startswith('"'):
        raise invalid("records", "TXT records missing starting quotation mark")
    if len(text) < 2 or not text.endswith('"'):
        raise invalid("records", "TXT records missing ending quotation mark")
    if "\\" in text or len(text) > TXT_MAX:
        raise invalid("records", "TXT records have a backslash, or are longer than 4096")
    if not re.fullmatch(r'"[ !#-\[\]-~]*"( "[ !#-\[\]-~]*")*', text):
        raise invalid("records", "TXT records must be strings in quotation marks")
    if any(len(string) > STRING_MAX for string in text[1:-1].split('" "')):
        raise invalid("records", "TXT records have a string of more than 255 characters")
    return text


def caa(text):
    found = CAA.fullmatch(text)
    if not found or int(found[1]) > 255:
        raise invalid("records", "CAA records must be: flag tag \"value\"")
    return text


def target(text):
    text = text.lower() + ("" if text.endswith(".") else ".")
    if not NAME.fullmatch(text):
        raise invalid("records", "it is not a domain name")
    return text


def address(version):
    def check(text):
        try:
            if ipaddress.ip_address(text).version == version:
                return text
        except ValueError:
            pass
        raise invalid("records", f"it is not an IPv{version} address")
    return check


def numbered(count):
    """So many numbers, and a name."""
    def check(text):
        words = text.split(" ")
        if len(words) != count + 1 or not all(re.fullmatch(r"\d{1,5}", word) and
                                              int(word) < 65536 for word in words[:-1]):
            raise invalid("records", f"it is not {count} numbers and a domain name")
        return " ".join([*words[:-1], target(words[-1])])
    return check


CHECKS = {"A": address(4), "AAAA": address(6), "CAA": caa, "CNAME": target, "MX": numbered(1),
          "NS": target, "SRV": numbered(3), "TXT": txt}


def values(rrtype, records):
    """In the form that is kept."""
    if not isinstance(records, list) or not records or \
            not all(isinstance(text, str) for text in records):
        raise Refused(400, "DNS.0308", "Invalid record set value.")
    if len(records) > (1 if rrtype == "CNAME" else VALUES_MAX) or \
            len(set(records)) != len(records):
        raise invalid("records", "too many, or one of them twice")
    return [CHECKS[rrtype](text) for text in records]
