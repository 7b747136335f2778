#!/usr/bin/env python3
"""A nightly extract by a program that may read one index and nothing else.

    pip install elasticsearch
    ELASTIC_PASSWORD=… python examples/nightly_extract.py movies.json [--url http://127.0.0.1:9200] [--out movies.csv]

What happens, step by step:

1. As `elastic`: load the records into `movies`, put something private into `payroll`, create the role and the user
   `extractor`.
2. As `extractor`: create an API key that may read `movies` and nothing else, for one day.
3. With the key: count, aggregate and extract `movies` to a CSV file; try what it must not do and see it refused.
4. As `extractor`: list the key and take it back; the very next request with it is refused.

`movies.json` is a JSON array of objects; the one of vega-datasets 3.2.1 fits
(`npm install vega-datasets@3.2.1`, then node_modules/vega-datasets/data/movies.json).
"""

import argparse
import csv
import json
import os
import secrets
import sys

from elasticsearch import ApiError, AuthenticationException, AuthorizationException, Elasticsearch, helpers

COLUMNS = ["record", "Title", "Release Date", "Major Genre", "Distributor", "Worldwide Gross", "IMDB Rating"]


def load(elastic, records):
    """Puts the records into `movies`, numbered in the order of the file so that an extract can page by the number."""
    for index in ("movies", "payroll"):
        elastic.options(ignore_status=404).indices.delete(index=index)
    actions = ({"_index": "movies", "_id": str(n), "_source": {"record": n, **movie}} for n, movie in enumerate(records))
    loaded, _ = helpers.bulk(elastic, actions, chunk_size=1000, refresh="wait_for")
    elastic.index(index="payroll", id="1", document={"name": "Ada", "salary": 98_000}, refresh=True)
    return loaded


def create_extractor(elastic, password):
    """A user who may read `movies` and make API keys of their own."""
    elastic.security.put_role(
        name="extractor",
        cluster=["manage_own_api_key"],
        indices=[{"names": ["movies"], "privileges": ["read", "view_index_metadata"]}],
    )
    elastic.security.put_user(username="extractor", password=password, roles=["extractor"], full_name="Nightly extract")


def create_key(extractor):
    """The key of the nightly job: it reads one index, for one day, and says what it is for."""
    return extractor.security.create_api_key(
        name="nightly-extract",
        expiration="1d",
        role_descriptors={"movies-read-only": {"indices": [{"names": ["movies"], "privileges": ["read"]}]}},
        metadata={"job": "nightly-extract", "owner": "data-team", "environment": {"stage": "production"}},
    )


def extract(job, out):
    """Writes all records, page by page in the order of their numbers. Returns how many."""
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    written, after = 0, None
    while True:
        page = job.search(index="movies", size=500, sort=[{"record": "asc"}], search_after=after, source=COLUMNS)
        hits = page["hits"]["hits"]
        if not hits:
            return written
        for hit in hits:
            writer.writerow([hit["_source"].get(column) for column in COLUMNS])
        written += len(hits)
        after = hits[-1]["sort"]


def genres(job):
    """The number of films and their mean rating, by genre."""
    answer = job.search(
        index="movies",
        size=0,
        aggs={"genre": {"terms": {"field": "Major Genre.keyword", "size": 5},
                        "aggs": {"rating": {"avg": {"field": "IMDB Rating"}}}}},
    )
    return [(b["key"], b["doc_count"], b["rating"]["value"]) for b in answer["aggregations"]["genre"]["buckets"]]


def must_be_refused(what, call):
    """Runs a call that the key must not be allowed."""
    try:
        call()
    except AuthorizationException as refused:
        print(f"   refused: {what}: {refused.body['error']['reason']}")
        return
    raise SystemExit(f"{what} was NOT refused")


def main():
    parser = argparse.ArgumentParser(description="A nightly extract with an API key that can read one index.")
    parser.add_argument("records", help="JSON file with an array of objects")
    parser.add_argument("--url", default="http://127.0.0.1:9200")
    parser.add_argument("--out", default="movies.csv", help="CSV file to write [movies.csv]")
    options = parser.parse_args()
    password = os.environ.get("ELASTIC_PASSWORD") or sys.exit("set ELASTIC_PASSWORD to the password of the user elastic")

    elastic = Elasticsearch(options.url, basic_auth=("elastic", password))
    with open(options.records, encoding="utf-8") as file:
        print(f"1. loaded {load(elastic, json.load(file))} records into movies")
    extractor_password = secrets.token_urlsafe(16)
    create_extractor(elastic, extractor_password)

    extractor = Elasticsearch(options.url, basic_auth=("extractor", extractor_password))
    key = create_key(extractor)
    print(f"2. created the key {key['id']} ({key['name']}), which expires at {key['expiration']}")

    job = Elasticsearch(options.url, api_key=key["encoded"])
    print(f"3. the key counts {job.count(index='movies')['count']} films")
    for genre, films, rating in genres(job):
        print(f"   {genre}: {films} films, mean rating {rating:.2f}")
    with open(options.out, "w", encoding="utf-8", newline="") as out:
        print(f"   extracted {extract(job, out)} records to {options.out}")
    must_be_refused("write movies", lambda: job.index(index="movies", id="1", document={"Title": "mine"}))
    must_be_refused("read payroll", lambda: job.get(index="payroll", id="1"))
    must_be_refused("create an index", lambda: job.indices.create(index="mine"))
    must_be_refused("create a key", lambda: job.security.create_api_key(name="another"))

    listed = extractor.security.get_api_key(owner=True)["api_keys"]
    print(f"4. extractor owns {[listed_key['name'] for listed_key in listed if not listed_key['invalidated']]}")
    extractor.security.invalidate_api_key(ids=[key["id"]], owner=True)
    try:
        job.count(index="movies")
    except AuthenticationException as dead:
        print(f"   the key is dead: {dead.status_code}")
        return
    except ApiError as other:
        raise SystemExit(f"the dead key was answered {other.status_code}") from other
    raise SystemExit("the key still works after it was taken back")


if __name__ == "__main__":
    main()
