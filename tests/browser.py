# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Headless Chromium, spoken to over its debugging pipe: a page is opened, measured, pictured.
Nothing but the file is reachable, and whoever asks for more is heard."""
import base64
import fcntl
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time
import zlib

from report import Failure

LIMIT_S = 60


def pipe():
    ends = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 20) for end in ends]
    for end in ends:
        os.close(end)
    return high


class Browser:
    def __init__(self):
        program = shutil.which("chromium")
        if program is None:
            raise Failure("chromium is missing: tests/setup.sh installs it")
        self.home = tempfile.TemporaryDirectory(prefix="dcvctl-browser.", ignore_cleanup_errors=True)
        # The child has its ends as 3 and 4, so they have other numbers until then.
        ours_in, theirs_out = pipe()
        theirs_in, ours_out = pipe()
        self.program = subprocess.Popen(
            ["bash", "-c", f"exec 3<&{theirs_in} 4>&{theirs_out}; exec \"$@\"", "bash", program,
             "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--disable-default-apps", "--font-render-hinting=none",
             "--force-color-profile=srgb", "--hide-scrollbars",
             "--host-resolver-rules=MAP * ~NOTFOUND",
             f"--user-data-dir={self.home.name}", "--remote-debugging-pipe"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            pass_fds=(theirs_in, theirs_out), start_new_session=True,
            env={"PATH": os.environ["PATH"], "HOME": self.home.name, "LC_ALL": "C.UTF-8"})
        os.close(theirs_in)
        os.close(theirs_out)
        self.into, self.out = ours_out, ours_in
        self.number, self.rest, self.session = 0, b"", None
        self.events = []

    def __enter__(self):
        try:
            target = self.ask("Target.createTarget", url="about:blank")["targetId"]
            self.session = self.ask("Target.attachToTarget", targetId=target,
                                    flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Log", "Network"):
                self.ask(f"{domain}.enable")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        os.killpg(self.program.pid, signal.SIGKILL)
        self.program.wait()
        os.close(self.into)
        os.close(self.out)
        self.home.cleanup()

    def read(self, until):
        while b"\0" not in self.rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.out], [], [], left)[0]:
                raise Failure(f"chromium said nothing for {LIMIT_S} s")
            more = os.read(self.out, 1 << 20)
            if not more:
                raise Failure("chromium has ended")
            self.rest += more
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def ask(self, method, **params):
        """A command's answer; events that come before it are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.into, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + LIMIT_S
        while True:
            answer = self.read(until)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise Failure(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def event(self, method):
        until = time.monotonic() + LIMIT_S
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.read(until))

    def open(self, path, width, height=800, dark=False, paper=False):
        """Shows a file; what went before is forgotten."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=width < 600)
        self.ask("Emulation.setEmulatedMedia", media="print" if paper else "screen",
                 features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.events.clear()
        self.ask("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
        self.event("Page.loadEventFired")

    def value(self, script):
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            raise Failure(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def said(self):
        """What the console, the log and the policy said."""
        return [event["params"] for event in self.events if event.get("method") in (
            "Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown",
            "Audits.issueAdded")]

    def requests(self):
        """What was asked for beside the page itself."""
        urls = [event["params"]["request"]["url"] for event in self.events
                if event.get("method") == "Network.requestWillBeSent"]
        return urls[1:]

    def picture(self, path, height=None):
        clip = {}
        if height:
            width = self.value("innerWidth")
            clip = {"clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}}
        data = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True, **clip)
        pathlib.Path(path).write_bytes(smaller(base64.b64decode(data["data"])))


def smaller(png):
    """The same picture; Chromium packs for speed."""
    parts, at = [], 8
    while at < len(png):
        size = int.from_bytes(png[at:at + 4], "big")
        parts.append((png[at + 4:at + 8], png[at + 8:at + 8 + size]))
        at += size + 12
    data = zlib.compress(zlib.decompress(b"".join(d for k, d in parts if k == b"IDAT")), 9)
    parts = [(k, d) for k, d in parts if k == b"IHDR"] + [(b"IDAT", data), (b"IEND", b"")]
    return png[:8] + b"".join(len(d).to_bytes(4, "big") + k + d +
                              zlib.crc32(k + d).to_bytes(4, "big") for k, d in parts)
