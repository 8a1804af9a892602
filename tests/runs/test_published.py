"""Published networks: evaluated and read without training, if their checksum is right. The server is this computer."""

import functools
import hashlib
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from numlstm import evaluate, generate, train
from numlstm.errors import UserError
from numlstm.runs import checkpoint, published


class Handler(SimpleHTTPRequestHandler):
    requests = []

    def log_message(self, *arguments):
        self.requests.append(self.path)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder, and the address where a server shows it."""
    folder = tmp_path_factory.mktemp("site")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def network(site, text_file, in_tmp, monkeypatch, request):
    """The address of a small network that is published there, with its checksum."""
    folder, address = site
    train.main(["--size", "tiny", "--data", str(text_file), "--epochs", "1", "--backend", "numpy"])
    content = next(in_tmp.glob("runs/*/checkpoint.npz")).read_bytes()
    name = f"{request.node.name}.npz"
    (folder / name).write_bytes(content)
    monkeypatch.setenv("XDG_CACHE_HOME", str(in_tmp / "cache"))
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda project: str(in_tmp / "cache" / project))
    Handler.requests.clear()
    return f"{address}/{name}#sha256={hashlib.sha256(content).hexdigest()}"


def test_a_published_network_is_evaluated_and_read_and_downloaded_once(network, capsys):
    evaluate.main([network, "--backend", "numpy"])
    out, err = capsys.readouterr()
    assert "test perplexity" in out and "downloading http://127.0.0.1" in err
    generate.main([network, "--words", "5", "--backend", "numpy"])
    assert "downloading" not in capsys.readouterr().err and len(Handler.requests) == 1


def test_a_file_with_another_checksum_is_refused_and_not_kept(network, in_tmp):
    other = network[:-4] + "0000"
    with pytest.raises(UserError, match="could not be downloaded.*check the address and its checksum"):
        checkpoint.load(other)
    assert not list(in_tmp.glob("cache/numlstm/networks/*.npz"))


@pytest.mark.parametrize("address, says", [("http://127.0.0.1:9/x.npz", "doesn't end with #sha256="),
                                           ("http://127.0.0.1:9/x.npz#sha256=12", "doesn't end with #sha256="),
                                           (f"http://127.0.0.1:9/x.npz#sha256={'0' * 64}", "could not be downloaded")])
def test_what_is_wrong_with_an_address_is_one_line(address, says):
    with pytest.raises(UserError, match=says) as raised:
        published.download(address)
    assert "\n" not in str(raised.value)


def test_training_goes_on_only_in_a_run_of_ones_own(network):
    with pytest.raises(UserError, match="name a run's folder"):
        train.main(["--resume", network])
