"""A real server for each test that asks for one: own data folder, own port on loopback, ended by its process id."""

import pathlib

import pytest

from server import Server

ROOT = pathlib.Path(__file__).resolve().parents[2]
MOVIES = ROOT / ".work" / "data" / "movies.json"


@pytest.fixture
def server(tmp_path):
    """A running server on an empty data folder."""
    running = Server(tmp_path / "data")
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory):
    """One running server for all tests of a module that do not disturb each other."""
    running = Server(tmp_path_factory.mktemp("keyward") / "data")
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def movies_file():
    """The real data set; `make setup` fetches it."""
    assert MOVIES.is_file(), "run `make setup` first: it fetches the data set"
    return MOVIES
