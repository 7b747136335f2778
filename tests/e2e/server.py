"""Starts, kills and speaks to a Keyward process."""

import base64
import http.client
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(
    os.environ.get("E2E_BINARY")
    or pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "keyward"
)
PASSWORD = "correct-horse-battery"


class Answer:
    """Status, headers and body of one answer."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def reason(self):
        return self.json["error"]["reason"]

    def __repr__(self):
        return f"{self.status} {self.body[:600]!r}"


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def api_key(encoded):
    return "ApiKey " + encoded


class Server:
    """One process on one data folder. It may be started, killed and started again."""

    def __init__(self, data_dir, arguments=(), environment=None, binary=BINARY):
        self.data_dir = pathlib.Path(data_dir)
        self.arguments = list(arguments)
        self.environment = environment or {}
        self.binary = binary
        self.process = None
        self.host, self.port, self.scheme = "127.0.0.1", 0, "http"
        self.elastic = basic("elastic", PASSWORD)

    @property
    def url(self):
        return f"{self.scheme}://{self.host}:{self.port}"

    def start(self, timeout=60):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("KEYWARD_")}
        environment.update({"ELASTIC_PASSWORD": PASSWORD} | self.environment)
        environment = {name: value for name, value in environment.items() if value}
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        self.log = open(self.data_dir.parent / "server.log", "ab")
        self.process = subprocess.Popen(
            [self.binary, "serve", "--data-dir", self.data_dir, "--http-listen", "127.0.0.1:0", *self.arguments],
            # A write beyond RLIMIT_FSIZE must fail, not end the process: the signal stays ignored, as Python has it.
            stdout=subprocess.PIPE, stderr=self.log, env=environment, text=True, restore_signals=False,
        )
        self.printed = []
        deadline = time.monotonic() + timeout
        for line in self.process.stdout:
            self.printed.append(line)
            words = line.split()
            if words[:1] == ["API"]:
                address = urllib.parse.urlsplit(words[1])
                self.scheme, self.port = address.scheme, address.port
            if words[:1] == ["ready"]:
                return self
            assert time.monotonic() < deadline, f"not ready in {timeout} s: {self.printed}"
        raise AssertionError(f"the server ended: {self.process.wait()} {self.printed} {self.log_text()}")

    def log_text(self):
        self.log.flush()
        return (self.data_dir.parent / "server.log").read_text(errors="replace")

    def kill(self):
        """SIGKILL: nothing is said good-bye to."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._close()

    def stop(self, timeout=40):
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout)
        self._close()
        return code

    def _close(self):
        self.process.stdout.close()
        self.log.close()
        self.process = None

    def connect(self, timeout=60):
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def request(self, method, path, body=None, auth="elastic", headers=None, connection=None):
        """One request; `body` may be text, bytes or a value that becomes JSON."""
        headers = dict(headers or {})
        if auth == "elastic":
            headers["Authorization"] = self.elastic
        elif auth:
            headers["Authorization"] = auth
        if body is not None:
            if not isinstance(body, (str, bytes)):
                body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        own = connection is None
        connection = connection or self.connect()
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode("utf-8", "replace"))
        finally:
            if own:
                connection.close()

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def put(self, path, body=None, **more):
        return self.request("PUT", path, body, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, body, **more)

    def delete(self, path, body=None, **more):
        return self.request("DELETE", path, body, **more)


def lines(*values):
    """NDJSON."""
    return "".join(json.dumps(value) + "\n" for value in values)
