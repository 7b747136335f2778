"""The job that Keyward exists for, from the first load to the dead key, as a program would do it."""

import json
import os
import subprocess
import sys
import time

import pytest

from server import PASSWORD, ROOT, Server, api_key, basic, lines


def test_the_example_runs_as_the_readme_shows_it(server, movies_file, tmp_path):
    out = tmp_path / "movies.csv"
    ran = subprocess.run(
        [sys.executable, ROOT / "examples" / "nightly_extract.py", movies_file, "--url", server.url, "--out", out],
        env={**os.environ, "ELASTIC_PASSWORD": PASSWORD}, capture_output=True, text=True, timeout=300,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "loaded 3201 records" in ran.stdout
    assert "the key counts 3201 films" in ran.stdout
    assert ran.stdout.count("refused:") == 4
    assert "the key is dead: 401" in ran.stdout
    assert len(out.read_text(encoding="utf-8").splitlines()) == 3202


class Job:
    """The job's world: data loaded, a user, a key."""

    def __init__(self, server, movies):
        self.server, self.movies = server, movies
        body = lines(*(line for n, movie in enumerate(movies) for line in (
            {"index": {"_index": "movies", "_id": str(n)}}, {"record": n, **movie})))
        loaded = server.post("/_bulk?refresh=true", body, headers={"Content-Type": "application/x-ndjson"})
        assert loaded.status == 200 and loaded.json["errors"] is False, loaded
        assert len(loaded.json["items"]) == len(movies)
        private = server.put("/payroll/_doc/1?refresh=true", {"name": "Ada", "salary": 98000})
        assert private.status == 201, private
        assert server.put("/_security/role/extractor", {
            "cluster": ["manage_own_api_key"],
            "indices": [{"names": ["movies"], "privileges": ["read", "view_index_metadata"]}],
        }).json == {"role": {"created": True}}
        assert server.put("/_security/user/extractor", {"password": "extract-me-7", "roles": ["extractor"]}).json == {"created": True}
        self.extractor = basic("extractor", "extract-me-7")
        created = server.post("/_security/api_key", {
            "name": "nightly", "expiration": "1d", "metadata": {"job": "nightly", "env": {"stage": "prod"}},
            "role_descriptors": {"movies-read-only": {"indices": [{"names": ["movies"], "privileges": ["read"]}]}},
        }, auth=self.extractor)
        assert created.status == 200, created
        self.id, self.key = created.json["id"], api_key(created.json["encoded"])

    def call(self, method, path, body=None, **more):
        return self.server.request(method, path, body, auth=self.key, **more)


@pytest.fixture(scope="module")
def job(shared_server, movies_file):
    return Job(shared_server, json.loads(movies_file.read_text(encoding="utf-8")))


def test_the_key_counts_searches_gets_and_aggregates(job):
    assert job.call("GET", "/movies/_count").json["count"] == 3201
    found = job.call("POST", "/movies/_search", {
        "query": {"bool": {"must": [{"match": {"Title": "matrix"}}], "filter": [{"range": {"IMDB Rating": {"gte": 6}}}]}}}).json
    expected = {str(n) for n, m in enumerate(job.movies)
                if "matrix" in str(m["Title"]).lower().split() and (m["IMDB Rating"] or 0) >= 6}
    assert expected and {hit["_id"] for hit in found["hits"]["hits"]} <= expected
    assert found["hits"]["total"]["value"] >= len(expected)
    got = job.call("GET", "/movies/_doc/7").json
    assert got["found"] is True and got["_source"] == {"record": 7, **job.movies[7]}
    aggregated = job.call("POST", "/movies/_search", {"size": 0, "aggs": {
        "by": {"terms": {"field": "Major Genre.keyword", "size": 100}, "aggs": {"votes": {"sum": {"field": "IMDB Votes"}}}},
        "rating": {"stats": {"field": "IMDB Rating"}}}}).json["aggregations"]
    for bucket in aggregated["by"]["buckets"]:
        of = [m for m in job.movies if m["Major Genre"] == bucket["key"]]
        assert bucket["doc_count"] == len(of)
        assert bucket["votes"]["value"] == sum(m["IMDB Votes"] or 0 for m in of)
    ratings = [m["IMDB Rating"] for m in job.movies if m["IMDB Rating"] is not None]
    assert aggregated["rating"]["count"] == len(ratings)
    assert aggregated["rating"]["max"] == pytest.approx(max(ratings), abs=1e-5)
    assert aggregated["rating"]["avg"] == pytest.approx(sum(ratings) / len(ratings), abs=1e-4)


@pytest.mark.parametrize("method, path, body, action, granted", [
    ("PUT", "/movies/_doc/1", {"Title": "mine"}, "indices:data/write/index", "create_doc,create,index,write,all"),
    ("POST", "/movies/_doc", {"Title": "mine"}, "indices:data/write/index", "create_doc,create,index,write,all"),
    ("DELETE", "/movies/_doc/1", None, "indices:data/write/delete", "delete,write,all"),
    ("POST", "/movies/_update/1", {"doc": {"Title": "mine"}}, "indices:data/write/update", "index,write,all"),
    ("GET", "/payroll/_search", None, "indices:data/read/search", "read,all"),
    ("GET", "/payroll/_count", None, "indices:data/read/search", "read,all"),
    ("GET", "/movies,payroll/_search", None, "indices:data/read/search", "read,all"),
    ("GET", "/payroll/_doc/1", None, "indices:data/read/get", "read,all"),
    ("GET", "/missing/_doc/1", None, "indices:data/read/get", "read,all"),
    ("GET", "/payroll/_source/1", None, "indices:data/read/get", "read,all"),
    ("PUT", "/mine", None, "indices:admin/create", "create_index,manage,all"),
    ("DELETE", "/movies", None, "indices:admin/delete", "delete_index,manage,all"),
    ("GET", "/movies/_mapping", None, "indices:admin/mappings/get", "view_index_metadata,manage,all"),
    ("POST", "/_security/api_key", {"name": "x", "role_descriptors": {"all": {"cluster": ["all"]}}},
     "cluster:admin/xpack/security/api_key/create", "manage_own_api_key,manage_api_key,manage_security,all"),
    ("GET", "/", None, "cluster:monitor/main", "monitor,manage,all"),
    ("GET", "/_security/user/extractor", None, "cluster:admin/xpack/security/user/get", "read_security,manage_security,all"),
    ("GET", "/_cat/indices", None, "indices:monitor/settings/get", "monitor,view_index_metadata,manage,all"),
])
def test_everything_else_is_refused_in_elasticsearchs_words(job, method, path, body, action, granted):
    refused = job.call(method, path, body)
    assert refused.status == 403, refused
    assert refused.json["status"] == 403 and refused.json["error"]["type"] == "security_exception"
    reason = refused.reason
    assert reason.startswith(f"action [{action}] is unauthorized for API key id [{job.id}] of user [extractor]"), reason
    assert reason.endswith(f" privileges [{granted}]"), reason
    assert "X-elastic-product" not in refused.headers


def test_a_bulk_with_a_reading_key_is_refused_as_a_whole(job):
    body = lines({"index": {"_index": "movies", "_id": "1"}}, {"a": 1}, {"index": {"_index": "payroll", "_id": "2"}}, {"a": 1})
    refused = job.call("POST", "/_bulk", body, headers={"Content-Type": "application/x-ndjson"})
    assert refused.status == 403 and "[indices:data/write/bulk]" in refused.reason, refused
    assert job.server.get("/payroll/_doc/2").status == 404
    assert job.server.get("/movies/_doc/1").json["_source"]["Title"] == job.movies[1]["Title"]


def test_an_msearch_that_mixes_is_refused_item_by_item(job):
    body = lines({"index": "movies"}, {"size": 0}, {"index": "payroll"}, {"size": 1}, {"index": "*"}, {"size": 0})
    answered = job.call("POST", "/_msearch", body, headers={"Content-Type": "application/x-ndjson"})
    assert answered.status == 200, answered
    mine, other, all_of_them = answered.json["responses"]
    assert mine["status"] == 200 and mine["hits"]["total"]["value"] == 3201
    assert other["status"] == 403 and other["error"]["type"] == "security_exception"
    assert "on indices [payroll]" in other["error"]["reason"]
    assert all_of_them["hits"]["total"]["value"] == 3201


def test_an_mget_that_mixes_is_refused_item_by_item(job):
    answered = job.call("POST", "/_mget", {"docs": [{"_index": "movies", "_id": "3"}, {"_index": "payroll", "_id": "1"}]})
    assert answered.status == 200, answered
    mine, other = answered.json["docs"]
    assert mine["found"] is True
    assert other["error"]["type"] == "security_exception" and other["_index"] == "payroll" and "_source" not in other


def test_wildcards_show_only_what_the_key_may_see(job):
    everything = job.call("GET", "/*/_search?size=0").json
    assert everything["hits"]["total"]["value"] == 3201
    assert job.call("GET", "/_search?size=0").json["hits"]["total"]["value"] == 3201
    assert job.call("GET", "/pay*/_search").json["hits"]["total"]["value"] == 0
    resolved = job.call("GET", "/_resolve/index/*").json
    assert [index["name"] for index in resolved["indices"]] == ["movies"]
    assert "payroll" not in json.dumps(resolved)


def test_a_bulk_by_a_user_with_two_faces_is_decided_item_by_item(job):
    server = job.server
    server.put("/_security/role/writer", {"indices": [{"names": ["diary-*"], "privileges": ["write", "create_index"]}]})
    server.put("/_security/user/writer", {"password": "write-me-7", "roles": ["writer"]})
    body = lines({"index": {"_index": "diary-1", "_id": "1"}}, {"day": 1}, {"index": {"_index": "payroll", "_id": "9"}}, {"a": 1},
                 {"delete": {"_index": "diary-1", "_id": "none"}})
    answered = server.post("/_bulk", body, auth=basic("writer", "write-me-7"), headers={"Content-Type": "application/x-ndjson"})
    assert answered.status == 200, answered
    assert [next(iter(item.values()))["status"] for item in answered.json["items"]] == [201, 403, 404]
    assert answered.json["errors"] is True
    assert server.get("/payroll/_doc/9").status == 404


def test_the_key_is_listed_and_then_dead_at_once(shared_server, job):
    created = shared_server.post("/_security/api_key", {"name": "short", "role_descriptors": {
        "r": {"indices": [{"names": ["movies"], "privileges": ["read"]}]}}}, auth=job.extractor).json
    key = api_key(created["encoded"])
    connection = shared_server.connect()
    assert shared_server.get("/movies/_count", auth=key, connection=connection).status == 200
    listed = shared_server.get("/_security/api_key?owner=true", auth=job.extractor).json["api_keys"]
    assert {"short", "nightly"} <= {k["name"] for k in listed}
    assert created["api_key"] not in json.dumps(listed)
    taken = shared_server.delete("/_security/api_key", {"ids": [created["id"]], "owner": True}, auth=job.extractor)
    assert taken.json == {"invalidated_api_keys": [created["id"]], "previously_invalidated_api_keys": [], "error_count": 0}
    refused = shared_server.get("/movies/_count", auth=key, connection=connection)
    assert refused.status == 401, refused
    assert refused.json["error"]["additional_unsuccessful_credentials"] == f"API key: api key [{created['id']}] has been invalidated"
    connection.close()


def test_a_key_whose_time_has_passed_is_dead(job):
    created = job.server.post("/_security/api_key", {"name": "brief", "expiration": "1s"}, auth=job.extractor).json
    key = api_key(created["encoded"])
    deadline = created["expiration"] / 1000
    while time.time() <= deadline:
        time.sleep(0.05)
    refused = job.server.get("/_security/_authenticate", auth=key)
    assert refused.status == 401
    assert refused.json["error"]["additional_unsuccessful_credentials"] == "API key: api key is expired"


def test_all_of_it_survives_a_kill(tmp_path, movies_file):
    server = Server(tmp_path / "data")
    server.start()
    try:
        job = Job(server, json.loads(movies_file.read_text(encoding="utf-8"))[:500])
        dead = server.post("/_security/api_key", {"name": "dead"}, auth=job.extractor).json
        server.delete("/_security/api_key", {"ids": [dead["id"]], "owner": True}, auth=job.extractor)
        server.kill()
        server.start()
        assert server.get("/movies/_count", auth=job.key).json["count"] == 500
        assert server.get("/movies/_doc/499", auth=job.key).json["_source"] == {"record": 499, **job.movies[499]}
        assert server.get("/payroll/_doc/1", auth=job.key).status == 403
        assert server.get("/movies/_count", auth=api_key(dead["encoded"])).status == 401
        assert server.get("/_security/_authenticate", auth=job.extractor).json["username"] == "extractor"
    finally:
        server.stop()
