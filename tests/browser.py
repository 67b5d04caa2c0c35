# SPDX-License-Identifier: MIT
"""A page in headless Chromium, by the DevTools protocol on a pipe: descriptors 3 and 4 of the
browser carry JSON messages, each with a NUL behind it. Nothing but Python's own library is needed.
"""
import base64
import json
import os
import select
import shutil
import struct
import subprocess
import zlib

from harness import Failure, below, wait_until

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 240 # seconds for one answer: a busy machine is slow, and this is no test of its speed
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
           "--no-first-run", "--no-default-browser-check", "--disable-extensions",
           "--disable-background-networking", "--disable-component-update", "--disable-sync",
           "--disable-breakpad", "--disable-crash-reporter", "--mute-audio", "--hide-scrollbars",
           "--force-color-profile=srgb", "--font-render-hinting=none",
           "--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe")


def find():
    """The browser's path; None: there is none here."""
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    return None


class Browser:
    """A browser with one page. `directory`: for its files. Use it in a `with` statement."""

    def __init__(self, directory, environment=None):
        os.makedirs(directory, exist_ok=True)
        self.to, self.from_, self.number, self.rest = -1, -1, 0, b""
        self.events, self.session = [], None
        theirs_in, self.to = os.pipe()
        self.from_, theirs_out = os.pipe()
        environment = {**(environment or os.environ), "HOME": directory,
                       "XDG_CONFIG_HOME": directory, "XDG_CACHE_HOME": directory,
                       "TMPDIR": directory, "DBUS_SESSION_BUS_ADDRESS": "disabled:"}
        self.log = open(os.path.join(directory, "log"), "wb")
        # A shell puts the pipes in their places: 3 and 4 may be anything here.
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", 'in=$1; out=$2; shift 2; eval "exec 3<&$in 4>&$out"; exec "$@"', "sh",
             str(theirs_in), str(theirs_out), find(), *OPTIONS, "--user-data-dir=" + directory,
             "about:blank"], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            pass_fds=(theirs_in, theirs_out), env=environment)
        os.close(theirs_in)
        os.close(theirs_out)

    def __enter__(self):
        try:
            target = self.ask("Target.createTarget", url="about:blank")["targetId"]
            self.session = self.ask("Target.attachToTarget", targetId=target,
                                    flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Network", "Log"):
                self.ask(domain + ".enable")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            self.session = None
            self.ask("Browser.close")
        except (Failure, OSError):
            pass
        os.close(self.to)
        os.close(self.from_)
        try:
            self.process.wait(PATIENCE)
            wait_until("the end of its processes", lambda: not below(os.getpid()), PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            self.log.close()

    def hear(self):
        """The next message."""
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.from_], [], [], PATIENCE)
            more = os.read(self.from_, 1 << 20) if ready else b""
            if not more:
                raise Failure("the browser does not answer: see its log")
            self.rest += more
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def ask(self, method, **params):
        """Sends a command and returns its result; keeps the events that come before it."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        text = json.dumps(message).encode() + b"\0"
        while text:
            text = text[os.write(self.to, text):]
        while True:
            answer = self.hear()
            if answer.get("id") != self.number:
                self.events.append(answer)
            elif "error" in answer:
                raise Failure("%s: %s" % (method, answer["error"].get("message")))
            else:
                return answer["result"]

    def open(self, path, width, height=900, scheme="light"):
        """Loads the file in a window of that size. `scheme`: light or dark."""
        self.events.clear()
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=False)
        self.ask("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.ask("Page.navigate", url="file://" + path)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.hear())

    def told(self, method):
        """The parameters of the events of that name since the page was opened."""
        return [event["params"] for event in self.events if event.get("method") == method]

    def run(self, script):
        """The value of an expression of JavaScript in the page."""
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True,
                          awaitPromise=True)
        if "exceptionDetails" in answer:
            raise Failure("script: %s" % json.dumps(answer["exceptionDetails"])[:2000])
        return answer["result"].get("value")

    def picture(self, clip=None):
        """A PNG of the whole page, or of a rectangle (x, y, width, height) of the page that is in
        the window."""
        size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        area = clip or (0, 0, size["width"], size["height"])
        return base64.b64decode(self.ask(
            "Page.captureScreenshot", captureBeyondViewport=not clip,
            clip=dict(zip(("x", "y", "width", "height"), area), scale=1))["data"])


def pixels(png):
    """The rows of a PNG of 8 bits a channel, each a list of (red, green, blue)."""
    at, data, width, channels = 8, b"", 0, 3
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        if kind == b"IHDR":
            width, _, _, colour = struct.unpack(">IIBB", png[at + 8:at + 18])
            channels = 4 if colour == 6 else 3
        if kind == b"IDAT":
            data += png[at + 8:at + 8 + size]
        at += size + 12
    data, line, rows = zlib.decompress(data), width * channels, []
    before = bytearray(line)
    for start in range(0, len(data), line + 1):
        row = bytearray(data[start + 1:start + 1 + line])
        for i in range(line):
            left = row[i - channels] if i >= channels else 0
            corner = before[i - channels] if i >= channels else 0
            row[i] = (row[i] + guess(data[start], left, before[i], corner)) & 255
        rows.append([tuple(row[i:i + 3]) for i in range(0, line, channels)])
        before = row
    return rows


def guess(kind, left, up, corner):
    """What a filter of PNG takes a byte for."""
    if kind == 4:
        p = left + up - corner
        return min((left, up, corner), key=lambda one: abs(p - one))
    return (0, left, up, (left + up) // 2)[kind]
