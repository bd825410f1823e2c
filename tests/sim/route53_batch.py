# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Batches of changes as Route 53 reads, judges and carries them out: all of one or nothing. A record
set is a dictionary of name, type, id (SetIdentifier), ttl and values, and `more`, pairs of what
else it has: those of an alias or of a routing policy."""
import xml.etree.ElementTree as tree

import route53_values as values
from aws4 import Refused

SPACE = "https://route53.amazonaws.com/doc/2013-04-01/"
RECORDS_MAX, CHARACTERS_MAX = 1000, 32000
ROUTING = ("Weight", "Region", "GeoLocation", "Failover", "MultiValueAnswer")
PARTS = ("Name", "Type", "SetIdentifier", *ROUTING, "TTL", "ResourceRecords", "AliasTarget",
         "HealthCheckId", "TrafficPolicyInstanceId", "CidrRoutingConfig")


def record_set(name, rrtype, ttl, records, identifier=None, more=()):
    return {"name": name, "type": rrtype, "id": identifier, "ttl": ttl, "values": list(records),
            "more": tuple(more)}


def key(one):
    return one["name"], one["type"], one["id"]


def same(one, other):
    return all(one[part] == other[part] for part in ("ttl", "more")) and \
        sorted(one["values"]) == sorted(other["values"])


def invalid(text):
    return Refused(400, "InvalidInput", text)


def content(what, element):
    """Its children by name, each once and in any order."""
    found = {}
    for child in element:
        name = child.tag.removeprefix(f"{{{SPACE}}}")
        if name not in what or name in found:
            raise invalid("Invalid XML ; cvc-complex-type.2.4.a: Invalid content was found starting "
                          f"with element '{name}'.")
        found[name] = child
    return found


def text_of(element):
    return "" if element is None else element.text or ""


def read_set(element):
    parts = content(PARTS, element)
    alias, ttl = parts.get("AliasTarget"), text_of(parts.get("TTL"))
    records = [text_of(one) for one in
               parts.get("ResourceRecords", ()) for one in content(("Value",), one).values()]
    if "Name" not in parts or text_of(parts.get("Type")) not in values.TYPES:
        raise invalid("1 validation error detected: Value at 'resourceRecordSet.type' failed to "
                      "satisfy constraint: Member must satisfy enum value set")
    if alias is None and (not ttl.isdigit() or int(ttl) > values.TTL_MAX or not records):
        raise invalid("Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and "
                      "ResourceRecords], or TrafficPolicyInstanceId], but found none in Change "
                      f"with [Action={{}}, Name={text_of(parts['Name'])}]")
    more = [(name, text_of(parts[name])) for name in ROUTING if name in parts]
    if alias is not None:
        more += [(child.tag.removeprefix(f"{{{SPACE}}}"), text_of(child)) for child in alias]
    identifier = text_of(parts.get("SetIdentifier")) or None
    return record_set(text_of(parts["Name"]), text_of(parts["Type"]), int(ttl or 0), records,
                      identifier, more)


def read(body):
    """[(action, set)] of a request's body."""
    try:
        top = tree.fromstring(body)
    except tree.ParseError:
        raise Refused(400, "MalformedInput", "Unexpected end of input or markup") from None
    if top.tag != f"{{{SPACE}}}ChangeResourceRecordSetsRequest":
        raise invalid("Invalid XML ; cvc-elt.1.a: Cannot find the declaration of element "
                      f"'{top.tag.rpartition('}')[2]}'.")
    batch = content(("ChangeBatch",), top).get("ChangeBatch", ())
    changes = []
    for element in content(("Comment", "Changes"), batch).get("Changes", ()):
        change = content(("Action", "ResourceRecordSet"), element)
        action = text_of(change.get("Action"))
        if action not in ("CREATE", "DELETE", "UPSERT") or "ResourceRecordSet" not in change:
            raise invalid("1 validation error detected: Value at 'action' failed to satisfy "
                          "constraint: Member must satisfy enum value set: "
                          "[CREATE, DELETE, UPSERT]")
        changes.append((action, read_set(change["ResourceRecordSet"])))
    if not changes:
        raise invalid("Invalid XML ; cvc-complex-type.2.4.b: The content of element 'Changes' is "
                      f"not complete. One of '{{\"{SPACE}\":Change}}' is expected.")
    return changes


def check_size(changes):
    """What is upserted counts twice."""
    def count(measure):
        return sum((2 if action == "UPSERT" else 1) * measure(one) for action, one in changes)
    if count(lambda one: len(one["values"])) > RECORDS_MAX:
        raise batch_error([f"Number of records limit of {RECORDS_MAX} exceeded."])
    if count(lambda one: sum(map(len, one["values"]))) > CHARACTERS_MAX:
        raise batch_error([f"Number of characters limit of {CHARACTERS_MAX} exceeded."])


def batch_error(messages):
    return Refused(400, "InvalidChangeBatch", f"[{', '.join(messages)}]", messages)


def shown(one):
    return (f"[name='{one['name']}', type='{one['type']}'" +
            (f", set-identifier='{one['id']}'" if one["id"] else "") + "]")


class Batch:
    """zone: its name. sets: as they are; carry_out() returns them as they are afterwards."""

    def __init__(self, zone, sets):
        self.zone, self.sets, self.messages, self.done = zone, list(sets), [], {}

    def carry_out(self, changes):
        """Raises Refused: InvalidChangeBatch with all that is wrong."""
        for action, one in changes:
            begun = len(self.messages)
            self.check(one)
            if len(self.messages) == begun:
                self.check_repeated(action, one)
            if len(self.messages) == begun:
                {"CREATE": self.create, "DELETE": self.delete, "UPSERT": self.upsert}[action](one)
        self.check_apex()
        if self.messages:
            raise batch_error(self.messages)
        return self.sets

    def check(self, one):
        try:
            one["name"] = values.name(one["name"])
        except values.Bad:
            self.messages.append(f"FATAL problem: DomainLabelEmpty or too long (Domain label) "
                                 f"encountered with '{one['name']}'")
            return
        if not ("." + one["name"]).endswith("." + self.zone):
            self.messages.append(f"RRSet with DNS name {one['name']} is not permitted in zone "
                                 f"{self.zone}")
        self.messages.extend(values.complaints(one["type"], one["values"]))

    def check_repeated(self, action, one):
        """Of one set a batch has one change, or a DELETE and then a CREATE."""
        before = self.done.setdefault(key(one), [])
        before.append(action)
        if before not in ([action], ["DELETE", "CREATE"]):
            self.messages.append("The request contains an invalid set of changes for a resource "
                                 f"record set '{one['type']} {one['name']}'")

    def find(self, one):
        return next((other for other in self.sets if key(other) == key(one)), None)

    def create(self, one):
        if self.find(one) is not None:
            self.messages.append(f"Tried to create resource record set {shown(one)} but it already "
                                 "exists")
        elif not self.conflicts(one):
            self.sets.append(one)

    def delete(self, one):
        found = self.find(one)
        if found is None:
            self.messages.append(f"Tried to delete resource record set {shown(one)} but it was not "
                                 "found")
        elif not same(found, one):
            self.messages.append(f"Tried to delete resource record set {shown(one)} but the values "
                                 "provided do not match the current values")
        else:
            self.sets.remove(found)

    def upsert(self, one):
        found = self.find(one)
        if found is not None:
            self.sets[self.sets.index(found)] = one
        elif not self.conflicts(one):
            self.sets.append(one)

    def conflicts(self, one):
        """What stands in the way of a new set is told."""
        begun, name, rrtype = len(self.messages), one["name"], one["type"]
        here = [other for other in self.sets if other["name"] == name]
        kind = f"RRSet of type {rrtype} with DNS name {name} is not permitted"
        if rrtype == "CNAME" and name == self.zone:
            self.messages.append(f"{kind} at apex in zone {self.zone}")
        elif rrtype == "CNAME" and any(other["type"] != "CNAME" for other in here):
            self.messages.append(f"{kind} as it conflicts with other records with the same DNS name "
                                 f"in zone {self.zone}")
        elif rrtype != "CNAME" and any(other["type"] == "CNAME" for other in here):
            self.messages.append(f"{kind} because a conflicting RRSet of type  CNAME with the same "
                                 f"DNS name already exists in zone {self.zone}")
        elif any(other["type"] == rrtype and (other["id"] is None) != (one["id"] is None)
                 for other in here):
            self.messages.append(f"RRSet with DNS name {name}, type {rrtype}, SetIdentifier "
                                 f"{one['id']} cannot be created as a simple RRSet and one with a "
                                 "routing policy exclude each other")
        return len(self.messages) > begun

    def check_apex(self):
        for rrtype, text in (("NS", "at least one NS record for the zone itself."),
                             ("SOA", "exactly one SOA record.")):
            if not any(key(one) == (self.zone, rrtype, None) for one in self.sets):
                self.messages.append(f"A HostedZone must contain {text}")
