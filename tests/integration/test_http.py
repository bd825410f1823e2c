# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The HTTP service against servers that do what servers do: redirect, throttle, drip, cut, reset,
flood, show the wrong certificate. Each test has a server of its own on loopback, which plays one
scene a connection. http_ask.c is the client; its waits take no time."""
import base64
import contextlib
import functools
import pathlib
import re
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
import urllib.parse

import harness
from harness import RUN_LIMIT_S, check, equal
from report import Failure

SECRET = "CANARY+Sk9/zL=4xv 7"
CAUSES = {"forbidden": 2, "throttled": 7, "unavailable": 9, "protocol": 11, "internal": 12}
RUN_S = 30


def http_test(function):
    @functools.wraps(function)
    def run():
        with tempfile.TemporaryDirectory() as where:
            function(pathlib.Path(where))
    harness.TESTS.append((f"http-{function.__name__}", run))
    return function


# --- the server

def answer(status=200, body=b"{}", **headers):
    """A scene: a whole answer; the connection stays open."""
    def play(talk):
        talk.request()
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        talk.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    return play


def raw(octets):
    def play(talk):
        talk.request()
        talk.send(octets)
        talk.close()
    return play


def reset_after(talk):
    """The request was read whole: it may have been acted on."""
    talk.request()
    talk.reset()


def reset_before(talk):
    talk.reset()


class Talk:
    """A connection."""

    def __init__(self, server, connection):
        self.server, self.connection = server, connection

    def request(self):
        """Reads one request, head and body."""
        text = b""
        while b"\r\n\r\n" not in text:
            text += self.more()
        head, _, body = text.partition(b"\r\n\r\n")
        length = re.search(rb"(?im)^content-length: *(\d+)", head)
        while length and len(body) < int(length[1]):
            body += self.more()
        self.server.requests.append((head.decode(), body.decode()))

    def more(self):
        octets = self.connection.recv(65536)
        if not octets:
            raise ConnectionError
        return octets

    def send(self, octets):
        self.connection.sendall(octets)

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.connection.close()
        raise ConnectionError


class Server:
    """Plays the scenes one after the other, those of a connection as long as it lives; the last
    one again and again. `requests`: (head, body) of each; `connections`: their number."""

    def __init__(self, *scenes, tls=None):
        self.scenes, self.tls = list(scenes), tls
        self.requests, self.connections = [], 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)

    def url(self, path="/", host="127.0.0.1"):
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(RUN_LIMIT_S)

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with contextlib.suppress(OSError), connection:
                connection.settimeout(20)
                if self.tls:
                    with self.tls.wrap_socket(connection, server_side=True) as secured:
                        self.play(secured)
                else:
                    self.play(connection)

    def play(self, connection):
        """A scene is over when it begins, so that one that closes is not played twice."""
        while True:
            scene = self.scenes.pop(0) if len(self.scenes) > 1 else self.scenes[0]
            scene(Talk(self, connection))


# --- the client

class Said:
    def __init__(self, text):
        self.text = text
        self.fields = dict(line.split(" ", 1) for line in text.splitlines() if " " in line)
        self.waits = [int(ms) for ms in re.findall(r"(?m)^wait (\d+)$", text)]

    def __getitem__(self, key):
        if key not in self.fields:
            raise Failure(f"nothing is said of {key}:\n{self.text}")
        return self.fields[key]

    def expect(self, **fields):
        for key, value in fields.items():
            if self[key] != str(value):
                raise Failure(f"{key} {self[key]}, not {value}:\n{self.text}")
        return self


def ask(*args):
    program = pathlib.Path(harness.DCVCTL["asan"]).parent / "tests/integration/http-ask"
    done = subprocess.run([program, *args], capture_output=True, text=True, timeout=RUN_S,
                          stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise Failure(f"exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return Said(done.stdout + done.stderr)


# --- answers

@http_test
def plain(_):
    """What goes out, and what is handed over."""
    with Server(answer(201, b'{"a":1}', X_Odd="  b  ", Date="Sun, 06 Nov 1994 08:49:37 GMT")) as it:
        ask("-H", "X-Api-Key: k", "-H", "Content-Type: application/json", "-b", "[1]", "POST",
            it.url("/v1?a=b")).expect(**{"class": "OK"}, status=201, sent=1, body='{"a":1}',
                                      date_s=784111777, retry_after_ms=0)
        head, body = it.requests[0]
    equal(body, "[1]", "body")
    lines = head.split("\r\n")
    equal(lines[0], "POST /v1?a=b HTTP/1.1", "request line")
    check("X-Api-Key: k" in lines and "Content-Length: 3" in lines, head)
    check(f"Host: 127.0.0.1:{it.port}" in lines, head)
    for name in ("Expect", "Accept-Encoding"):
        check(name + ":" not in head, f"{name} is sent\n{head}")


@http_test
def methods(_):
    """A body only where there is one; HEAD has no answer's body."""
    with Server(answer()) as it:
        for method in ("GET", "DELETE", "PUT", "PATCH"):
            ask(method, it.url()).expect(**{"class": "OK"}, status=200)
        ask("-b", "x", "DELETE", it.url()).expect(**{"class": "OK"})
        equal([head.split()[0] for head, _ in it.requests],
              ["GET", "DELETE", "PUT", "PATCH", "DELETE"], "methods")
        equal([body for _, body in it.requests], [""] * 4 + ["x"], "bodies")
        check("Content-Length: 0" in it.requests[2][0], "a PUT without length")


@http_test
def redirect_refused(_):
    with Server(answer(200, b"trap")) as trap:
        with Server(answer(302, b"", Location=trap.url())) as it:
            ask("-r", "-x", SECRET, "-H", f"X-Auth-Token: {SECRET}", "GET", it.url()).expect(
                **{"class": "OK"}, status=302, body_len=0)
        equal(trap.connections, 0, "connections to where it leads")


@http_test
def interim(_):
    """Headers of 100 and 103 are not those of the answer."""
    with Server(raw(b"HTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\n"
                    b"Content-Length: 2\r\n\r\nok")) as it:
        said = ask("GET", it.url()).expect(**{"class": "OK"}, status=200, body="ok")
    check("x-early" not in said.text, said.text)


# --- again

@http_test
def throttled_then_good(_):
    with Server(answer(429, b"slow", Retry_After=7), answer()) as it:
        said = ask("-r", "GET", it.url()).expect(**{"class": "OK"}, status=200)
        equal(len(it.requests), 2, "requests")
    equal(said.waits, [7000], "waits")


def retry_after(value, low, high, told=False, status=503, **headers):
    with Server(answer(status, b"", **({"Retry_After": value} if value is not None else {}),
                       **headers), answer()) as it:
        said = ask("-r", "-d", "1000000", "GET", it.url()).expect(**{"class": "OK"}, status=200)
    check(len(said.waits) == 1 and low <= said.waits[0] <= high,
          f"Retry-After {value}: waits {said.waits}\n{said.text}")
    equal(bool(re.search(r"(?m)^note .*taken as 120 s", said.text)), told, f"{value}: told")


@http_test
def retry_after_forms(_):
    """Seconds and dates; what is none, or past, is as if it were not there."""
    date = "Sun, 06 Nov 1994 08:49:37 GMT"
    own = (500, 1000)
    retry_after("3", 3000, 3000)
    retry_after("120", 120000, 120000)
    retry_after("121", 120000, 120000, told=True)
    retry_after("86400", 120000, 120000, told=True)
    retry_after("9" * 40, 120000, 120000, told=True)
    for form in ("Sun, 06 Nov 1994 08:49:57 GMT", "Sunday, 06-Nov-94 08:49:57 GMT",
                 "Sun Nov  6 08:49:57 1994"):
        retry_after(form, 20000, 20000, Date=date)
    retry_after("Mon, 07 Nov 1994 08:49:57 GMT", 120000, 120000, told=True, Date=date)
    for form in ("Sun, 06 Nov 1994 08:49:00 GMT", "0", "-5", "1.5", "soon", "", "5 6"):
        retry_after(form, *own, Date=date)
    retry_after(None, *own)
    for status in (408, 429, 500, 502, 504):
        retry_after(None, *own, status=status)


@http_test
def backs_off(_):
    """Five tries, pauses that double; then the answer is handed over."""
    with Server(answer(503, b"no")) as it:
        said = ask("-r", "GET", it.url()).expect(**{"class": "OK"}, status=503, body="no")
        equal(len(it.requests), 5, "requests")
    low = 500
    equal(len(said.waits), 4, "waits")
    for wait in said.waits:
        check(low <= wait <= 2 * low, f"waits {said.waits}")
        low *= 2


@http_test
def never_again(_):
    """What is not repeatable goes out once, and other statuses are answers."""
    with Server(answer(503, b"", Retry_After=1)) as it:
        ask("POST", it.url()).expect(**{"class": "OK"}, status=503, retry_after_ms=1000)
        equal(len(it.requests), 1, "requests")
    for status in (400, 401, 403, 404, 409, 412, 422):
        with Server(answer(status)) as it:
            ask("-r", "GET", it.url()).expect(**{"class": "OK"}, status=status)
            equal(len(it.requests), 1, f"requests at {status}")


@http_test
def not_past_the_deadline(_):
    """Who is asked to wait longer than there is time has the answer at once."""
    with Server(answer(429, b"", Retry_After=60)) as it:
        said = ask("-r", "-d", "30000", "GET", it.url()).expect(
            **{"class": "OK"}, status=429, retry_after_ms=60000)
        equal((len(it.requests), said.waits), (1, []), "requests and waits")
    with Server(answer()) as it:
        ask("-d", "0", "GET", it.url()).expect(**{"class": "FAILED"}, cause=CAUSES["throttled"])
        equal(it.connections, 0, "connections")


# --- no answer

@http_test
def refused(_):
    with Server(answer()) as it:
        pass
    said = ask("-r", "GET", it.url()).expect(**{"class": "FAILED"}, cause=CAUSES["unavailable"])
    equal(len(said.waits), 4, "tries but one")
    equal(ask("POST", it.url()).expect(**{"class": "FAILED"}).waits, [], "waits")


@http_test
def reset_after_request(_):
    """Sent once: unknown. Repeatable: the next one answers."""
    with Server(reset_after) as it:
        ask("-b", "x", "POST", it.url()).expect(**{"class": "UNKNOWN"}, sent=1,
                                                cause=CAUSES["unavailable"])
        equal(len(it.requests), 1, "requests")
    with Server(reset_after, answer()) as it:
        ask("-r", "GET", it.url()).expect(**{"class": "OK"}, status=200)


@http_test
def reset_then_refused(_):
    """Sent in the first try and not in the last: still unknown."""
    def reset_and_go(talk):
        talk.request()
        it.listener.close()
        talk.reset()
    with Server(reset_and_go) as it:
        ask("-r", "GET", it.url()).expect(**{"class": "UNKNOWN"}, sent=1)


@http_test
def reset_of_a_kept_connection(_):
    """The server ends a connection that it said it keeps, when the next request is on its way:
    what is not repeatable must not go out a second time."""
    with Server(answer(), reset_after, answer()) as it:
        said = ask("-n", "2", "-b", "x", "POST", it.url())
        equal(re.findall(r"(?m)^class (\w+)", said.text), ["OK", "UNKNOWN"], "classes")
        equal(len(it.requests), 2, "requests")
    with Server(answer(), reset_after, answer()) as it:
        said = ask("-n", "2", "-r", "-b", "x", "PUT", it.url())
        equal(re.findall(r"(?m)^class (\w+)", said.text), ["OK", "OK"], "classes")
        equal(len(it.requests), 3, "requests")


@http_test
def closed_before(_):
    """A connection that ends as soon as it is there."""
    with Server(reset_before, answer()) as it:
        ask("-r", "GET", it.url()).expect(**{"class": "OK"})


@http_test
def truncated(_):
    cut = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":")
    with Server(cut) as it:
        ask("GET", it.url()).expect(**{"class": "UNKNOWN"}, sent=1, status=0, body_len=0)
    with Server(cut, answer()) as it:
        ask("-r", "GET", it.url()).expect(**{"class": "OK"}, body="{}")
    for octets in (b"", b"HTTP/1.1 200 OK\r\nContent-Le", b"SMTP ready\r\n",
                   b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"):
        with Server(raw(octets)) as it:
            ask("GET", it.url()).expect(**{"class": "UNKNOWN"}, sent=1)


@http_test
def oversize(_):
    """8 MiB is handed over, one octet more is not unless it is asked for, up to 64 MiB; nor is a head
    of more than 64 KiB. Told, and not asked for again."""
    whole = 8 * 1024 * 1024
    with Server(answer(200, b"x" * whole)) as it:
        ask("GET", it.url()).expect(**{"class": "OK"}, body_len=whole)
    for scene in (answer(200, b"x" * (whole + 1)),
                  raw(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (whole + 1)),
                  answer(200, b"", **{f"X_{i}": "y" * 1000 for i in range(70)})):
        with Server(scene) as it:
            ask("-r", "GET", it.url()).expect(**{"class": "UNKNOWN"}, cause=CAUSES["protocol"])
            equal(it.connections, 1, "connections")
    with Server(answer(200, b"x" * (whole + 1))) as it:
        ask("-m", str(whole + 1), "GET", it.url()).expect(**{"class": "OK"}, body_len=whole + 1)
        ask("-m", str(whole), "GET", it.url()).expect(**{"class": "UNKNOWN"})
    with Server(answer(200, b"x" * (8 * whole + 1))) as it:
        said = ask("-m", str(9 * whole), "GET", it.url()).expect(**{"class": "UNKNOWN"})
        check("64 MiB" in said.text, f"how much it may have is not told\n{said.text}")


def drip(talk):
    talk.request()
    talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    for _ in range(400):
        talk.send(b"x")
        time.sleep(0.05)  # of the server's thread


@http_test
def deadline(_):
    """Slow drip and silence end with the deadline."""
    for scene in (drip, lambda talk: talk.request() or talk.more()):
        with Server(scene) as it:
            begun = time.monotonic()
            said = ask("-r", "-d", "1500", "GET", it.url()).expect(**{"class": "UNKNOWN"}, sent=1)
            check(time.monotonic() - begun < 15, f"late\n{said.text}")


# --- TLS

def certificate(where, name):
    path = where / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", path.with_suffix(".key"),
                    "-out", path, "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                    "-days", "2"], check=True, capture_output=True)
    return path


def tls(path, most=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, path.with_suffix(".key"))
    if most:
        context.minimum_version = context.maximum_version = most
        context.set_ciphers("ALL:@SECLEVEL=0")
    return context


@http_test
def tls_trusted(where):
    path = certificate(where, "localhost")
    with Server(answer(), tls=tls(path)) as it:
        ask("-s", f"ca_file={path}", "GET", it.url(host="localhost")).expect(**{"class": "OK"},
                                                                            status=200)


@http_test
def tls_not_trusted(where):
    """Another's certificate, another name, another time's protocol: nothing is sent, none tried
    again."""
    path = certificate(where, "localhost")
    other = certificate(where, "other.example")
    for context, ca_file, host in (
            (tls(path), None, "localhost"), (tls(path), other, "localhost"),
            (tls(other), other, "localhost"), (tls(path), path, "127.0.0.1"),
            (tls(path, ssl.TLSVersion.TLSv1_1), path, "localhost")):
        with Server(answer(), tls=context) as it:
            trust = ["-s", f"ca_file={ca_file}"] if ca_file else []
            ask(*trust, "-r", "GET", it.url(host=host)).expect(**{"class": "FAILED"},
                                                               cause=CAUSES["protocol"])
            equal((it.requests, it.connections), ([], 1), "requests and connections")


# --- where to

@http_test
def addresses(_):
    """Neither plain http to elsewhere, nor what a cloud keeps for its machines, but for the metadata
    services that a provider names by their very address (tests/unit/provider/test_sign.c)."""
    for url in ("http://192.0.2.1/", "http://example.com/", "http://169.254.169.253/"):
        ask("GET", url).expect(**{"class": "INVALID"})
    for url in ("https://169.254.169.253/latest/", "http://169.254.170.1/latest/",
                "https://[fe80::1]/", "https://0.0.0.0/", "https://[::]/",
                "https://2852039166/", "https://0xa9fea9fe/",
                "https://[::ffff:169.254.169.254]/",
                "https://[64:ff9b::a9fe:a9fe]/", "https://100.100.100.200/", "https://2130706433/",
                "https://0x7f000001/", "https://[::ffff:127.0.0.1]/", "https://224.0.0.1/"):
        ask("-s", "insecure_http=yes", "GET", url).expect(**{"class": "FAILED"},
                                                          cause=CAUSES["forbidden"])
    with Server(answer()) as it:
        by_number = it.url(host="2130706433")
        ask("-s", "insecure_http=yes", "GET", by_number).expect(**{"class": "FAILED"})
        equal(it.connections, 0, "connections")
        ask("-s", "insecure_http=yes", "-s", "local_addresses=yes", "GET", by_number).expect(
            **{"class": "OK"})


@http_test
def headers_refused(_):
    with Server(answer()) as it:
        for header in ("X: a\r\nY: b", "X: a\nb", "X: a\x01", "X Y: a", ": a", "Host: evil",
                       "Content-Length: 5", "Transfer-Encoding: chunked", "Proxy-Auth: x"):
            ask("-H", header, "GET", it.url()).expect(**{"class": "INVALID"})
        ask("-H", "X-A: 1", "-H", "x-a: 2", "GET", it.url()).expect(**{"class": "INVALID"})
        ask("get", it.url()).expect(**{"class": "INVALID"})
        equal(it.connections, 0, "connections")
        ask("-H", "X-Empty: ", "GET", it.url()).expect(**{"class": "OK"})
        check("X-Empty:" in it.requests[0][0], it.requests[0][0])


# --- an account

@http_test
def connection_kept(_):
    with Server(answer()) as it:
        ask("-n", "4", "GET", it.url()).expect(**{"class": "OK"})
        equal((len(it.requests), it.connections), (4, 1), "requests and connections")


@http_test
def signed_afresh(_):
    """Each try has a signature of its own time."""
    with Server(answer(503, b"", Retry_After=5), answer()) as it:
        ask("-r", "-a", "-x", SECRET, "GET", it.url("/2013-04-01/hostedzone?name=a")).expect(
            **{"class": "OK"}, status=200)
        stamps = [re.search(r"(?i)x-amz-date: (\S+)", head)[1] for head, _ in it.requests]
        check(len(stamps) == 2 and stamps[0] < stamps[1], f"times {stamps}")
        for head, _ in it.requests:
            check("authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/" in head, head)


# --- secrets

def forms(secret):
    quoted = urllib.parse.quote(secret, safe="")
    return {secret, quoted, quoted.lower(), base64.b64encode(secret.encode()).decode()}


def no_secret(text, what, *secrets):
    for secret in secrets:
        for form in forms(secret):
            check(form not in text, f"{form} in {what}:\n{text}")


@http_test
def canary(where):
    """Neither the account's secret nor a token that a request carries is in anything that is said
    or recorded, however the request goes."""
    token = "CANARYsessiontoken0123456789"
    echo = f'{{"error":"bad key {SECRET} and {token}","access_token":"CANARYnew"}}'.encode()
    quoted = urllib.parse.quote(SECRET, safe="")
    scenes = [answer(200, echo, X_Token=token, Set_Cookie="CANARYcookie"), answer(401, echo),
              answer(302, b"", Location=f"https://a.example/?t={quoted}"), reset_after,
              raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + echo),
              answer(429, echo, Retry_After=token), answer(503, echo, Server=SECRET)]
    for i, scene in enumerate(scenes):
        tape = where / str(i)
        tape.mkdir()
        with Server(scene) as it:
            said = ask("-r", "-x", SECRET, "-s", f"http_record={tape}",
                       "-H", f"Authorization: Bearer {token}", "-H", f"X-Other: {SECRET}", "-b",
                       f"client_secret={quoted}&password=CANARYother", "PUT",
                       it.url(f"/{quoted}/x?key={quoted}&token=CANARYmore"))
        # What is handed to the provider is not said to anybody.
        lines = [line for line in said.text.splitlines()
                 if not line.startswith(("body ", "header "))]
        no_secret("\n".join(lines), "what is said", SECRET, token)
        check("CANARY" not in "\n".join(lines), f"a part of a secret:\n{said.text}")
        files = sorted(tape.iterdir())
        check(files, "no exchange was recorded")
        for path in files:
            check("CANARY" not in path.read_text(), f"{path.name}:\n{path.read_text()}")
            equal(path.stat().st_mode & 0o077, 0, "rights of others")


@http_test
def replay(where):
    """What was recorded is played without a server, in its order, and only once."""
    with Server(answer(200, b'{"n":1}', X_Amzn="x", Etag='"e"'), answer(503, b"", Retry_After=2),
                answer(200, b'{"n":2}')) as it:
        url = it.url("/a")
        ask("-n", "2", "-r", "-x", SECRET, "-H", f"X-Key: {SECRET}", "-s", f"http_record={where}",
            "GET", url)
        equal(len(it.requests), 3, "requests")
    equal(sorted(path.name for path in where.iterdir()),
          ["0001.json", "0002.json", "0003.json"], "files")
    said = ask("-n", "3", "-r", "-x", "another", "-H", "X-Key: another", "-s",
               f"http_replay={where}", "GET", url)
    equal(re.findall(r"(?m)^(?:class|body) (.*)", said.text),
          ["OK", '{"n":1}', "OK", '{"n":2}', "FAILED"], "classes and bodies")
    equal(said.waits, [], "waits")
    check('header etag: "e"' in said.text, said.text)
    check("no recorded exchange" in said["error"], said.text)
    ask("-s", f"http_replay={where}/none", "GET", url).expect(**{"class": "FAILED"})
