"""What was acknowledged is there: over SIGKILL, a full disk, a damaged file, a second server."""

import http.client
import random
import resource
import subprocess
import threading
import time

from server import BINARY, PASSWORD, Server, api_key, basic, lines

ROUNDS = 50


class Ledger:
    """What the server has acknowledged, and what it may or may not have done when it was killed."""

    def __init__(self):
        self.lock = threading.Lock()
        self.alive = {}      # id -> credential: created, no invalidation sent
        self.dying = set()   # invalidation sent, no answer seen
        self.dead = {}       # invalidation acknowledged
        self.documents = {}  # id -> value acknowledged last
        self.unsure = set()  # documents with a write sent and no answer seen


def work(server, ledger, seed, stop):
    """One client: creates keys, takes some back, writes documents, until the server is gone."""
    draw = random.Random(seed)
    connection = server.connect(timeout=10)
    mine = []
    try:
        while not stop.is_set():
            choice = draw.random()
            if choice < 0.45 or not mine:
                answer = server.post("/_security/api_key", {"name": f"k{seed}", "metadata": {"n": draw.randrange(1000)}},
                                     connection=connection)
                if answer.status == 200:
                    with ledger.lock:
                        ledger.alive[answer.json["id"]] = api_key(answer.json["encoded"])
                    mine.append(answer.json["id"])
            elif choice < 0.7:
                victim = mine.pop(draw.randrange(len(mine)))
                with ledger.lock:
                    credential = ledger.alive.pop(victim)
                    ledger.dying.add(victim)
                answer = server.delete("/_security/api_key", {"ids": [victim]}, connection=connection)
                if answer.status == 200 and answer.json["invalidated_api_keys"] == [victim]:
                    with ledger.lock:
                        ledger.dying.discard(victim)
                        ledger.dead[victim] = credential
            else:
                name, value = f"d{seed}-{draw.randrange(20)}", draw.randrange(10**9)
                with ledger.lock:
                    ledger.unsure.add(name)
                body = lines({"index": {"_index": "ledger", "_id": name}}, {"value": value})
                answer = server.post("/_bulk", body, headers={"Content-Type": "application/x-ndjson"}, connection=connection)
                if answer.status == 200 and not answer.json["errors"]:
                    with ledger.lock:
                        ledger.unsure.discard(name)
                        ledger.documents[name] = value
    except (OSError, http.client.HTTPException):
        pass
    finally:
        connection.close()


def check(server, ledger, draw, everything=False):
    """Nothing acknowledged is lost and nothing taken back lives again."""
    def some(of):
        of = list(of)
        return of if everything or len(of) < 60 else draw.sample(of, 40) + of[-20:]
    connection = server.connect()
    for identifier in some(ledger.alive):
        answer = server.get("/_security/_authenticate", auth=ledger.alive[identifier], connection=connection)
        assert answer.status == 200, f"key {identifier} was acknowledged and is lost: {answer}"
    for identifier in some(ledger.dead):
        answer = server.get("/_security/_authenticate", auth=ledger.dead[identifier], connection=connection)
        assert answer.status == 401, f"key {identifier} was taken back and lives: {answer}"
    for name in some(set(ledger.documents) - ledger.unsure):
        answer = server.get(f"/ledger/_doc/{name}", connection=connection)
        assert answer.status == 200 and answer.json["_source"]["value"] == ledger.documents[name], f"{name}: {answer}"
    connection.close()


def test_fifty_kills_under_load_lose_nothing_acknowledged_and_revive_nothing(tmp_path):
    draw = random.Random(20_260_101)
    server, ledger = Server(tmp_path / "data"), Ledger()
    for turn in range(ROUNDS):
        server.start()
        try:
            check(server, ledger, draw)
            # A document whose write was cut off may hold either value: what it holds now is the truth from here on.
            for name in list(ledger.unsure):
                ledger.unsure.discard(name)
                ledger.documents.pop(name, None)
            ledger.dying.clear()
            stop = threading.Event()
            clients = [threading.Thread(target=work, args=(server, ledger, f"{turn}-{n}", stop)) for n in range(6)]
            for client in clients:
                client.start()
            time.sleep(draw.uniform(0.05, 0.5))
        finally:
            server.kill()
        stop.set()
        for client in clients:
            client.join()
    server.start()
    try:
        check(server, ledger, draw, everything=True)
        assert len(ledger.alive) > ROUNDS and len(ledger.dead) > ROUNDS and len(ledger.documents) > ROUNDS
    finally:
        server.stop()


def test_a_full_disk_loses_nothing_and_passes(tmp_path):
    server = Server(tmp_path / "data")
    server.start()
    try:
        kept = server.post("/_security/api_key", {"name": "kept"}).json
        # No file of the server may grow any more: what the kernel answers to a write is what a full disk looks like.
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        refused = 0
        for n in range(300):
            answer = server.post("/_security/api_key", {"name": f"n{n}", "metadata": {"pad": "x" * 20_000}})
            if answer.status != 200:
                refused += 1
                assert answer.status in (503, 507, 500) and answer.json["error"]["reason"], answer
                if refused == 3:
                    break
        assert refused, "the simulated full disk was never noticed"
        assert server.get("/_security/_authenticate", auth=api_key(kept["encoded"])).status == 200
        assert server.process.poll() is None
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        deadline = time.monotonic() + 30
        while (answer := server.post("/_security/api_key", {"name": "after"})).status != 200:
            assert time.monotonic() < deadline, answer
            time.sleep(0.2)
        server.kill()
        server.start()
        for encoded in (kept["encoded"], answer.json["encoded"]):
            assert server.get("/_security/_authenticate", auth=api_key(encoded)).status == 200
    finally:
        server.stop()


def run(*arguments, **more):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=60, **more)


def test_two_servers_cannot_share_a_folder(server):
    second = run("serve", "--data-dir", server.data_dir, "--http-listen", "127.0.0.1:0")
    assert second.returncode == 1
    assert str(server.data_dir) in second.stderr and "in use" in second.stderr, second.stderr
    offline = run("reset-password", "--data-dir", server.data_dir)
    assert offline.returncode == 1 and "in use" in offline.stderr, offline.stderr
    assert server.get("/_security/_authenticate").status == 200


def test_a_damaged_store_is_refused_with_what_to_do(tmp_path):
    server = Server(tmp_path / "data")
    server.start()
    server.post("/_security/api_key", {"name": "x"})
    server.stop()
    store = max((path for path in server.data_dir.rglob("*.redb")), key=lambda path: "security" in str(path))
    whole = store.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"not a store at all" * 400, whole[:100]):
        store.write_bytes(damaged)
        started = run("serve", "--data-dir", server.data_dir, "--http-listen", "127.0.0.1:0")
        assert started.returncode == 1, started
        assert str(store) in started.stderr and "backup" in started.stderr.lower(), started.stderr
        assert "panicked" not in started.stderr
    store.write_bytes(whole)
    server.start()
    assert server.get("/_security/_authenticate").status == 200
    server.stop()


def test_the_password_can_be_reset_with_the_server_stopped(tmp_path):
    server = Server(tmp_path / "data")
    server.start()
    server.stop()
    printed = run("reset-password", "--data-dir", server.data_dir)
    assert printed.returncode == 0, printed.stderr
    password = printed.stdout.split()[-1]
    server.start()
    assert server.get("/_security/_authenticate").status == 401
    assert server.get("/_security/_authenticate", auth=basic("elastic", password)).json["username"] == "elastic"
    server.stop()
    chosen = run("reset-password", "--data-dir", server.data_dir, "--password-file", "-", input="my-own-choice\n")
    assert chosen.returncode == 0 and "my-own-choice" not in chosen.stdout + chosen.stderr
    assert run("reset-password", "--data-dir", server.data_dir, "--password-file", "-", input="short\n").returncode == 1
    server.start()
    assert server.get("/_security/_authenticate", auth=basic("elastic", "my-own-choice")).status == 200
    server.stop()


def test_a_clean_stop_ends_with_zero_and_soon(server):
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 20


def test_the_random_password_is_printed_once_and_never_logged(tmp_path):
    server = Server(tmp_path / "data", environment={"ELASTIC_PASSWORD": ""})
    server.start()
    shown = [line.split()[-1] for line in server.printed if line.split()[:1] == ["password"]]
    assert len(shown) == 1 and len(shown[0]) >= 20
    assert server.get("/_security/_authenticate", auth=basic("elastic", shown[0])).status == 200
    assert shown[0] not in server.log_text()
    server.stop()
    server.start()
    assert not any(shown[0] in line for line in server.printed)
    server.stop()


def test_a_later_elastic_password_changes_nothing_and_a_short_one_stops_the_start(tmp_path):
    server = Server(tmp_path / "data")
    server.start()
    server.stop()
    server.environment = {"ELASTIC_PASSWORD": "another-password"}
    server.start()
    assert server.get("/_security/_authenticate", auth=basic("elastic", PASSWORD)).status == 200
    assert "ELASTIC_PASSWORD" in server.log_text() and "another-password" not in server.log_text()
    server.stop()
    short = run("serve", "--data-dir", tmp_path / "other", "--http-listen", "127.0.0.1:0", env={"ELASTIC_PASSWORD": "abc"})
    assert short.returncode != 0 and "ELASTIC_PASSWORD" in short.stderr and "abc" not in short.stderr.replace("ELASTIC_PASSWORD", "")
