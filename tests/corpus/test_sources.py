"""Where texts come from: encodings, folders, pipes; and what files that aren't text are called."""

import codecs
import gzip
import io
import os
import shlex
import subprocess
import sys
import tarfile
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numlstm import machine
from numlstm.corpus import data, sources
from numlstm.corpus.decoding import conversion, decode
from numlstm.corpus.sources import read_lines
from numlstm.errors import UserError

LINE = "Die Katze sieht den großen Hund, и кошка.\n"
TEXT = LINE * 40


@pytest.mark.parametrize("encode", [
    lambda text: text.encode(), lambda text: text.encode("utf-8-sig"), lambda text: text.encode("utf-16"),
    lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"), lambda text: text.encode("utf-32"),
    lambda text: gzip.compress(text.encode()), lambda text: gzip.compress(text.encode("utf-16"))])
def test_a_text_is_the_same_in_every_encoding_that_is_read(encode, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(encode(TEXT))
    assert read_lines(path) == TEXT.split("\n")[:-1]


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.txt", TEXT)
    return file.getvalue()


def tarred():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("x.txt"), io.BytesIO())
    return file.getvalue()


GERMAN = "Über die Größe der Wörter läßt sich streiten, und für viele gehört das dazu.\n"
RUSSIAN = "Кошка видит большую собаку, и собака видит кошку у старого дома.\n"
WRONG = {  # a file's bytes, and what the line about it says
    "zip": (zipped(), ["a zip archive", "unzip -p 'a file.txt' > 'a file-utf8.txt'"]),
    "tar.gz": (tarred(), ["a tar archive", "tar -xOf 'a file.txt'"]),
    "pdf": (b"%PDF-1.7 \n", ["a PDF", "pdftotext 'a file.txt' 'a file-utf8.txt'"]),
    "rtf": (b"{\\rtf1 hello}", ["RTF"]),
    "xz": (b"\xfd7zXZ\0\0", ["xz -dc"]),
    "utf-16 without a mark": (TEXT.encode("utf-16-le"), ["UTF-16 without a byte-order mark", "iconv -c -f UTF-16LE"]),
    "utf-16, the high byte first": (TEXT.encode("utf-16-be"), ["UTF-16 without", "iconv -c -f UTF-16BE"]),
    "a NUL in the third line": (b"a\nb\nc\0d\n", ["not text", "line 3", "NUL"]),
    "half of gzip": (gzip.compress(os.urandom(1000))[:-20], ["damaged", "gzip"]),
    "half of utf-16": (TEXT.encode("utf-16")[:-1], ["damaged", "UTF-16"]),
    "utf-8, then another": ((TEXT + "x\n").encode() + b"\xfc",
                            ["it is UTF-8, but line 42 has the byte 0xfc", "iconv -c -f UTF-8"]),
    "windows-1252": ((GERMAN * 9).encode("cp1252"), ["not UTF-8", "line 1 has the byte 0xdc", "iconv -c -f CP125"]),
    "koi8": ((RUSSIAN * 9).encode("koi8-r"), ["not UTF-8", "iconv -c -f KOI8-R"]),
    "shift-jis": (("猫が大きな犬を見ている。\n" * 9).encode("shift-jis"), ["not UTF-8", "iconv -c -f"]),
}


@pytest.mark.skipif(os.name == "nt", reason="commands and quotes are others on Windows")
@pytest.mark.parametrize("case", WRONG)
def test_a_file_that_is_no_text_is_named(case, tmp_path, monkeypatch):
    content, parts = WRONG[case]
    monkeypatch.chdir(tmp_path)
    with open("a file.txt", "wb") as file:
        file.write(content)
    with pytest.raises(UserError) as error:
        data.load("a file.txt")
    assert all(part in str(error.value) for part in parts), error.value


@pytest.mark.skipif(os.name == "nt", reason="Windows has no iconv")
@pytest.mark.parametrize("content, text", [
    ((RUSSIAN * 9).encode("koi8-r"), RUSSIAN * 9), ((GERMAN * 9).encode("utf-16-le"), GERMAN * 9),
    ((RUSSIAN * 9).encode() + b"\xfc" + RUSSIAN.encode(), RUSSIAN * 10)])
def test_the_command_that_converts_does_so(content, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with open("it's.txt", "wb") as file:
        file.write(content)
    with pytest.raises(UserError) as error:
        data.load("it's.txt")
    command = "iconv" + str(error.value).partition("iconv")[2]
    subprocess.run(command, shell=True, timeout=60)
    assert read_lines(shlex.split(command)[-1]) == text.split("\n")[:-1]


def test_on_windows_python_converts(tmp_path, monkeypatch):
    (tmp_path / "a b.txt").write_bytes((RUSSIAN * 9).encode("koi8-r"))
    monkeypatch.setattr("os.name", "nt")
    command = conversion("koi8_r", str(tmp_path / "a b.txt"))
    monkeypatch.undo()
    subprocess.run([sys.executable, *shlex.split(command)[1:]], check=True, timeout=60)
    assert read_lines(tmp_path / "a b-utf8.txt") == [RUSSIAN[:-1]] * 9


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.text(max_size=40).map(str.encode),
                 st.binary(max_size=20).map(lambda some: TEXT.encode() + some)))
def test_any_bytes_are_text_or_one_clear_error(some):
    try:
        text = decode(some, "x")
    except UserError as error:
        assert str(error).startswith("x is ") and len(str(error)) < 400
    else:
        assert text.strip() and "\r" not in text


# --- folders, pipes, links ------------------------------------------------------------------------

def texts(folder, **contents):
    for name, content in contents.items():
        (folder / f"{name}.txt").write_text(content, encoding="utf-8")
    return str(folder)


@pytest.mark.parametrize("valid", ["valid", "val", "dev", "validation", "my-dev", "x_val"])
def test_a_folder_whose_validation_text_has_another_name(valid, tmp_path):
    corpus = data.load(texts(tmp_path, **{"train": "a b\nc\n", valid: "b\n", "test": "c\n"}))
    assert corpus.vocabulary == ["<eos>", "a", "b", "c", "<unk>"] and corpus.valid.tolist() == [2, 0]


def test_a_folder_of_texts_is_one_text_in_the_order_in_which_people_count(tmp_path):
    folder = texts(tmp_path, chapter10="end end\n" * 3, chapter2="two two\n" * 5, chapter1="one one\n" * 60)
    (tmp_path / "cover.png").write_bytes(b"\x89PNG\0")
    (tmp_path / ".hidden.txt").write_bytes(b"\xff")
    corpus = data.load(folder)
    words = [corpus.vocabulary[n] for n in (*corpus.train, *corpus.valid, *corpus.test)]
    assert corpus.reading.tokens == "words" and len(words) == 68 * 3
    assert [words.index("one"), words.index("two")] == [0, 180]
    assert words[195] == "<unk>", "chapter 10 comes last, and only in the test part"


def test_a_folder_with_only_a_training_file_is_one_text(tmp_path):
    assert data.load(texts(tmp_path, train="a b\n" * 60)).reading.tokens == "words"


def test_folders_with_nothing_or_with_too_much(tmp_path):
    with pytest.raises(UserError, match="holds no text"):
        data.load(tmp_path)
    with pytest.raises(UserError, match="exactly one file with 'valid' or 'val' or 'dev'.*: none"):
        data.load(texts(tmp_path, train="a", test="b"))
    with pytest.raises(UserError, match="exactly one file with 'test'.*test2.txt, test.txt"):
        data.load(texts(tmp_path, valid="a", test2="c"))


class Bytes:
    """Standard input with this text."""

    def __init__(self, text):
        self.buffer = io.BytesIO(text.encode())


def test_standard_input(monkeypatch, text_file):
    monkeypatch.setattr(sys, "stdin", Bytes(text_file.read_text(encoding="utf-8")))
    corpus = data.load("-")
    assert corpus.name == "stdin" and corpus.fingerprint == data.load(text_file).fingerprint
    with pytest.raises(UserError, match="standard input is empty"):
        data.load("-")
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UserError, match="no standard input"):
        data.load("-")


@pytest.mark.skipif(os.name == "nt", reason="pipes and links are others on Windows")
def test_pipes_links_and_devices(tmp_path, text_file):
    read, write = os.pipe()
    os.write(write, text_file.read_bytes())
    os.close(write)
    assert data.absolute(f"/dev/fd/{read}") == "-", "it can't be read again"
    corpus = data.load(f"/dev/fd/{read}")
    os.close(read)
    assert corpus.name == "pipe" and corpus.fingerprint == data.load(text_file).fingerprint
    (tmp_path / "link.txt").symlink_to("gone.txt")
    with pytest.raises(UserError, match="link.txt is a broken link: gone.txt is not there"):
        data.load(tmp_path / "link.txt")
    with pytest.raises(UserError, match="/dev/null is neither a file nor a folder"):
        data.load("/dev/null")
    with pytest.raises(UserError, match="/dev/zero is a device"):
        read_lines("/dev/zero")
    with open("/dev/zero") as zeros, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", zeros)
        with pytest.raises(UserError, match="standard input is a device"):
            data.load("-")


def test_a_text_without_end(text_file, monkeypatch):
    """As some files of the system are, or what `yes` writes into a pipe."""
    size = text_file.stat().st_size
    monkeypatch.setattr(machine, "memory", lambda: sources.TIMES * size)
    read_lines(text_file)
    monkeypatch.setattr(machine, "memory", lambda: sources.TIMES * (size - 1))
    with pytest.raises(UserError, match=f"story.txt holds more than {size - 1:,} bytes"):
        read_lines(text_file)
    monkeypatch.setattr(sys, "stdin", Bytes("a b\n" * size))
    with pytest.raises(UserError, match="standard input holds more than"):
        data.load("-")


@pytest.mark.skipif(not hasattr(os, "mkfifo") or not hasattr(os, "get_blocking"), reason="needs named pipes")
def test_only_pipes_are_waited_for(tmp_path, text_file):
    """A file of the system may have nothing to say for days, such as /proc/kmsg."""
    os.mkfifo(tmp_path / "pipe")
    for path, waits in ((tmp_path / "pipe", True), (text_file, False)):
        number = sources.without_waiting(path, os.O_RDWR)
        assert os.get_blocking(number) == waits
        os.close(number)
