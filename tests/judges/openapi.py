# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Prism stands between dcvctl and a simulated service and holds paths, queries, headers and bodies
of requests and answers against openapi/VENDOR.yaml: what does not fit is answered with an error."""
import contextlib
import functools
import json
import pathlib
import subprocess
import time
import urllib.error
import urllib.request

import yaml

import vendors
from beside import check
from servers import free_port

HERE = pathlib.Path(__file__).resolve().parent
START_S = 60
RECORDS = (r'_dnsauth.www.example.com TXT "first; \\ \" ö"', "_c.example.com CNAME v.ca.example.")
CHANGED = ("_dnsauth.www.example.com TXT second", "_c.example.com CNAME w.ca.example.")


@contextlib.contextmanager
def prism(backend, document):
    """Its address, and its log's path."""
    as_json, log = backend.where / "openapi.json", backend.where / "prism.log"
    as_json.write_text(json.dumps(yaml.safe_load(document.read_text())))
    port = free_port()
    with log.open("w") as out:
        process = subprocess.Popen([vendors.modules("prism") + "/.bin/prism", "proxy", "--errors",
                                    "--port", str(port), str(as_json), backend.url()],
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        end = time.monotonic() + START_S
        while "Prism is listening" not in log.read_text():
            check(process.poll() is None and time.monotonic() < end,
                  f"Prism does not start: {log.read_text()}")
            time.sleep(0.05)
        yield f"127.0.0.1:{port}", log
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextlib.contextmanager
def judged(vendor):
    with vendors.running(vendor) as backend:
        with prism(backend, HERE / "openapi" / f"{vendor}.yaml") as (address, log):
            backend.target = f"http://{address}"
            yield backend, log


def life(vendor, settings, path, program):
    """Values are added, changed and removed, by requests to this path; each of them fits, and each
    answer."""
    with judged(vendor) as (backend, log):
        backend.configure(**settings)
        before = backend.zone()
        for records in (RECORDS, CHANGED):
            text = "".join(f"  - {json.dumps(record, ensure_ascii=False)}\n" for record in records)
            file = backend.where / "1.yaml"
            file.write_text(f"ca: letsencrypt.org\ncaa: permit\nrecords:\n{text}")
            backend.run(program[0], "apply", "--until", "published", "--deadline", "60s", str(file))
            wrote = {line.split()[3] for line in set(backend.zone()) - set(before)}
            check(wrote == {"TXT", "CNAME", "CAA"}, f"written were only {wrote}")
        backend.run(program[0], "cleanup", "--cancel", "1")
        # That the CA may issue stays permitted, for renewals.
        left = {line for line in set(backend.zone()) ^ set(before) if " CAA " not in line}
        check(not left, f"left: {left}")
        told = log.read_text()
        check(path in told, f"{path} was not asked\n{told}")
        check("iolation" not in told, told)


def strict(vendor, _program):
    """Prism sees what does not fit, or it would be no judge."""
    with judged(vendor) as (backend, _):
        access = backend.access()
        url = f"{backend.target}/client/v4/zones/{access['zone']}/dns_records"
        for body in ({"type": "TXT", "name": "a", "ttl": 300, "content": "bare"},
                     {"type": "TXT", "name": "a", "ttl": 30, "content": '"x"'},
                     {"type": "TXT", "name": "a", "ttl": 300, "content": '"x"', "colour": 1},
                     {"type": "CNAME", "name": "a", "ttl": 300, "content": "b.example"},
                     {"type": "CAA", "name": "a", "ttl": 300, "content": '0 issue "ca"'}):
            request = urllib.request.Request(
                url, json.dumps(body).encode(), method="POST",
                headers={"Content-Type": "application/json",
                         "Authorization": f"Bearer {access['token']}"})
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    status = answer.status
            except urllib.error.HTTPError as error:
                status = error.code
            check(status == 422, f"{body}: {status}")


def tests(program):
    for title, settings, path in (("one-by-one", {}, "/dns_records "),
                                  ("batch", {"batch": "yes"}, "/dns_records/batch")):
        yield f"openapi/cloudflare-{title}", functools.partial(life, "cloudflare", settings, path,
                                                               program)
    yield "openapi/cloudflare-is-strict", functools.partial(strict, "cloudflare", program)
