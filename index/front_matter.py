"""Front matter: what an author writes of an article above it, as TOML between `+++` lines or YAML between `---` lines.

The convention is Hugo's and Jekyll's (https://gohugo.io/content-management/front-matter/). Of its keys five are read:
title, language, date, url and source; others are left alone. Nothing is guessed: what cannot be read is an error.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable
from datetime import date, datetime

from index.analysis import clean
from index.dates import first_date
from index.errors import ArticleError, LanguageError
from index.languages import language
from index.metadata import Metadata

_BLOCK = re.compile(
    r"(?P<fence>\+\+\+|---)[ \t]*(?:\r\n|\r|\n)(?P<inside>.*?)(?<=[\r\n])(?P=fence)[ \t]*(?:\r\n|\r|\n|\Z)",
    re.DOTALL,
)
_YAML_KEY = re.compile(r"\s*(?:#[^\r\n]*[\r\n]\s*)*(?:[\w\"'-]+\s*:(?:\s|$)|---|\Z)")


def read(text: str, name: str) -> tuple[Metadata, int]:
    """Return what the front matter of `text` says, and where the text behind it begins (0 where there is none).

    A `---` line that no `key:` follows is a rule across the page. Raises ArticleError, naming the file and the key.
    """
    match = _BLOCK.match(text)
    if match is None:
        if re.match(r"\+\+\+[ \t]*[\r\n]", text):
            raise ArticleError(f"{name}: the front matter is not closed: add a line +++ behind it")
        return Metadata(), 0
    if match["fence"] == "---" and not _YAML_KEY.match(match["inside"]):
        return Metadata(), 0
    values = _toml(match["inside"], name) if match["fence"] == "+++" else _yaml(match["inside"], name)
    readers: dict[str, Callable[[object], str]] = {
        "title": _text, "language": _language, "date": _date, "url": _url, "source": _text,
    }  # fmt: skip
    found: dict[str, str | None] = {}
    for key, reader in readers.items():
        if values.get(key) is None:
            continue
        try:
            found[key] = reader(values[key]) or None
        except (ValueError, LanguageError) as problem:
            raise ArticleError(f"{name}: front matter key {key!r}: {problem}") from None
    return Metadata(**found), match.end()


def _toml(inside: str, name: str) -> dict[str, object]:
    try:
        return tomllib.loads(inside.replace("\r\n", "\n").replace("\r", "\n"))
    except (ValueError, RecursionError) as problem:
        raise ArticleError(f"{name}: the front matter is not TOML ({_line(problem)}): mend it or take it out") from None


def _yaml(inside: str, name: str) -> dict[str, object]:
    import yaml

    try:
        values = yaml.safe_load(inside)
    except (yaml.YAMLError, ValueError, RecursionError, LookupError, AttributeError, TypeError) as problem:
        # The last three for values that are not what their tag says, such as `!!bool x`.
        raise ArticleError(f"{name}: the front matter is not YAML ({_line(problem)}): mend it or take it out") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ArticleError(f"{name}: the front matter holds no `key: value` lines: mend it or take it out")
    return {str(key): value for key, value in values.items()}


def _line(problem: Exception) -> str:
    return clean(str(problem))[:200]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text, is {_shown(value)}: put it in quotes")
    return clean(value)


def _language(value: object) -> str:
    return language(_text(value)).code


def _url(value: object) -> str:
    url = _text(value)
    if not re.match(r"https?://[^\s/]", url):
        raise ValueError(f"expected an address that begins with http:// or https://, is {_shown(value)}")
    return url


def _date(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    dated = first_date(unicodedata.normalize("NFC", value), day_first=False) if isinstance(value, str) else None
    if dated is None:
        raise ValueError(f"expected a date such as 2023-11-20, is {_shown(value)}")
    return dated.iso


def _shown(value: object) -> str:
    return repr(value)[:80] if isinstance(value, str | int | float) else f"a {type(value).__name__}"
