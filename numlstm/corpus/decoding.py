"""From a file's bytes to its text: UTF-8, or UTF-16 and UTF-32 with a byte-order mark, compressed by gzip or not.

Anything else is named for what it is, with a command that makes text of it.
"""

import codecs
import gzip
import os
import shlex
import zlib

from ..errors import UserError, one_line

MARKS = {  # UTF-32's first: the mark of UTF-16 is the beginning of it
    codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32", codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16"}
GZIP = b"\x1f\x8b"
PAGES = "save it as plain text in the program that made it"
OTHERS = {  # the first bytes of files that aren't text: what they are, and how to get the text
    b"%PDF-": ("a PDF", "pdftotext {file} {new}"),
    b"PK\x03\x04": ("a zip archive (.docx, .odt and .epub are such archives, too)",
                    "unzip -p {file} > {new} for a zipped text, pandoc {file} -t plain -o {new} for a document"),
    b"{\\rtf": ("a document in RTF", "pandoc {file} -t plain -o {new}"),
    b"\xd0\xcf\x11\xe0": ("a document of an old Office", PAGES),
    b"BZh": ("compressed by bzip2", "bzip2 -dc {file} > {new}"),
    b"\xfd7zXZ\0": ("compressed by xz", "xz -dc {file} > {new}"),
    b"\x28\xb5\x2f\xfd": ("compressed by zstd", "zstd -dc {file} > {new}"),
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", "7z x -so {file} > {new}"),
    b"Rar!": ("a RAR archive", "unrar p -inul {file} > {new}"),
}
GUESSED_FROM = 1 << 16  # bytes


def decode(data: bytes, name: str) -> str:
    """The text in a file's bytes, with "\\n" as its line ends. Raises UserError, with the name, where there is none."""
    if data.startswith(GZIP):
        data = unzipped(data, name)
    encoding = next((encoding for mark, encoding in MARKS.items() if data.startswith(mark)), "utf-8-sig")
    if encoding == "utf-8-sig":
        check_kind(data, name)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UserError(undecodable(data, error, name)) from None
    if not text.strip():
        raise UserError(f"{name} is empty: it holds no word")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def unzipped(data: bytes, name: str) -> bytes:
    """What gzip compressed. Raises UserError where it is damaged."""
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{name} is damaged: gzip can't read all of it ({one_line(error)}). Use another copy") from None


def check_kind(data: bytes, name: str) -> None:
    """Raises UserError where the bytes are those of a file that isn't text."""
    for start, (kind, command) in OTHERS.items():
        if data.startswith(start):
            raise UserError(f"{name} is {kind}, not text: {commands(command, name)}")
    if data[257:262] == b"ustar":
        raise UserError(f"{name} is a tar archive, not text: {commands('tar -xOf {file} > {new}', name)}")
    if (zero := data.find(b"\0")) >= 0:
        pieces = data[:GUESSED_FROM]
        for encoding, zeros in (("utf-16-le", pieces[1::2]), ("utf-16-be", pieces[::2])):
            if zeros.count(0) > len(pieces) / 5 and zeros.count(0) > 0.9 * pieces.count(0):
                raise UserError(f"{name} is UTF-16 without a byte-order mark: convert it with\n"
                                f"{conversion(encoding, name)}")
        raise UserError(f"{name} is not text: line {line_of(data, zero):,} holds a NUL character. Save it as plain "
                        "text in UTF-8")


def line_of(data: bytes, place: int) -> int:
    """The number, from 1, of the line in which a byte stands."""
    return data.count(b"\n", 0, place) + 1


def undecodable(data: bytes, error: UnicodeDecodeError, name: str) -> str:
    """The message for bytes that are not in their encoding. It says where, and which encoding is likely."""
    line = line_of(data, error.start)
    if error.encoding != "utf-8":
        return f"{name} is damaged: it begins as {error.encoding.upper()}, but line {line:,} is not. Use another copy"
    bad = f"line {line:,} has the byte {data[error.start]:#04x}"
    if not data[:error.start].isascii():
        return (f"{name} is damaged: it is UTF-8, but {bad}, which no UTF-8 has there. This leaves such bytes out: "
                f"{conversion('utf-8', name)}")
    from charset_normalizer import from_bytes  # here: only this message needs it

    around = data[max(0, error.start - GUESSED_FROM // 2):][:GUESSED_FROM]
    guess = from_bytes(around).best()
    encoding = guess.encoding if guess is not None else "cp1252"
    return (f"{name} is not UTF-8 text: {bad}. If it is {encoding.replace('_', '-')}, as it seems, convert it with "
            f"{conversion(encoding, name)}")


def conversion(encoding: str, name: str) -> str:
    """A command that writes a text file of another encoding as UTF-8, without the bytes that aren't in its encoding."""
    if os.name == "nt":  # which has no iconv, but surely Python
        new = written_to(name)
        return (f'python -c "open(r\'{new}\', \'w\', encoding=\'utf-8\').write('
                f'open(r\'{name}\', encoding=\'{encoding}\', errors=\'ignore\').read())"')
    called = {"utf-16-le": "UTF-16LE", "utf-16-be": "UTF-16BE"}.get(encoding, encoding.replace("_", "-").upper())
    return commands(f"iconv -c -f {called} -t UTF-8 {{file}} > {{new}}", name)


def commands(template: str, name: str) -> str:
    """A command with the names of the file and of a new one in their places."""
    return template.format(file=shlex.quote(name), new=shlex.quote(written_to(name)))


def written_to(name: str) -> str:
    """A name for the text that a command makes of a file: "book.pdf" -> "book-utf8.txt"."""
    return f"{os.path.splitext(name)[0]}-utf8.txt"
