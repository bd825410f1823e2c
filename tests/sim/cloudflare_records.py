# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The records of Cloudflare's interface: what it takes, what it says of them, and what is served.
Where the vendor publishes that something is refused but not by which code, it is 1004 alone."""
import ipaddress
import re

TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SRV", "TXT")
PROXIABLE = ("A", "AAAA", "CNAME")
HOSTS = ("CNAME", "NS", "PTR")
AUTOMATIC_S = 300
STRING_MAX, WIRE_MAX, SET_MAX = 255, 4096, 8192
# Free zones; more and longer ones are sold.
COMMENT_MAX, TAGS_MAX = 100, 0
STRING = re.compile(r'\s*"((?:[^"\\]|\\\d{3}|\\\D)*)"')
HOST = re.compile(r"(?!-)[A-Za-z0-9_*-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*")


class Refused(Exception):
    """An answer that is no success: a status, a code and what it says, and those beneath."""

    def __init__(self, status, code, message, *chain):
        super().__init__(message)
        self.status, self.error = status, {"code": code, "message": message}
        if chain:
            self.error["error_chain"] = [{"code": c, "message": m} for c, m in chain]


def invalid(code, message):
    return Refused(400, 1004, "DNS Validation Error", *([(code, message)] if code else []))


def absolute(name, zone):
    """As it is stored: absolute without the final dot, in A-labels."""
    if not isinstance(name, str) or not name:
        raise invalid(9000, "DNS name is invalid.")
    name = name.rstrip(".").lower()
    if name == "@":
        name = zone
    elif name != zone and not name.endswith("." + zone):
        name += "." + zone
    try:
        name = name.encode("idna").decode()
    except UnicodeError:
        raise invalid(9000, "DNS name is invalid.") from None
    if len(name) > 253 or not all(0 < len(label) < 64 for label in name.split(".")):
        raise invalid(9000, "DNS name is invalid.")
    return name


def octets(escaped):
    """Of what stands between the quotes."""
    return re.sub(rb"\\(\d{3}|\D)", lambda one: bytes([int(one[1])]) if one[1].isdigit() else one[1],
                  escaped.encode())


def strings(content):
    """The character strings of a TXT record, none longer than DNS allows."""
    if not content.startswith('"'):
        whole = [content.encode()]
    else:
        whole, at = [], 0
        while content[at:].strip():
            found = STRING.match(content, at)
            if found is None or any(int(ddd) > 255 for ddd in re.findall(r"\\(\d{3})", found[1])):
                raise invalid(None, "")
            whole.append(octets(found[1]))
            at = found.end()
    return [one[i:i + STRING_MAX] for one in whole for i in range(0, max(len(one), 1), STRING_MAX)]


def quoted(one):
    return '"' + "".join("\\" + chr(c) if chr(c) in '"\\' else chr(c) if 32 <= c < 127 else
                         f"\\{c:03}" for c in one) + '"'


def quoted_all(several):
    return " ".join(quoted(one) for one in several)


def check_txt(record):
    content = record["content"]
    if not isinstance(content, str) or not content:
        raise invalid(None, "")
    if not all(32 <= ord(c) < 127 for c in content):
        raise invalid(9051, "Invalid TXT record. Record may only contain printable ASCII!")
    cut = strings(content)
    if not any(cut) or sum(len(one) + 1 for one in cut) > WIRE_MAX:
        raise invalid(None, "")
    if content.startswith('"') or len(cut) > 1:
        record["content"] = quoted_all(cut)


def check_caa(record):
    data = record.get("data")
    for key, kind in (("flags", int), ("tag", str), ("value", str)):
        if not isinstance(data, dict) or not isinstance(data.get(key), kind):
            raise invalid(9101, f"{key} is a required data field.")
    if not 0 <= data["flags"] <= 255 or not re.fullmatch("[A-Za-z0-9]{1,255}", data["tag"]):
        raise invalid(9036, "")
    record["content"] = f'{data["flags"]} {data["tag"]} {quoted(data["value"].encode())}'


def check_address(record):
    kind, version, code = ((ipaddress.IPv4Address, 4, 9005) if record["type"] == "A" else
                           (ipaddress.IPv6Address, 6, 9006))
    try:
        record["content"] = str(kind(record["content"]))
    except ValueError:
        raise invalid(code, f"Content for {record['type']} record must be a valid IPv{version} "
                      "address.") from None


def check_host(record):
    content = record["content"]
    content = content.rstrip(".") if isinstance(content, str) else ""
    if not HOST.fullmatch(content) or len(content) > 253 or content.lower() == record["name"]:
        raise invalid(9007, f"Content for {record['type']} record is invalid.")
    record["content"] = content.lower()
    if record["type"] == "MX" and not isinstance(record.get("priority"), int):
        raise invalid(None, "")


def check_srv(record):
    data = record.get("data")
    if not isinstance(data, dict) or not all(isinstance(data.get(key), int)
                                             for key in ("priority", "weight", "port")):
        raise invalid(None, "")
    record["content"] = f"{data['weight']} {data['port']} {data['target'].rstrip('.')}"


CHECKS = {"TXT": check_txt, "CAA": check_caa, "A": check_address, "AAAA": check_address,
          "SRV": check_srv}


def check_ttl(ttl):
    if type(ttl) is not int or ttl != 1 and not 60 <= ttl <= 86400:
        raise invalid(9021, "TTL must be between 60 and 86400 seconds, or 1 for Automatic.")
    return ttl


def check_notes(given):
    comment, tags = given.get("comment"), given.get("tags") or []
    if comment is not None and (not isinstance(comment, str) or re.search(r"[\r\n]", comment)):
        raise invalid(None, "")
    if len(comment or "") > COMMENT_MAX:
        raise Refused(400, 9313, f"DNS record comment exceeds the maximum length of {COMMENT_MAX} "
                      "characters.")
    if len(tags) > TAGS_MAX:
        raise invalid(9300, f"DNS record has {len(tags)} tags, exceeding the quota of {TAGS_MAX}.")
    return {"comment": comment or None, "tags": tags}


def check_proxied(given, rrtype, default):
    proxied = given.get("proxied")
    if proxied is None:
        proxied = default and rrtype in PROXIABLE
    if type(proxied) is not bool:
        raise invalid(9003, "Invalid 'proxied' value, must be a boolean.")
    if proxied and rrtype not in PROXIABLE:
        raise invalid(9004, "This record type cannot be proxied.")
    return proxied


def checked(given, zone, proxied_default):
    """A record as it is stored, of the body of a request; Refused."""
    rrtype = given.get("type")
    if rrtype not in TYPES:
        raise invalid(None, "")
    record = {"name": absolute(given.get("name"), zone), "type": rrtype,
              "content": given.get("content"), "ttl": check_ttl(given.get("ttl", 1)),
              "proxied": check_proxied(given, rrtype, proxied_default), **check_notes(given)}
    record.update((key, given[key]) for key in ("data", "priority") if key in given)
    CHECKS.get(rrtype, check_host)(record)
    if record["proxied"]:
        record["ttl"] = 1
    return record


def rdata(record):
    """In presentation format."""
    rrtype, content = record["type"], record["content"]
    if rrtype == "TXT":
        return quoted_all(strings(content))
    if rrtype == "MX":
        return f"{record['priority']} {content}."
    if rrtype == "SRV":
        return f"{record['data']['priority']} {content}."
    return content + "." if rrtype in HOSTS else content


def bodies(one):
    """The bodies of requests that make a set (store.parse)."""
    for value in one["values"]:
        body = {"name": one["owner"], "type": one["type"], "ttl": one["ttl"], "proxied": False,
                "content": value}
        if one["type"] == "CAA":
            flags, tag, text = value.split(None, 2)
            body["data"] = {"flags": int(flags), "tag": tag,
                            "value": octets(text[1:-1]).decode()}
        elif one["type"] == "MX":
            priority, body["content"] = value.split()
            body["priority"] = int(priority)
        elif one["type"] == "SRV":
            *numbers, target = value.split()
            body["data"] = dict(zip(("priority", "weight", "port"), map(int, numbers)),
                                target=target)
        yield body


def conflict(record, others):
    """Refused, if the record cannot be beside the others of its zone."""
    same = [one for one in others if one["name"] == record["name"]]
    types = {one["type"] for one in same}
    if record["type"] == "CNAME" and types & set(PROXIABLE):
        raise Refused(400, 81053, "An A, AAAA, or CNAME record with that host already exists.")
    if record["type"] in PROXIABLE and "CNAME" in types:
        raise Refused(400, 81054, "A CNAME record with that host already exists.")
    if types and (record["type"] == "NS") != ("NS" in types):
        raise Refused(400, 81056, "NS records with that host already exist.")
    alike = [one for one in same if one["type"] == record["type"]]
    if any(rdata(one) == rdata(record) for one in alike):
        raise Refused(400, 81058, "An identical record already exists.")
    if sum(len(one["content"]) for one in [*alike, record]) > SET_MAX:
        raise invalid(None, "")


def served(records, apex):
    """The sets that name servers have of them. A proxied name, and a CNAME at the apex, is answered
    with the vendor's own addresses; beside a CNAME that is served as such there is nothing."""
    sets = {}
    hidden = {one["name"] for one in records
              if one["type"] == "CNAME" and not one["proxied"] and one["name"] != apex}
    for one in records:
        rrtype, value = one["type"], rdata(one)
        if one["proxied"] or rrtype == "CNAME" and one["name"] == apex:
            rrtype, value = "A", "192.0.2.250"
        if one["name"] in hidden and rrtype != "CNAME":
            continue
        ttl = AUTOMATIC_S if one["ttl"] == 1 else one["ttl"]
        owner = one["name"] + "."
        found = sets.setdefault((owner, rrtype), {"owner": owner, "type": rrtype, "ttl": ttl,
                                                  "values": []})
        found["ttl"] = min(found["ttl"], ttl)
        if value not in found["values"]:
            found["values"].append(value)
    return list(sets.values())
