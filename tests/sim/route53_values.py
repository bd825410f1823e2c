# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What Route 53 takes as names, TTLs and values, and how it writes them: octets that are none of
letters, digits, "-" and "_" are three octal digits in its names, and so are in strings those that
cannot be printed. Zone files have decimal digits there."""
import ipaddress
import re

TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "TXT")
TTL_MAX, VALUES_MAX, STRING_MAX, TXT_MAX, NAME_MAX = 2147483647, 400, 255, 4000, 255
ESCAPE = {8: r"\\([0-3][0-7]{2})", 10: r"\\([0-2]\d{2})"}
PLAIN = re.compile(r"[a-z0-9_-]")


class Bad(Exception):
    """A value that is not taken: the code of why, and the words."""


def octets(text, base):
    """With its escapes resolved, an octet a character; those that were escaped are marked by True."""
    for one in re.finditer(ESCAPE[base] + r"|\\(.)|(.)", text, re.DOTALL):
        if one[1] is not None:
            yield chr(int(one[1], base)), True
        else:
            yield one[2] or one[3], one[2] is not None


def labels(text, base):
    """Of an absolute name, whether or not it ends in a dot; in lower case."""
    found, label = [], ""
    for octet, escaped in octets(text, base):
        if octet == "." and not escaped:
            found.append(label)
            label = ""
        else:
            label += octet.lower() if ord(octet) < 128 else octet
    return found + [label] if label else found


def written(parts, base):
    """The name in the form of one of the two."""
    def octet(one):
        if PLAIN.fullmatch(one) or base == 10 and one == "*":
            return one
        return f"\\{ord(one):03o}" if base == 8 else f"\\{ord(one):03d}"
    return "".join("".join(map(octet, part)) + "." for part in parts)


def name(text):
    """A name as Route 53 has it. Raises Bad."""
    try:
        parts = labels(text, 8)
        fits = parts and all(1 <= len(part.encode("latin-1")) <= 63 for part in parts)
    except (UnicodeEncodeError, ValueError):
        fits = False
    if not fits or sum(len(part) + 1 for part in parts) + 1 > NAME_MAX:
        raise Bad("DomainNameInvalid", "Domain name is invalid")
    return written(parts, 8)


def order(text):
    """By which names are listed: their labels from right to left, each ended by a dot."""
    return "".join(part + "." for part in reversed(labels(text, 8)))


def to_file(text):
    return written(labels(text, 8), 10)


def from_file(text):
    return written(labels(text, 10), 8)


# --- values ---

STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)


def strings(text, base):
    """Of a value in quotation marks: lists of octets. Raises Bad."""
    if not re.fullmatch(rf'{STRING.pattern}(\s*{STRING.pattern})*', text, re.DOTALL):
        raise Bad("InvalidCharacterString", "Value should be enclosed in quotation marks")
    return ["".join(octet for octet, _ in octets(one[1], base)) for one in STRING.finditer(text)]


def quoted(found, base):
    """Strings in the form of one of the two."""
    def octet(one):
        if one in '"\\':
            return "\\" + one
        if " " <= one <= "~":
            return one
        return f"\\{ord(one):03o}" if base == 8 else f"\\{ord(one):03d}"
    return " ".join('"' + "".join(map(octet, one)) + '"' for one in found)


def txt(text):
    found = strings(text, 8)
    if any(not " " <= one <= "~" for one in text):
        raise Bad("InvalidCharacterString", "Value contains characters that must be escaped")
    if any(len(one) > STRING_MAX for one in found):
        raise Bad("CharacterStringTooLong", "Value is too long")
    if len(text) > TXT_MAX:
        raise Bad("TXTRDATATooLong", "Value is too long")


def caa(text):
    words = re.fullmatch(r'(\d{1,3}) ([0-9A-Za-z]{1,15}) (".*")', text, re.DOTALL)
    if words is None:
        raise Bad("CAARRDATANotThreeFields", "Value should be flags, tag and a quoted value")
    if int(words[1]) > 255:
        raise Bad("CAARRDATAIllegalFlags", "Flags are not between 0 and 255")
    if len(strings(words[3], 8)) != 1:
        raise Bad("InvalidCharacterString", "Value should be one string")


def target(text):
    if not text or re.search(r"\s", text):
        raise Bad("RRDATANotSingleField", "Value contains spaces")
    name(text)


def address(version):
    def check(text):
        try:
            fits = ipaddress.ip_address(text).version == version
        except ValueError:
            fits = False
        if not fits:
            raise Bad(f"{'A' * (1 if version == 4 else 4)}RRDATAIllegalIPv{version}Address",
                      f"Value is not a valid IPv{version} address")
    return check


def numbered(count):
    """So many numbers, and a name."""
    def check(text):
        words = text.split(" ")
        if len(words) != count + 1 or not all(re.fullmatch(r"\d{1,5}", word) and
                                              int(word) < 65536 for word in words[:-1]):
            raise Bad("RRDATANotNFields", f"Value is not {count} numbers and a name")
        target(words[-1])
    return check


CHECKS = {"A": address(4), "AAAA": address(6), "CAA": caa, "CNAME": target, "MX": numbered(1),
          "NS": target, "PTR": target, "SPF": txt, "SRV": numbered(3), "TXT": txt}


def complaints(rrtype, values):
    """What is wrong with the values of a set, as messages."""
    if rrtype == "CNAME" and len(values) > 1:
        yield "RRSet of type CNAME has more than one value"  # text unknown
    if len(values) > VALUES_MAX:
        yield f"Number of records in the RRSet is more than {VALUES_MAX}"  # text unknown
    if len(set(values)) != len(values):
        twice = next(value for value in values if values.count(value) > 1)
        yield f"Duplicate Resource Record: '{twice}'"
    for value in values:
        try:
            CHECKS.get(rrtype, lambda _: None)(value)
        except Bad as bad:
            code, why = bad.args
            yield (f"Invalid Resource Record: 'FATAL problem: {code} ({why}) encountered with "
                   f"'{value}''")


def value_between(rrtype, text, base, other):
    """From the form of one to that of the other."""
    if rrtype in ("TXT", "SPF"):
        return quoted(strings(text, base), other)
    if rrtype == "CAA":
        flags, tag, value = text.split(" ", 2)
        return f"{flags} {tag} {quoted(strings(value, base), other)}"
    if rrtype in ("CNAME", "MX", "NS", "PTR", "SRV"):
        *words, last = text.split(" ")
        return " ".join([*words, written(labels(last, base), other)])
    return text
