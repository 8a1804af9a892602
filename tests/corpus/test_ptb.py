"""Penn Treebank: where it is looked for, and what a download leaves. A server on this machine stands for the web."""

import functools
import hashlib
import http.server
import threading

import pytest

from numlstm.corpus import data, ptb
from numlstm.errors import UserError

FILES = {name: f"a b {name}\n".encode() * 50 for name in ptb.SHA256}


@pytest.fixture
def elsewhere(in_tmp, monkeypatch):
    """No Penn Treebank in reach, an empty cache, and no web."""
    monkeypatch.delenv("NUMLSTM_DATA", raising=False)
    monkeypatch.setattr(ptb, "cache_folder", lambda: in_tmp / "cache" / "ptb")
    monkeypatch.setattr(ptb, "URL", "http://127.0.0.1:9/")  # nobody listens there
    monkeypatch.setattr(ptb, "SHA256", {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()})
    return in_tmp


@pytest.fixture
def server(elsewhere, monkeypatch):
    """A web server with the files; returns their folder."""
    folder = elsewhere / "web"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    monkeypatch.setattr(ptb, "URL", f"http://127.0.0.1:{httpd.server_port}/")
    yield folder
    httpd.shutdown()


def put(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return folder


def test_found_where_the_variable_says(elsewhere, monkeypatch):
    for folder, variable in ((elsewhere / "a", elsewhere / "a"), (elsewhere / "b" / "ptb", elsewhere / "b")):
        monkeypatch.setenv("NUMLSTM_DATA", str(variable))
        put(folder)
        assert ptb.folder() == folder


def test_found_in_the_data_folder(elsewhere):
    put(elsewhere / "data/ptb")
    assert len(data.load("ptb").train) == 50 * 4


def test_other_files_beside_it_do_not_matter(elsewhere):
    (put(elsewhere / "data/ptb") / "ptb.char.train.txt").write_text("a _ b\n")
    assert data.load("ptb").fingerprint == data.load("data/ptb").fingerprint


def test_another_text_is_noticed(elsewhere, capsys):
    (put(elsewhere / "data/ptb") / "ptb.test.txt").write_text("something else\n" * 30)
    ptb.folder()
    assert "can't be compared" in capsys.readouterr().err


def test_downloaded_once(server):
    first = ptb.folder()
    assert {path.name: path.read_bytes() for path in first.iterdir()} == FILES
    for name in FILES:
        (server / name).unlink()
    assert ptb.folder() == first, "now it comes from the cache"


def test_an_interrupted_download_is_completed_by_running_again(server):
    (server / "ptb.test.txt").unlink()
    with pytest.raises(UserError, match="could not be downloaded"):
        ptb.folder()
    assert sorted(path.name for path in ptb.cache_folder().iterdir()) == ["ptb.train.txt", "ptb.valid.txt"]
    (server / "ptb.test.txt").write_bytes(FILES["ptb.test.txt"])
    (server / "ptb.train.txt").unlink()
    assert (ptb.folder() / "ptb.test.txt").read_bytes() == FILES["ptb.test.txt"]


def test_a_wrong_file_is_refused_and_not_kept(server):
    (server / "ptb.train.txt").write_bytes(b"<html>please log in</html>")
    with pytest.raises(UserError, match="could not be downloaded"):
        ptb.folder()
    assert not (ptb.cache_folder() / "ptb.train.txt").exists()


def test_without_network_one_line_says_where_to_put_the_files(elsewhere):
    with pytest.raises(UserError) as error:
        ptb.folder()
    message = str(error.value)
    assert "\n" not in message and "data/ptb" in message and "NUMLSTM_DATA" in message and ptb.URL in message
