"""What Keyward does with requests that nobody should send.

One server for the whole file, spoken to as an attacker would: raw bytes where the form of a request is the point, a key
that may read one index where access is. Every refusal has a form that clients can read, nothing of another index or of a
secret ever comes back, and the server answers the next request as if nothing had been.
"""

import base64
import concurrent.futures
import csv
import gzip
import json
import re
import socket
import time
from urllib.parse import quote

import pytest

from server import PASSWORD, ROOT, Server, api_key, basic, lines

NDJSON = {"Content-Type": "application/x-ndjson"}
JSON_TYPE = "Content-Type: application/json\r\n"
MARK = "zanzibar-4711"  # stands in every private document and nowhere else
PRIVATE_FIELD = "salaryfield"  # a field that only the private index has
USER_PASSWORD = "extract-me-7"
LIMIT = 1024 * 1024
STATUS_LINE = re.compile(r"HTTP/1\.1 (\d\d\d) ")
HASHES = re.compile(r"\$2[aby]\$\d\d\$|\{PBKDF2|\{SSHA256\}|\$argon2", re.IGNORECASE)


class World:
    """The server with a public and a private index, a user, and a key of that user that only reads the public one."""

    def __init__(self, server):
        self.server = server
        for name, document in [("movies", {"title": "Metropolis", "year": 1927}), ("payroll", {PRIVATE_FIELD: MARK})]:
            assert server.put(f"/{name}/_doc/1?refresh=true", document).status == 201
        assert server.put("/_security/role/extractor", {
            "cluster": ["manage_own_api_key"],
            "indices": [{"names": ["movies"], "privileges": ["read", "view_index_metadata"]}]}).status == 200
        assert server.put("/_security/user/extractor", {"password": USER_PASSWORD, "roles": ["extractor"]}).status == 200
        created = server.post("/_security/api_key", {"name": "reader", "role_descriptors": {
            "movies": {"indices": [{"names": ["movies"], "privileges": ["read"]}]}}}, auth=basic("extractor", USER_PASSWORD))
        assert created.status == 200, created
        self.id, self.secret, self.encoded = (created.json[name] for name in ("id", "api_key", "encoded"))
        self.key = api_key(self.encoded)

    def raw(self, data, timeout=5):
        """Sends bytes, reads until the server closes or says nothing more: all that it answered."""
        if isinstance(data, str):
            data = data.encode("latin-1")
        answered = b""
        with socket.create_connection((self.server.host, self.server.port), timeout=timeout) as connection:
            try:
                connection.sendall(data)
                while chunk := connection.recv(65536):
                    answered += chunk
            except (TimeoutError, ConnectionError):
                pass
        return answered.decode("utf-8", "replace")

    def head(self, line, *headers, body="", auth=True):
        """One request with `Connection: close`, written by hand; the status of the one answer and its text."""
        own = [f"Authorization: {self.server.elastic}"] if auth else []
        text = "\r\n".join([line, "Host: localhost", "Connection: close", *own, *headers, "", body])
        answered = self.raw(text)
        assert answered.startswith("HTTP/1.1 "), answered
        # Exactly one answer: nothing of the bytes was taken for a second request.
        assert len(STATUS_LINE.findall(answered)) == 1, answered
        return int(answered.split()[1]), answered

    def leaks_nothing(self, answer):
        text = f"{answer}" if isinstance(answer, str) else answer.body
        for secret in (MARK, PRIVATE_FIELD, self.secret, self.encoded, PASSWORD, USER_PASSWORD):
            assert secret not in text, text[:2000]
        assert not HASHES.search(text), text[:2000]

    def is_well(self):
        """Alive, and its data is as it was."""
        assert self.server.process.poll() is None
        who = self.server.get("/_security/_authenticate")
        assert who.status == 200 and who.json["username"] == "elastic", who
        assert self.server.get("/movies/_doc/1").json["_source"] == {"title": "Metropolis", "year": 1927}
        assert self.server.get("/payroll/_doc/1").json["_source"] == {PRIVATE_FIELD: MARK}
        assert self.server.get("/movies/_search", auth=self.key).json["hits"]["total"]["value"] == 1


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("abuse") / "data", arguments=["-E", "http.max_content_length=1mb"])
    server.start()
    try:
        yield World(server)
    finally:
        server.stop()


@pytest.fixture(autouse=True)
def afterwards(world):
    """After each test the server is well and its log holds no secret."""
    yield
    world.is_well()
    world.leaks_nothing(world.server.log_text())
    assert "panicked" not in world.server.log_text()


def assert_refused(answer, *statuses):
    """A refusal in a form that clients read: the error envelope, or the short form of routing and media type errors."""
    status, text = answer if isinstance(answer, tuple) else (answer.status, answer.body)
    assert status in (statuses or (400,)), (status, text[:600])
    if status in (413, 417):  # these have no body
        assert text.split("\r\n\r\n", 1)[-1] == "" or isinstance(answer, tuple) is False and text == "", text
        return None
    body = json.loads(text.split("\r\n\r\n", 1)[-1] if text.startswith("HTTP/") else text)
    return assert_envelope(status, body)


def assert_envelope(status, body):
    error = body["error"]
    if isinstance(error, str):
        assert status in (400, 404, 405, 406, 410, 505) and body.get("status", status) == status, body
        return error
    assert body["status"] == status, body
    assert error["type"] and error["reason"] and error["root_cause"], body
    assert all(cause["type"] and cause["reason"] for cause in error["root_cause"]), body
    assert "stack_trace" not in json.dumps(body)
    return error["reason"]


# --- Authorization ---------------------------------------------------------------------------------------------------

def encoded(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


MISSING = "missing authentication credentials for REST request [/_security/_authenticate]"
REJECTED = "unable to authenticate with provided credentials and anonymous access is not allowed for this request"


@pytest.mark.parametrize("value, reason", [
    ("", MISSING),
    ("Basic", MISSING),
    ("ApiKey", MISSING),
    (encoded(f"elastic:{PASSWORD}"), MISSING),  # no scheme
    ("Bearer abc", MISSING),
    ("Negotiate abc", MISSING),
    ("\u00e9 abc", MISSING),
    ("Basic\t" + encoded(f"elastic:{PASSWORD}"), MISSING),
    ("Basic !!!", "invalid basic authentication header encoding"),
    ("Basic \u00ff\u00fe", "invalid basic authentication header encoding"),
    ("Basic " + encoded("elastic"), "invalid basic authentication header value"),
    ("Basic " + encoded(b"\0" * 6000), "invalid basic authentication header value"),
    ("Basic " + encoded(":"), "unable to authenticate user [] for REST request [/_security/_authenticate]"),
    ("Basic " + encoded('a"\n\0:b'), 'unable to authenticate user [a"\n\0] for REST request [/_security/_authenticate]'),
    ("Basic " + encoded(b"\xff\xfe:b"), "unable to authenticate user [\ufffd\ufffd] for REST request [/_security/_authenticate]"),
    ("Basic " + encoded("elastic:" + PASSWORD + "\0"), "unable to authenticate user [elastic] for REST request [/_security/_authenticate]"),
    ("Basic " + encoded("elastic:" + PASSWORD[:-1]), "unable to authenticate user [elastic] for REST request [/_security/_authenticate]"),
    ("Basic " + encoded("elastic:" + "x" * 10000), "unable to authenticate user [elastic] for REST request [/_security/_authenticate]"),
    ("ApiKey !!!", REJECTED),
    ("ApiKey " + encoded("no-colon"), REJECTED),
    ("ApiKey " + encoded(":"), REJECTED),
    ("ApiKey " + encoded(b"\xff:\xff"), REJECTED),
    ("ApiKey " + encoded("\0\n\"<>/../%2e:secret"), REJECTED),
    ("ApiKey " + encoded("key/" + "x" * 8000 + ":" + "y" * 2000), REJECTED),
])
def test_credentials_that_cannot_be_right_are_401_and_say_why(world, value, reason):
    answer = world.head("GET /_security/_authenticate HTTP/1.1", "Authorization: " + value, auth=False)
    assert assert_refused(answer, 401) == reason
    assert 'www-authenticate: Basic realm="security", charset="UTF-8"\r\nwww-authenticate: ApiKey' in answer[1]
    assert "x-elastic-product" not in answer[1].lower()


@pytest.mark.parametrize("headers", [
    ["Authorization: Basic a\0b"],
    ["Authorization: Basic \x01\x02"],
    ["Authorization: Basic abc", " def"],  # folded
    ["Authorization : Basic abc"],
    [" Authorization: Basic abc"],
    ["Authorization: Basic abc", "Authorization: Basic abd"],
    ["Authorization: Basic " + "A" * 17000],
])
def test_authorization_headers_that_could_be_read_in_two_ways_are_400(world, headers):
    assert_refused(world.head("GET /_security/_authenticate HTTP/1.1", *headers, auth=False), 400)


def test_two_different_authorizations_are_never_a_choice(world):
    for first, second in [(world.server.elastic, world.key), (world.key, world.server.elastic), (world.key, "")]:
        assert_refused(world.head("GET /_security/_authenticate HTTP/1.1", f"Authorization: {first}",
                                  f"Authorization: {second}", auth=False), 400)


def test_ids_and_secrets_near_the_right_ones_are_not_right(world):
    swap = world.secret.swapcase()
    for wrong in [f"{world.id}:{world.secret} ", f"{world.id} :{world.secret}", f"{world.id}:{world.secret[:-1]}", f"{world.id}:",
                  f"{world.id}:{swap}", f"{world.id.swapcase()}:{world.secret}", f":{world.secret}", f"{world.id}\0:{world.secret}",
                  f"{world.id}:{world.secret}\0", f"{world.id}:{world.id}:{world.secret}", f"key/{world.id}:{world.secret}",
                  f"{world.id}:*", "*:*", f"../{world.id}:{world.secret}", f"{world.id}:{world.secret}{'a' * 5000}"]:
        answer = world.server.get("/movies/_search", auth=api_key(encoded(wrong)))
        assert assert_refused(answer, 401) == REJECTED, wrong
        assert world.secret not in answer.body


def test_acting_as_somebody_else_needs_the_right_to(world):
    for user, status in [("", 401), ("elastic", 403), ("nobody", 403), ("_xpack_security", 403), ("*", 403), ("a" * 3000, 403)]:
        answer = world.server.get("/_security/_authenticate", auth=world.key, headers={"es-security-runas-user": user})
        assert_refused(answer, status)
    assert_refused(world.head("GET / HTTP/1.1", "es-security-runas-user: elastic", "es-security-runas-user: extractor"), 400)


# --- the form of a request -------------------------------------------------------------------------------------------

SEARCH = '{"query":{"match_all":{}}}'
CHUNKED = f"{len(SEARCH):x}\r\n{SEARCH}\r\n0\r\n\r\n"


@pytest.mark.parametrize("content_type, status, text", [
    ([], 406, "Content-Type header is missing"),
    (["text/xml"], 406, "Content-Type header [text/xml] is not supported"),
    (["text/plain"], 406, "Content-Type header [text/plain] is not supported"),
    (["application/x-www-form-urlencoded"], 406, "Content-Type header [application/x-www-form-urlencoded] is not supported"),
    (["multipart/form-data; boundary=x"], 406, "Content-Type header [multipart/form-data; boundary=x] is not supported"),
    (["application/x-ndjson"], 406, "Content-Type header [application/x-ndjson] is not supported"),
    (["application/json; charset=utf-16"], 406, "Content-Type header [application/json; charset=utf-16] is not supported"),
    (["application/json, application/json"], 406, "Content-Type header [application/json, application/json] is not supported"),
    ([""], 406, "Content-Type header [] is not supported"),
    (["application/cbor"], 406, None),
    (["nonsense"], 400, "Invalid media-type value on headers [Content-Type]"),
    (["application/json", "text/xml"], 400, "multiple values for single-valued header [Content-Type]."),
])
def test_content_types_that_are_wrong_or_missing(world, content_type, status, text):
    answer = world.head("POST /movies/_search HTTP/1.1", *(f"Content-Type: {t}" for t in content_type),
                        f"Content-Length: {len(SEARCH)}", body=SEARCH)
    assert text in (None, assert_refused(answer, status))


def test_bodies_beyond_the_limit_are_413_and_not_read(world):
    for length in (LIMIT + 1, 10**12):
        assert_refused(world.head("POST /movies/_search HTTP/1.1", "Content-Type: application/json",
                                  f"Content-Length: {length}", body="{"), 413)
    chunk = f"{LIMIT + 1:x}\r\n" + " " * (LIMIT + 1) + "\r\n0\r\n\r\n"
    assert_refused(world.head("POST /movies/_search HTTP/1.1", "Content-Type: application/json",
                              "Transfer-Encoding: chunked", body=chunk), 413)
    # The limit holds for what comes out of a compressed body, too.
    bomb = gzip.compress(b" " * 50 * LIMIT)
    assert len(bomb) < LIMIT
    assert_refused(world.server.post("/movies/_search", bomb, headers={
        "Content-Type": "application/json", "Content-Encoding": "gzip"}), 413)
    just = SEARCH + " " * (LIMIT - len(SEARCH))
    assert world.server.post("/movies/_search", just).status == 200
    for encoding, body in [("gzip", b"not gzip"), ("gzip", gzip.compress(SEARCH.encode())[:-9]), ("br", b"{}"), ("gzip, gzip", b"{}")]:
        assert_refused(world.server.post("/movies/_search", body, headers={
            "Content-Type": "application/json", "Content-Encoding": encoding}), 400)


LENGTH = f"Content-Length: {len(SEARCH)}"


@pytest.mark.parametrize("headers, body", [
    ([LENGTH, "Transfer-Encoding: chunked"], CHUNKED),
    (["Transfer-Encoding: chunked", LENGTH], CHUNKED),
    ([LENGTH, "Content-Length: 3"], SEARCH),
    ([f"Content-Length: {len(SEARCH)}, {len(SEARCH)}"], SEARCH),
    (["Content-Length: +26"], SEARCH),
    (["Content-Length: -1"], SEARCH),
    (["Content-Length: 0x1a"], SEARCH),
    (["Content-Length: 99999999999999999999999"], SEARCH),
    (["Content-Length : 26"], SEARCH),
    (["Transfer-Encoding: xchunked"], CHUNKED),
    (["Transfer-Encoding: identity", LENGTH], SEARCH),
    (["Transfer-Encoding: gzip, chunked"], CHUNKED),
    (["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], CHUNKED),
    (["Transfer-Encoding : chunked"], CHUNKED),
    (["Transfer-Encoding: \x0bchunked"], CHUNKED),
    (["X: y\r Transfer-Encoding: chunked", LENGTH], SEARCH),
    (["X: y\nTransfer-Encoding: chunked", LENGTH], SEARCH),
    (["X: y\0", LENGTH], SEARCH),
    (["X: y", " z", LENGTH], SEARCH),
    (["Transfer-Encoding: chunked"], f"zz\r\n{SEARCH}\r\n0\r\n\r\n"),
    (["Transfer-Encoding: chunked"], f"-1\r\n{SEARCH}\r\n0\r\n\r\n"),
    (["Transfer-Encoding: chunked"], f"ffffffffffffffffff\r\n{SEARCH}\r\n0\r\n\r\n"),
    (["Transfer-Encoding: chunked"], CHUNKED.replace("\r\n", "\n")),
])
def test_a_body_whose_length_is_in_doubt_is_400_and_ends_the_connection(world, headers, body):
    # What follows would be a request of its own for a server that reads the length in the other way.
    smuggled = f"GET /payroll/_search HTTP/1.1\r\nHost: x\r\nAuthorization: {world.server.elastic}\r\n\r\n"
    answer = world.head("POST /movies/_search HTTP/1.1", "Content-Type: application/json", *headers, body=body + smuggled)
    assert_refused(answer, 400)
    assert "connection: close" in answer[1].lower()
    world.leaks_nothing(answer[1])


@pytest.mark.parametrize("line, statuses", [
    ("GET / HTTP/1.0", [505]), ("GET / HTTP/2.0", [505]), ("PRI * HTTP/2.0", [505]), ("GET / HTTP/1.1 x", [400]), ("GET  / HTTP/1.1", [400]),
    ("GET\t/\tHTTP/1.1", [400]), ("GET", [400]), ("get / HTTP/1.1", [405]), ("PROPFIND / HTTP/1.1", [405]), ("TRACE / HTTP/1.1", [405]),
    ("CONNECT localhost:1 HTTP/1.1", [400]), ("GET http://localhost/payroll/_search HTTP/1.1", [400]), ("GET * HTTP/1.1", [400]),
    ("GET ?x HTTP/1.1", [400]), ("GET /a#b HTTP/1.1", [400]), ("GET /\x7f HTTP/1.1", [400]), ("GET /\u00e9 HTTP/1.1", [400]),
    ("GET /%zz HTTP/1.1", [400]), ("GET /% HTTP/1.1", [400]), ("GET /movies/_doc/%ff HTTP/1.1", [400]), ("GET /movies/_doc/%00 HTTP/1.1", [400]),
    ("GET /movies/_search?q=%ff HTTP/1.1", [400]), ("GET /movies/_search?q=%c0%af HTTP/1.1", [400]), ("GET /movies/_search?%6 HTTP/1.1", [400]),
    ("GET /movies/_search?q=a&q=b HTTP/1.1", [400]), ("GET /" + "a" * 5000 + " HTTP/1.1", [400]), ("GET /?" + "a" * 5000 + " HTTP/1.1", [400]),
])
def test_request_lines_that_are_wrong(world, line, statuses):
    assert_refused(world.head(line), *statuses)


def test_line_feeds_alone_do_not_end_lines(world):
    answered = world.raw(f"GET / HTTP/1.1\nAuthorization: {world.server.elastic}\n\n")
    assert STATUS_LINE.findall(answered) == ["400"], answered


def test_pipelined_requests_are_answered_in_order_each_by_its_own_credentials(world):
    def one(path, auth, more=""):
        header = f"Authorization: {auth}\r\n" if auth else ""
        return f"GET {path} HTTP/1.1\r\nHost: x\r\n{header}{more}\r\n"

    answered = world.raw(one("/payroll/_count", world.server.elastic) + one("/payroll/_count", world.key)
                         + one("/payroll/_count", None) + one("/movies/_count", world.key)
                         + one("/movies/_count", None, "Connection: close\r\n"))
    assert STATUS_LINE.findall(answered) == ["200", "403", "401", "200", "401"]
    # A body is a body, though it looks like a request.
    inner = one("/payroll/_search", world.server.elastic)
    answered = world.raw(f"POST /movies/_search HTTP/1.1\r\nHost: x\r\nAuthorization: {world.key}\r\n{JSON_TYPE}"
                         f"Content-Length: {len(inner)}\r\n\r\n{inner}" + one("/movies/_count", world.key, "Connection: close\r\n"))
    assert STATUS_LINE.findall(answered) == ["400", "200"]
    world.leaks_nothing(answered)


# --- what bodies say -------------------------------------------------------------------------------------------------

def deep(depth):
    return '{"a":' * depth + "1" + "}" * depth


@pytest.mark.parametrize("depth", [900, 1001, 100000])
def test_deeply_nested_bodies_are_refused_and_cost_little(world, depth):
    server, began = world.server, time.monotonic()
    for method, path in [("POST", "/movies/_search"), ("POST", "/movies/_count"), ("POST", "/movies/_doc"), ("PUT", "/movies/_doc/deep"),
                         ("POST", "/movies/_update/1"), ("POST", "/_security/api_key"), ("PUT", "/_security/role/deep"), ("POST", "/_aliases"),
                         ("PUT", "/movies/_mapping"), ("PUT", "/deep")]:
        for body in (deep(depth), "[" * depth + "]" * depth, '{"a":' * depth):
            assert_refused(server.request(method, path, body), 400)
    for text in ('{"bool":{"must":[' * depth + '{"match_all":{}}' + "]}}" * depth,
                 '{"query_string":{"query":"' + "(" * depth + "a" + ")" * depth + '"}}'):
        assert_refused(server.post("/movies/_search", f'{{"query":{text}}}'), 400, 413)
    assert_refused(server.post("/_bulk", deep(depth) + "\n{}\n", headers=NDJSON), 400)
    item = server.post("/_bulk", '{"index":{"_index":"movies"}}\n' + deep(depth) + "\n", headers=NDJSON).json["items"][0]["index"]
    assert item["status"] == 400 and item["error"]["reason"], item
    assert_refused(server.put("/_security/role/deep", {"indices": [{"names": ["/" + "(" * depth + "a" + ")" * depth + "/"],
                                                                   "privileges": ["read"]}]}), 400)
    assert_refused(server.put("/_security/role/deep", {"indices": [{"names": ["/(a|b)*a(a|b){900}/"], "privileges": ["read"]}]}), 400)
    assert time.monotonic() - began < 20


def test_metadata_of_a_key_survives_or_is_refused_at_any_depth(world):
    for depth in (1, 500, 990, 998):
        created = world.server.post("/_security/api_key", '{"name":"deep","metadata":' + deep(depth) + "}")
        if created.status == 200:
            shown = world.server.get(f"/_security/api_key?id={created.json['id']}")
            assert shown.status == 200 and shown.body.count('{"a":') == depth, shown
        else:
            assert_refused(created, 400)


@pytest.mark.parametrize("method, path, body", [
    ("POST", "/movies/_search", b'{"query":{"match":{"title":"\xff"}}}'),
    ("PUT", "/movies/_doc/x", b'{"title":"\xff"}'),
    ("PUT", "/movies/_doc/x", b'{"title":"\xed\xa0\x80"}'),
    ("PUT", "/movies/_doc/x", b'{"title":"\xc0\xaf"}'),
    ("PUT", "/movies/_doc/x", b'{"title":"\\ud800"}'),
    ("PUT", "/movies/_doc/x", b'{"a\\u0000b":1}'),
    ("POST", "/_security/api_key", b'{"name":"\xff"}'),
    ("POST", "/_security/api_key", b'{"name":"\\udc00"}'),
    ("PUT", "/_security/role/x", b'{"cluster":["\xff"]}'),
    ("POST", "/movies/_search", b'\xef\xbb\xbf{}'),
    ("POST", "/movies/_search", '{"size":1}'.encode("utf-16")),
    ("PUT", "/movies/_doc/x", b'{"a":1}{"b":2}'),
    ("PUT", "/movies/_doc/x", b'{"a":1/* */}'),
    ("PUT", "/movies/_doc/x", b'{"a":1,}'),
    ("PUT", "/movies/_doc/x", b"{'a':1}"),
    ("PUT", "/movies/_doc/x", b'{"a":NaN}'),
    ("PUT", "/movies/_doc/x", b'{"a":1e999999}'),
    ("PUT", "/movies/_doc/x", b'"text"'),
    ("PUT", "/movies/_doc/x", b'{"":1}'),
    ("PUT", "/movies/_doc/x", b'{"..":1}'),
    ("PUT", "/movies/_doc/x", b'{"title":{"not":"text"}}'),
])
def test_bodies_that_are_not_what_they_claim_to_be(world, method, path, body):
    assert_refused(world.server.request(method, path, body), 400)
    assert world.server.get("/movies/_doc/x").status == 404


@pytest.mark.parametrize("method, path, body, member", [
    ("POST", "/_security/api_key", '{"name":"a","name":"b"}', "name"),
    ("POST", "/_security/api_key", '{"name":"a","\\u006eame":"b"}', "name"),
    ("POST", "/_security/api_key", '{"name":"a","role_descriptors":{"r":{"cluster":[]},"r":{"cluster":["all"]}}}', "r"),
    ("DELETE", "/_security/api_key", '{"name":"a","owner":true,"owner":false}', "owner"),
    ("PUT", "/_security/role/d", '{"cluster":[],"cluster":["all"]}', "cluster"),
    ("PUT", "/_security/role/d", '{"indices":[{"names":["a"],"privileges":["read"],"names":["*"]}]}', "names"),
    ("PUT", "/_security/user/d", '{"password":"abcdefgh","roles":[],"roles":["superuser"]}', "roles"),
    ("POST", "/movies/_search", '{"size":1,"size":2}', "size"),
    ("POST", "/movies/_search", '{"query":{"term":{"year":1,"year":2}}}', "year"),
    ("POST", "/_bulk", '{"index":{"_index":"movies","_index":"payroll"}}\n{}\n', "_index"),
    ("POST", "/_msearch", '{"index":"movies","index":"payroll"}\n{}\n', "index"),
    ("POST", "/_mget", '{"docs":[{"_index":"movies","_index":"payroll","_id":"1"}]}', "_index"),
    ("PUT", "/movies/_doc/d", '{"a":1,"a":2}', "a"),
])
def test_a_member_given_twice_is_never_a_choice(world, method, path, body, member):
    headers = NDJSON if "\n" in body else None
    answer = world.server.request(method, path, body, headers=headers)
    assert_refused(answer, 400)
    assert f"Duplicate field '{member}'" in answer.body, answer


@pytest.mark.parametrize("method, path, body, reason", [
    ("GET", "/_security/_authenticate?foo=1&bar=2", None,
     "request [/_security/_authenticate] contains unrecognized parameters: [bar], [foo]"),
    ("GET", "/movies/_search?prety&sizes=3", None,
     "request [/movies/_search] contains unrecognized parameters: [prety] -> did you mean [pretty]?, [sizes] -> did you mean [size]?"),
    ("POST", "/_security/api_key?nam=1", {"name": "a"}, "request [/_security/api_key] contains unrecognized parameter: [nam]"),
    ("PUT", "/movies/_doc/1?if_seq=1", {"a": 1}, None),
    ("POST", "/_security/api_key", {"nam": "a"}, "[1:2] [api_key_request] unknown field [nam] did you mean [name]?"),
    ("DELETE", "/_security/api_key", {"idss": ["a"]}, "[1:2] [invalidate_api_key] unknown field [idss] did you mean [ids]?"),
    ("PUT", "/_security/role/d", {"clusters": ["all"]}, "failed to parse role [d]. unexpected field [clusters]"),
    ("PUT", "/_security/user/d", {"passwords": "abcdefgh"}, "failed to parse add user request. unexpected field [passwords]"),
    ("POST", "/movies/_search", {"querys": {}}, "Unknown key for a START_OBJECT in [querys]."),
    ("POST", "/movies/_search", {"query": {"matchx": {}}}, "unknown query [matchx] did you mean any of [match, match_all]?"),
    ("POST", "/movies/_update/1", {"dok": {}}, "[1:2] [UpdateRequest] unknown field [dok]"),
    ("POST", "/movies/_search?source={}&source_content_type=application/json", {"size": 1}, "a body and the parameter [source] were both given"),
    ("GET", "/_security/_authenticate", {}, "request [GET /_security/_authenticate] does not support having a body"),
    ("POST", "/_security/api_key", None, "request body is required"),
])
def test_what_is_unknown_is_refused_by_name(world, method, path, body, reason):
    said = assert_refused(world.server.request(method, path, body), 400)
    assert reason in (None, said)


@pytest.mark.parametrize("body, reason", [
    ('{"index":{"_index":"movies","_id":"b"}}\n{"a":1}', "The bulk request must be terminated by a newline [\\n]"),
    ('{"index":{"_index":"movies","_id":"b"}}\n\n{"a":1}\n', None),
    ('{"index":{"_index":"movies","_id":"b"}}\n{"a":1}\n\n{"index":{"_index":"movies","_id":"b"}}\n{"a":1}\n', None),
    ("\n", None),
    ('{"index":{"_index":"movies","_id":"b"}}\n', None),
    ('{"index":\n{"_index":"movies","_id":"b"}}\n{}\n', None),
    ("[]\n{}\n", "Malformed action/metadata line [1], expected START_OBJECT but found [START_ARRAY]"),
    ('{"index":{"_index":"movies","_id":"b"},"delete":{"_index":"payroll","_id":"1"}}\n{}\n',
     "Malformed action/metadata line [1], expected END_OBJECT but found [FIELD_NAME]"),
    ('{"index":{"_index":"movies","_id":"b","foo":1}}\n{}\n', "Action/metadata line [1] contains an unknown parameter [foo]"),
    ('{"upsert":{"_index":"movies","_id":"b"}}\n{}\n',
     "Malformed action/metadata line [1], expected one of [create, delete, index, update] but found [upsert]"),
])
def test_a_bulk_that_cannot_be_read_does_nothing_at_all(world, body, reason):
    good = '{"index":{"_index":"movies","_id":"before"}}\n{"a":1}\n'
    said = assert_refused(world.server.post("/_bulk", body, headers=NDJSON), 400)
    assert reason in (None, said)
    assert_refused(world.server.post("/_bulk", good + body, headers=NDJSON), 400)
    assert world.server.get("/movies/_doc/before").status == world.server.get("/movies/_doc/b").status == 404


def test_preconditions_that_do_not_hold_change_nothing(world):
    for method, path, body in [
        ("PUT", "/movies/_doc/1?if_seq_no=77&if_primary_term=1", {"a": 1}),
        ("DELETE", "/movies/_doc/1?if_seq_no=77&if_primary_term=1", None),
        ("POST", "/movies/_update/1?if_seq_no=77&if_primary_term=1", {"doc": {"a": 1}}),
        ("PUT", "/movies/_create/1", {"a": 1}),
        ("PUT", "/movies/_doc/1?op_type=create", {"a": 1}),
        ("PUT", "/movies/_doc/1?version=1&version_type=external", {"a": 1}),
    ]:
        assert "version conflict" in assert_refused(world.server.request(method, path, body), 409), path
    for query in ("if_seq_no=77", "if_primary_term=1", "if_seq_no=-5&if_primary_term=1", "if_seq_no=x&if_primary_term=1",
                  "op_type=create&if_seq_no=0&if_primary_term=1", "version=1", "version=-1&version_type=external"):
        assert_refused(world.server.put(f"/movies/_doc/1?{query}", {"a": 1}), 400)
    items = world.server.post("/_bulk", lines(
        {"create": {"_index": "movies", "_id": "1"}}, {"a": 1},
        {"index": {"_index": "movies", "_id": "1", "if_seq_no": 77, "if_primary_term": 1}}, {"a": 1}), headers=NDJSON).json["items"]
    assert [next(iter(item.values()))["status"] for item in items] == [409, 409]


# --- names and access ------------------------------------------------------------------------------------------------

PATHS = [
    "/payroll/_search", "/payroll/_doc/1", "/payroll/_source/1", "/payroll/_count", "/payroll/_mapping", "/payroll/_field_caps?fields=*", "/payroll",
    "/movies,payroll/_search", "/payroll,movies/_search", "/movies%2Cpayroll/_search", "/movies%2cpayroll/_doc/1", "/movies%252Cpayroll/_search",
    "/movies%2Fpayroll/_search", "/movies%2f..%2fpayroll/_search", "/movies/../payroll/_search", "/movies/%2e%2e/payroll/_search",
    "/movies/./_search", "//payroll/_search", "/movies//payroll/_search", "/movies/_search/../../payroll/_search", "/payroll/", "/payroll/_search/",
    "/%70ayroll/_search", "/payrol%6C/_doc/1", "/p%61yroll/_source/1", "/payroll%00/_search", "/payroll%20/_search", "/payroll%09/_doc/1",
    "/payroll;x/_search", "/payroll%3f/_search", "/PAYROLL/_search", "/payroll%5C/_search", "/movies%5Cpayroll/_search", "/%EF%BD%90ayroll/_search",
    "/*/_search", "/_all/_search", "/_search", "/p*/_search", "/*roll/_search", "/*,-movies/_search", "/*,-*,payroll/_search", "/-movies/_search",
    "/-movies,*/_search", "/+payroll/_search", "/%2Bpayroll/_search", "/,payroll/_search", "/payroll,/_search", "/,/_search", "/*:payroll/_search",
    "/local:payroll/_search", ":payroll/_search", "/payroll::data/_search", "/payroll::failures/_search", "/*::data/_search", "/*::*/_search",
    "/%3Cpayroll%3E/_search", "/%3Cpayroll-%7Bnow%2Fd%7D%3E/_search", "/%3Cpay%7Bnow%7Broll%7D%7D%3E/_search", "/%3C*%3E/_search", "/.*/_search",
    "/*/_doc/1", "/p*/_source/1", "/_all/_mapping", "/*/_mapping", "/_mapping", "/*/_field_caps?fields=*", "/_field_caps?fields=*", "/*",
    "/_resolve/index/*", "/_resolve/index/payroll", "/_cat/indices", "/_cat/indices/payroll", "/_cat/count/payroll", "/_cat/aliases", "/_alias", "/*/_alias",
    "/_settings", "/*/_settings", "/_stats", "/*/_stats", "/_segments", "/_cluster/state", "/_nodes/stats", "/_cluster/health/payroll",
    "/payroll/_search?index=movies", "/movies/_search?index=payroll", "/_search?index=payroll", "/_count?index=payroll",
    "/payroll/_search?ignore_unavailable=true", "/payroll/_search?allow_no_indices=true&expand_wildcards=all", "/*/_search?expand_wildcards=all",
    "/%5Fsearch", "/%5fall/_search", "/%5Fsecurity/api_key", "/payroll/%5Fsearch", "/payroll/_doc%2F1", "/payroll/_d%6Fc/1", "/movies/_search%3Findex=payroll",
    "/.security/_search", "/.security-7/_search", "/.security*/_search", "/.security/_doc/api-key", "/%2Esecurity-7/_search", "/.*,-.x/_search",
]


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_no_spelling_of_a_path_reaches_another_index(world, method):
    for path in PATHS:
        answered = world.raw(f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {world.key}\r\n\r\n")
        assert answered.startswith("HTTP/1.1 ") and len(STATUS_LINE.findall(answered)) == 1, (path, answered)
        status, body = int(answered.split()[1]), answered.split("\r\n\r\n", 1)[1]
        assert status < 500 or status == 501, (path, answered)
        world.leaks_nothing(answered)
        if status < 300:
            assert "payroll" not in body, (path, body)
        elif method != "HEAD" and not (status == 404 and '"error"' not in body):
            assert_envelope(status, json.loads(body))


@pytest.mark.parametrize("path, body", [
    ("/_msearch", [{"index": "payroll"}, {}]),
    ("/_msearch", [{"index": "*"}, {"query": {"match_all": {}}}]),
    ("/_msearch", [{}, {}]),
    ("/movies/_msearch", [{"index": ["movies", "payroll"]}, {}]),
    ("/movies/_msearch", [{"index": "*,-movies"}, {}]),
    ("/_mget", {"docs": [{"_index": "payroll", "_id": "1"}, {"_index": "movies", "_id": "1"}]}),
    ("/movies/_mget", {"docs": [{"_index": "payroll", "_id": "1"}]}),
    ("/movies/_mget", {"docs": [{"_index": "*", "_id": "1"}]}),
    ("/movies/_search", {"query": {"terms": {"title": {"index": "payroll", "id": "1", "path": PRIVATE_FIELD}}}}),
    ("/movies/_search", {"query": {"more_like_this": {"like": [{"_index": "payroll", "_id": "1"}]}}}),
    ("/movies/_search", {"query": {"geo_shape": {"a": {"indexed_shape": {"index": "payroll", "id": "1", "path": "a"}}}}}),
    ("/movies/_search", {"query": {"percolate": {"field": "a", "index": "payroll", "id": "1"}}}),
    ("/movies/_search", {"query": {"query_string": {"query": "_index:payroll OR *"}}}),
    ("/movies/_search", {"query": {"terms": {"_index": ["payroll"]}}}),
    ("/movies/_search", {"runtime_mappings": {"x": {"type": "lookup", "target_index": "payroll"}}}),
    ("/movies/_search", {"indices_boost": [{"payroll": 2}]}),
    ("/_search", {"pit": {"id": base64.b64encode(b"payroll").decode()}}),
    ("/_search/scroll", {"scroll_id": base64.b64encode(b"payroll").decode()}),
    ("/_reindex", {"source": {"index": "payroll"}, "dest": {"index": "movies"}}),
    ("/_sql", {"query": "SELECT * FROM payroll"}),
    ("/_query", {"query": "FROM payroll"}),
    ("/_aliases", {"actions": [{"add": {"index": "payroll", "alias": "movies"}}]}),
    ("/_bulk", [{"index": {"_index": "payroll", "_id": "1"}}, {PRIVATE_FIELD: "mine"}]),
    ("/movies/_bulk", [{"update": {"_index": "payroll", "_id": "1"}}, {"doc": {"a": 1}, "_source": True}]),
    ("/movies/_bulk", [{"delete": {"_index": "payroll", "_id": "1"}}]),
])
def test_no_body_reaches_another_index(world, path, body):
    many = isinstance(body, list)
    answer = world.server.post(path, lines(*body) if many else body, auth=world.key, headers=NDJSON if many else None)
    assert answer.status < 500 or answer.status == 501, answer
    world.leaks_nothing(answer)
    if answer.status >= 300:
        assert_refused(answer, answer.status)


@pytest.mark.parametrize("name", ["a b", "a\tb", "\u00e9", "a\u202eb", "a/b", "a%2fb", "..", "a\0b", "", " a", "a ", "_x", "x" * 508, "a,b", "*", "<a>", '"', "\\"])
def test_odd_names_of_users_and_roles_are_refused_or_come_back_the_same(world, name):
    for kind, body in [("role", {"cluster": []}), ("user", {"password": "abcdefgh", "roles": []})]:
        path = f"/_security/{kind}/{quote(name, safe='')}"
        put = world.server.put(path, body)
        if put.status >= 300:
            assert_refused(put, 400, 405)
            assert_envelope_or_empty(world.server.get(path))
            continue
        everything = world.server.get(f"/_security/{kind}")
        assert everything.status == 200 and name in everything.json, (name, everything)
        if "," not in name:
            assert list(world.server.get(path).json) == [name]
        assert world.server.delete(path).json == {"found": True}
        assert name not in world.server.get(f"/_security/{kind}").json


def assert_envelope_or_empty(answer):
    assert answer.status < 500, answer
    if answer.status >= 400 and answer.json != {}:
        assert_envelope(answer.status, answer.json)


@pytest.mark.parametrize("name", ["a\tb", "\u00e9\u202e", '"<>\\', "a\nb", "*", "a,b", "'; drop", "x" * 200, "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")])
def test_odd_names_of_keys_come_back_the_same(world, name):
    created = world.server.post("/_security/api_key", {"name": name, "metadata": {name: name}})
    assert created.status == 200 and created.json["name"] == name, created
    shown = world.server.get(f"/_security/api_key?id={created.json['id']}").json["api_keys"][0]
    assert shown["name"] == name and shown["metadata"] == {name: name}
    gone = world.server.delete("/_security/api_key", {"ids": [created.json["id"]]})
    assert gone.json["invalidated_api_keys"] == [created.json["id"]]


def test_odd_ids_find_no_key(world):
    for key_id in ["*", "a,b", "../x", "key/x", "%00", "_all", "\u00e9", "x" * 3000]:
        answer = world.server.get(f"/_security/api_key?id={quote(key_id, safe='')}")
        assert answer.status in (200, 400, 404), answer
        if answer.status == 200:
            assert answer.json == {"api_keys": []}, answer
        answer = world.server.delete("/_security/api_key", {"ids": [key_id]})
        assert answer.status in (200, 400, 404) and not (answer.status == 200 and answer.json["invalidated_api_keys"]), answer


# --- every route -----------------------------------------------------------------------------------------------------

def catalogue():
    with open(ROOT / "crates" / "rest" / "data" / "routes.tsv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [(row["method"].replace("*", "GET"), row["path"], row["api"], row["body"]) for row in rows]


def fill(path, index):
    return re.sub(r"\{[^}]*\}", lambda found: {"{index}": index, "{id}": "1"}.get(found[0], "elsewhere"), path)


class Caller:
    """One connection that is opened again when the server closes it."""

    def __init__(self, server):
        self.server, self.connection = server, server.connect(10)

    def __call__(self, method, path, body, auth, ndjson=False):
        headers = dict(NDJSON) if ndjson else None
        try:
            answer = self.server.request(method, path, body, auth=auth, headers=headers, connection=self.connection)
        except ConnectionError:
            self.connection.close()
            answer = self.server.request(method, path, body, auth=auth, headers=headers, connection=self.connection)
        if (answer.headers.get("connection") or "").lower() == "close":
            self.connection.close()
        return answer


# What a key that may only read `movies` is answered with 2xx: reading `movies`, and what everybody may ask about itself.
OWN = {"count", "exists", "exists_source", "get", "get_source", "search", "cat.count", "security.authenticate",
       "keyward.alive", "keyward.ready"}


@pytest.mark.parametrize("index", ["payroll", "movies", "*", "movies,payroll", ".security-7"])
def test_a_key_that_only_reads_gets_nowhere_on_any_route(world, index):
    call, reached = Caller(world.server), {}
    for method, path, api, kind in catalogue():
        ndjson = "ndjson" in kind
        bodies = [None] if kind == "none" else [lines({"index": {"_index": "payroll"}}, {"a": 1}) if ndjson else {}]
        for body in bodies:
            target = fill(path, index)
            answer = call(method, target, body, world.key, ndjson)
            assert answer.status < 500 or answer.status == 501, (method, target, answer)
            world.leaks_nothing(answer)
            if answer.status < 300:
                reached.setdefault(api, []).append((method, target, answer.body[:200]))
                assert "payroll" not in answer.body.replace(target, ""), (method, target, answer)
            elif method != "HEAD" and answer.status < 500 and not (answer.status == 404 and '"error"' not in answer.body):
                assert_envelope(answer.status, answer.json)
    assert set(reached) <= OWN, {api: reached[api] for api in set(reached) - OWN}


def test_every_route_survives_every_body_of_the_superuser(world):
    world.server.put("/catalogue/_doc/1", {"a": 1})
    call, bodies = Caller(world.server), [None, {}, [], {"garbage": [1, {"x": None}]}, {"query": 5, "name": {}, "indices": 1, "docs": [1], "actions": [1]}]
    answered = set()
    for method, path, api, kind in catalogue():
        target = fill(path, "catalogue")
        for body in bodies:
            for ndjson in (False, True) if body is not None and "ndjson" in kind else (False,):
                answer = call(method, target, lines(body, body) if ndjson else body, "elastic", ndjson)
                assert answer.status < 500 or answer.status == 501, (method, target, body, answer)
                assert not HASHES.search(answer.body), (method, target, answer)
                answered.add(answer.status)
                if answer.status == 501 and method != "HEAD":
                    assert re.search(r"the API \[[a-z0-9_.]+\] is not supported", answer.json["error"]["reason"]), (target, answer)
                if answer.status >= 400 and method != "HEAD" and '"error"' in answer.body and answer.status != 501:
                    assert_refused(answer, answer.status)
    assert {200, 400, 404, 501} <= answered


# --- floods ----------------------------------------------------------------------------------------------------------

def test_connections_that_come_and_go_leave_nothing_behind(world):
    address = (world.server.host, world.server.port)
    request = f"GET /movies/_search HTTP/1.1\r\nHost: x\r\nAuthorization: {world.key}\r\n\r\n".encode()
    for n in range(600):
        with socket.create_connection(address, timeout=5) as connection:
            # Nothing; half a head; a head without its body; a request whose answer nobody reads; bytes of another protocol.
            connection.sendall([b"", request[:30], b"POST /_bulk HTTP/1.1\r\nContent-Length: 99\r\n\r\n{", request,
                                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"][n % 5])
    held = [socket.create_connection(address, timeout=5) for _ in range(300)]
    assert world.server.get("/movies/_search", auth=world.key).status == 200
    for connection in held:
        connection.close()


def test_slow_heads_and_bodies_do_not_hold_up_others(world):
    address = (world.server.host, world.server.port)
    slow = [socket.create_connection(address, timeout=5) for _ in range(100)]
    for n, connection in enumerate(slow):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: " if n % 2 else (
            f"POST /movies/_search HTTP/1.1\r\nAuthorization: {world.key}\r\n{JSON_TYPE}Content-Length: 1000\r\n\r\n{{".encode()))
    began = time.monotonic()
    for _ in range(20):
        for connection in slow[::10]:
            connection.sendall(b" ")
        assert world.server.get("/movies/_search", auth=world.key).status == 200
    assert time.monotonic() - began < 5
    for connection in slow:
        connection.close()


def test_a_flood_of_wrong_passwords_does_not_stop_keys(world):
    def wrong(n):
        return world.server.get("/", auth=basic("elastic" if n % 2 else "extractor", f"wrong-{n}"))

    def with_key(connection):
        began = time.monotonic()
        answer = world.server.get("/movies/_search", auth=world.key, connection=connection)
        assert answer.status == 200, answer
        return time.monotonic() - began

    with concurrent.futures.ThreadPoolExecutor(32) as many:
        flood = [many.submit(wrong, n) for n in range(96)]
        connection, waits = world.server.connect(), []
        while not all(asked.done() for asked in flood) and len(waits) < 2000:
            waits.append(with_key(connection))
        refusals = [asked.result() for asked in flood]
    connection.close()
    for refusal in refusals:
        assert_refused(refusal, 401, 429)
    assert waits and sorted(waits)[len(waits) // 2] < 0.25, (len(waits), max(waits, default=None))


def test_a_flood_of_wrong_keys_does_not_stop_anybody(world):
    connection = world.server.connect()
    for n in range(500):
        wrong = api_key(encoded(f"{world.id}:{n}" if n % 2 else f"nobody-{n}:{world.secret}"))
        assert_refused(world.server.get("/movies/_search", auth=wrong, connection=connection), 401)
    assert world.server.get("/movies/_search", auth=world.key, connection=connection).status == 200
    connection.close()
