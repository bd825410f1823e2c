# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Stands between dcvctl and a server, passes requests on one by one, and does to some of them what
networks and servers do. A request is an HTTP request, or a DNS message over TCP."""
import contextlib
import re
import socket
import struct
import threading
import time

LIMIT_S = 30  # for what should come at once


def receive(sock, n):
    """n octets, or fewer if the other end closed."""
    got = b""
    while len(got) < n:
        more = sock.recv(n - len(got))
        if not more:
            break
        got += more
    return got


def reset(sock):
    """Closes with RST."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()


class Http:
    """A request or an answer: its head, and as many octets of body as the head says."""

    @staticmethod
    def read(sock):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            octet = sock.recv(1)
            if not octet:
                return None
            head += octet
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        if re.search(rb"(?i)\r\nexpect: *100", head):
            sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if re.search(rb"(?i)\r\ntransfer-encoding: *chunked", head):
            return head + Http.chunks(sock)
        if re.match(rb"HTTP/1.[01] (204|304) ", head):
            return head
        return head + (receive(sock, int(length[1])) if length else b"")

    @staticmethod
    def chunks(sock):
        body = b""
        while not body.endswith(b"0\r\n\r\n"):
            more = sock.recv(65536)
            if not more:
                break
            body += more
        return body

    @staticmethod
    def is_write(request):
        return not request.startswith((b"GET ", b"HEAD "))

    @staticmethod
    def answer(status, *headers, body=b"{}"):
        lines = [f"HTTP/1.1 {status}", "Content-Type: application/json",
                 f"Content-Length: {len(body)}", *headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    @staticmethod
    def cut(answer):
        return answer[:-max(1, (len(answer) - answer.index(b"\r\n\r\n") - 4) // 2)]

    @staticmethod
    def garble(answer):
        head, _, body = answer.partition(b"\r\n\r\n")
        head = re.sub(rb" \d\d\d .*?\r\n", b" 200 OK\r\n", head, count=1)
        head = re.sub(rb"(?i)\r\n(content-length|transfer-encoding):[^\r]*", b"", head)
        body = b"[" * 100 + body[:50] + b'{"a": }'
        return head + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body


class Dns:
    """A message with its length in front."""

    @staticmethod
    def read(sock):
        length = receive(sock, 2)
        if len(length) < 2:
            return None
        return length + receive(sock, struct.unpack("!H", length)[0])

    @staticmethod
    def is_write(request):
        return len(request) > 4 and (request[4] >> 3) & 15 == 5

    @staticmethod
    def cut(answer):
        return answer[:len(answer) // 2]

    @staticmethod
    def garble(answer):
        """The id and the flags are right; nothing else is."""
        return answer[:6] + b"\xff" * (len(answer) - 6)

    @staticmethod
    def rcode(answer, code):
        return answer[:5] + bytes([answer[5] & 0xf0 | code]) + answer[6:]


class Proxy:
    """A context manager. act(index, request) names what is done to the index-th request (from 1):
    "pass", or one of ACTIONS; `extra` are answers by name. `requests` are those that came."""

    def __init__(self, form, port, act=lambda index, request: "pass", extra=None):
        self.form, self.port, self.act, self.extra = form, port, act, extra or {}
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.requests, self.answers, self.open = [], [], set()
        self.lock, self.ended = threading.Lock(), threading.Event()

    def __enter__(self):
        self.udp = None
        if self.form is Dns:
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.udp.bind(self.listener.getsockname())
            threading.Thread(target=self.relay, daemon=True).start()
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for sock in (self.listener, self.udp):
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
                sock.close()
        for sock in list(self.open):
            reset(sock)
        self.thread.join()

    def relay(self):
        """Questions over UDP go through as they are."""
        while not self.ended.is_set():
            try:
                question, peer = self.udp.recvfrom(65535)
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as up:
                    up.settimeout(2)
                    up.sendto(question, ("127.0.0.1", self.port))
                    self.udp.sendto(up.recv(65535), peer)
            except OSError:
                if self.udp.fileno() < 0 or self.ended.is_set():
                    return

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.open.add(sock)
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        up = None
        try:
            while True:
                request = self.form.read(sock)
                if request is None:
                    break
                with self.lock:
                    self.requests.append(request)
                    index = len(self.requests)
                what = self.act(index, request)
                if what in BEFORE or what in self.extra:
                    if not self.early(sock, what):
                        break
                    continue
                if up is None:
                    up = socket.create_connection(("127.0.0.1", self.port), LIMIT_S)
                up.sendall(request)
                answer = self.form.read(up)
                if answer is None:
                    break
                self.answers.append(answer)
                if not self.late(sock, what, answer, index):
                    break
        except OSError:
            pass
        finally:
            if up is not None:
                up.close()
            with contextlib.suppress(OSError):
                sock.close()
            self.open.discard(sock)

    def early(self, sock, what):
        """The server never sees the request. True: the connection goes on."""
        if what in self.extra:
            sock.sendall(self.extra[what])
            return True
        if what == "reset-before":
            reset(sock)
        elif what == "silence-before":
            self.ended.wait(LIMIT_S)
        return False

    def late(self, sock, what, answer, index):
        """The server has done what was asked."""
        if what == "reset-after":
            reset(sock)
        elif what == "close-after":
            return False
        elif what == "silence-after":
            self.ended.wait(LIMIT_S)
        elif what == "cut":
            sock.sendall(self.form.cut(answer))
        elif what == "garbled":
            sock.sendall(self.form.garble(answer))
            return True
        elif what == "drip":
            return self.drip(sock, answer)
        elif what.startswith("after-"):
            sock.sendall(self.extra[what.removeprefix("after-")])
            return True
        elif what.startswith("rcode-"):
            sock.sendall(self.form.rcode(answer, int(what.removeprefix("rcode-"))))
            return True
        elif callable(getattr(self, "then", None)):
            self.then(index)
            sock.sendall(answer)
            return True
        else:
            sock.sendall(answer)
            return True
        return False

    def drip(self, sock, answer):
        """An octet at a time, slower than anyone waits for."""
        end = time.monotonic() + LIMIT_S
        for octet in answer:
            sock.sendall(bytes([octet]))
            if self.ended.wait(0.5) or time.monotonic() > end:
                return False
        return True


BEFORE = ("reset-before", "silence-before")
