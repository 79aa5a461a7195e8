"""A file → an `Article`; a folder → the files to read.

Text is kept as stored: newlines are not translated, and a position counts code points from the first one behind the
byte order mark, if the file has one. What an article is about is nobody's business here.
"""

import codecs
import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from index import front_matter, metadata
from index.detection import detect
from index.errors import ArticleError
from index.extraction import extract
from index.languages import language as language_row
from index.metadata import Metadata
from index.records import Article, ArticleInfo, Kind, Section
from index.sections import body_lines, sections

TEXT_SUFFIXES = frozenset({".txt", ".md", ".markdown"})
HTML_SUFFIXES = frozenset({".html", ".htm"})
SUFFIXES = TEXT_SUFFIXES | HTML_SUFFIXES
MAX_BYTES = 10 * 2**20  # bytes; a long novel has 2 MB, so what is larger is no article
ID_DIGITS = 16  # hex digits of the SHA-256: 64 bits, so that a million articles clash with a chance of 1 in 40 million
MAX_CONTROLS = 0.02  # share of control characters above which a file is binary

# subtle: UTF-32 first, since its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LETTER = re.compile(r"[^\W\d_]")
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read, and its name relative to the folder that was searched, with `/` between its parts."""

    path: Path
    name: str


def find_articles(root: Path) -> tuple[list[Found], list[ArticleError]]:
    """Return the articles below `root`, a folder or a file, in the order of their names, and what was left out and why.

    Hidden files and folders and other suffixes are passed over in silence. A symbolic link to a file inside the folder
    counts where that file is not found under its own name; a link that leads out, or nowhere, is a problem.
    """
    shown = printable(str(root))
    if root.is_dir():
        found: dict[Path, Found] = {}
        problems: list[ArticleError] = []
        links: list[Found] = []
        for item in _walk(root, root, problems):
            if item.path.is_symlink():
                links.append(item)
            else:
                found[item.path.resolve()] = item
        for link in links:
            target = link.path.resolve()
            if not target.is_relative_to(root.resolve()):
                problems.append(ArticleError(f"{link.name}: a link that leads out of {shown}: copy the file instead"))
            elif not target.exists():
                problems.append(ArticleError(f"{link.name}: a link that leads nowhere: remove it"))
            elif target.is_file() and target not in found:
                found[target] = link
        return sorted(found.values(), key=lambda item: item.name), sorted(problems, key=str)
    if not root.exists():
        return [], [ArticleError(f"{shown}: no such file or folder: check the path")]
    if root.suffix.lower() not in SUFFIXES:
        return [], [ArticleError(_unknown_suffix(shown, root))]
    return [Found(root, root.name)], []


def read_article(path: Path, name: str, *, max_bytes: int = MAX_BYTES, language: str | None = None) -> Article:
    """Return the file at `path` as an article whose `info.path` is `name`.

    `language` overrules what the file says; without either the language is detected. Front matter is part of the text,
    as boilerplate. Raises ArticleError in one line that names the file, and LanguageError for an unknown `language`.
    """
    code = None if language is None else language_row(language).code
    shown = printable(name)
    if path.suffix.lower() not in SUFFIXES:
        raise ArticleError(_unknown_suffix(shown, path))
    data = _read_bytes(path, shown, max_bytes)
    text = _decode(data, shown)
    if not text.strip():
        raise ArticleError(f"{shown}: the file is {'blank' if data else 'empty'}: fill it or remove it")
    if path.suffix.lower() in HTML_SUFFIXES:
        page = extract(text, shown)
        text, given, begin, comments = page.text, page.metadata, 0, page.comments
    else:
        given, begin = front_matter.read(text, shown)
        comments = ""
    if not text[begin:].strip():
        raise ArticleError(f"{shown}: nothing follows the front matter: add the text")
    parts = sections(text, begin)
    code = code or given.language or _detected(text, parts, shown)
    told = _completed(given, metadata.find(text, parts, code))
    if comments:
        start, text = len(text), f"{text}\n\n{comments}"
        parts = (*parts, Section(Kind.COMMENT, start, len(text)))
    digest = hashlib.sha256(data).hexdigest()
    info = ArticleInfo(
        id=digest[:ID_DIGITS],
        path=name,
        title=told.title or printable(path.stem),
        language=code,
        date=told.date,
        source=told.source,
        url=told.url,
        sha256=digest,
        extracted=path.suffix.lower() in HTML_SUFFIXES,
    )
    return Article(info, text, parts)


def printable(name: str) -> str:
    """Return a file's name as it can stand in one line of a message."""
    return name if name.isprintable() else ascii(name)


def _walk(folder: Path, root: Path, problems: list[ArticleError]) -> Iterator[Found]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as problem:
        shown = printable(folder.relative_to(root).as_posix())
        problems.append(ArticleError(f"{shown}: the folder cannot be read ({problem.strerror}): check its permissions"))
        return
    for entry in entries:
        path = Path(entry.path)
        name = path.relative_to(root).as_posix()
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(path, root, problems)
        elif entry.is_symlink() and _leads_in_a_circle(path):
            problems.append(ArticleError(f"{printable(name)}: a link that leads nowhere: remove it"))
        elif entry.is_symlink() and entry.is_dir():
            if not path.resolve().is_relative_to(root.resolve()):
                problems.append(ArticleError(f"{printable(name)}: a link that leads out of the folder: not followed"))
        elif path.suffix.lower() in SUFFIXES:
            if not _is_utf8(name):
                problems.append(ArticleError(f"{printable(name)}: the file's name is not UTF-8: rename it"))
            else:
                yield Found(path, name)


def _leads_in_a_circle(link: Path) -> bool:
    """Tell whether a link leads to itself, by others or not; what such a link is cannot be asked."""
    try:
        link.stat()
    except OSError as problem:
        return problem.errno == errno.ELOOP
    return False


def _is_utf8(name: str) -> bool:
    return not re.search(r"[\ud800-\udfff]", name)


def _unknown_suffix(shown: str, path: Path) -> str:
    return f"{shown}: suffix {path.suffix!r} is none of {', '.join(sorted(SUFFIXES))}: convert or rename the file"


def _read_bytes(path: Path, shown: str, max_bytes: int) -> bytes:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise ArticleError(f"{shown}: not a regular file: give a file or a folder of files")
        if found.st_size > max_bytes:
            raise ArticleError(f"{shown}: {found.st_size:,} bytes, more than the {max_bytes:,} allowed: split the file")
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)  # it may have grown since
    except FileNotFoundError:
        raise ArticleError(f"{shown}: no such file: check the path") from None
    except PermissionError:
        raise ArticleError(f"{shown}: no permission to read the file: change its permissions") from None
    except OSError as problem:
        raise ArticleError(f"{shown}: the file cannot be read ({problem.strerror}): check the disk") from None
    if len(data) > max_bytes:
        raise ArticleError(f"{shown}: more than the {max_bytes:,} bytes allowed: split the file")
    return data


def _decode(data: bytes, shown: str) -> str:
    mark, encoding = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", "utf-8"))
    if encoding == "utf-8" and b"\0" in data:
        raise ArticleError(f"{shown}: a binary file (a NUL byte at {data.index(0):,}): save it as UTF-8 text")
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as problem:
        at = len(mark) + problem.start
        raise ArticleError(f"{shown}: not {encoding.upper()} at byte {at:,}: save it as UTF-8") from None
    if "\0" in text or len(_CONTROLS.findall(text)) > MAX_CONTROLS * len(text):
        raise ArticleError(f"{shown}: a binary file (control characters): save it as UTF-8 text")
    return text


def _detected(text: str, parts: tuple[Section, ...], shown: str) -> str:
    code = detect("\n".join(line for line in body_lines(text, parts) if _LETTER.search(line)) or text)
    if code is None:
        raise ArticleError(f"{shown}: language not recognised: name it in front matter (language: en)")
    return code


def _completed(given: Metadata, found: Metadata) -> Metadata:
    return replace(
        given, title=given.title or found.title, date=given.date or found.date, source=given.source or found.source
    )
