# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Requests whose names and queries try a signer, the same in every run."""
import json
import random
import urllib.parse

COUNT, SEED, NOW = 1000, 20260104, 1767496332
WORDS = ["example.com.", "*.example.com.", "_dnsauth", "a", "A", "", "~", "*", "a~b", "-._~", "%",
         "%2A", "100%", "a b", "a  b", " a", "b ", "a+b", "+", "a=b", "=", "a&b", "&", "a/b", "?",
         "#", "a;b", "a,b", "\"q\"", "'q'", "`", "{x}", "[x]", "a|b", "\\032", "^", "<>", "$!()@:",
         "\u00e4\u00f6\u00fc", "\u4e2d\u6587", "\U0001f600", "e\u0301", "xn--bcher-kva.example.",
         "0123456789abcdef", "x" * 300]
# Octets that a client of the vendors puts into a path as they are, or that no path can have.
NOT_IN_PATHS = set(" \"#%'/<>?[\\]^`{|}")


def written(rng, text):
    """Percent-encoded, in one of the ways that mean the same."""
    out = ""
    for char in text:
        code = urllib.parse.quote(char, safe="-._~")
        if char in "*:@!$(),;" and rng.random() < 0.5:
            code = char
        out += code.lower() if code != char and rng.random() < 0.3 else code
    return out


def request(rng):
    """method, host, path (its segments), query (pairs, as they are ordered), headers, body."""
    words = [rng.choice(WORDS) for _ in range(rng.randint(0, 4))]
    path = [word for word in words if word not in ("", ".", "..") and
            not set(word) & NOT_IN_PATHS]
    pairs = [(rng.choice(WORDS) or "k", rng.choice(WORDS)) for _ in range(rng.randint(0, 5))]
    if pairs and rng.random() < 0.4:
        pairs.append((pairs[0][0], rng.choice(WORDS)))
    rng.shuffle(pairs)
    data = {rng.choice(WORDS) or "k": [rng.choice(WORDS), rng.randint(0, 9), None]}
    method = rng.choice(["GET", "POST", "PUT", "DELETE", "PATCH"])
    headers = {"content-type": "application/json"}
    if rng.random() < 0.5:
        headers["x-odd-" + rng.choice("abz")] = rng.choice(["1", "a b", "a  b", "x=y; z"])
    host = rng.choice(["dns.example.com", "127.0.0.1:8080", "[::1]:8443", "dns.example.com:18443"])
    return {"method": method, "host": host, "path": path, "query": pairs, "headers": headers,
            "data": None if method == "GET" else data, "now": NOW + rng.randint(0, 10**8),
            "token": rng.choice(["", "", "tok/en+=" + "x" * 50])}


def requests():
    rng = random.Random(SEED)
    for _ in range(COUNT):
        one = request(rng)
        one["body"] = "" if one["data"] is None else json.dumps(one["data"], ensure_ascii=False,
                                                                separators=(",", ":"))
        one["target"] = "/" + "/".join(written(rng, part) for part in one["path"])
        if one["query"]:
            one["target"] += "?" + "&".join(f"{written(rng, key)}={written(rng, value)}"
                                            for key, value in one["query"])
        yield one


def line(one):
    """As sign reads it."""
    return "\t".join([str(one["now"]), one["token"], one["method"],
                      f"https://{one['host']}{one['target']}", one["body"],
                      *(f"{name}: {value}" for name, value in one["headers"].items())])
