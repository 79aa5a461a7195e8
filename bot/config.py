"""`config.toml` → a frozen tree, every key checked.

Unknown keys are errors: a misspelt `max_eror` that is silently ignored would be found out only by its effects. Only the
command line loads a config; everything below it takes plain arguments. `config.example.toml` is the reference, and a
test holds it equal to the defaults here.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from index.errors import PolyQuoteError

FILE = "config.toml"


class ConfigError(PolyQuoteError):
    """The configuration has a key that is unknown, ill-typed or out of range."""


def _option(default: Any, low: float | None = None, high: float | None = None, choices: tuple[str, ...] = ()) -> Any:
    return field(default=default, metadata={"low": low, "high": high, "choices": choices})


@dataclass(frozen=True, slots=True)
class ArticlesConfig:
    """`[articles]`: what is indexed when no folder is given."""

    paths: tuple[str, ...] = ("seeds",)


@dataclass(frozen=True, slots=True)
class IndexConfig:
    """`[index]`: where the index is kept, and how many generations of it."""

    dir: str = ".polyquote"
    keep: int = _option(2, 1, 1000)


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """`[store]`: what keeps and searches the index; neither the token nor the URI is in its `repr`."""

    engine: str = _option("embedded", choices=("embedded", "milvus"))
    uri: str = field(default="http://localhost:19530", repr=False)  # may hold a password
    token: str = field(default="", repr=False)
    collection: str = "polyquote"
    dense_index: str = _option("FLAT", choices=("FLAT", "HNSW"))
    timeout: float = _option(10.0, 0.1, 3600)


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """`[encoder]`: what turns text into vectors."""

    model: str = "embedded"


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """`[search]`: how many passages are shown by `search`."""

    top_k: int = _option(10, 1, 1000)


@dataclass(frozen=True, slots=True)
class ReaderConfig:
    """`[reader]`: what finds the answer in a passage."""

    model: str = "embedded"


@dataclass(frozen=True, slots=True)
class AnswerConfig:
    """`[answer]`: how answers are read and when to stay silent."""

    passages: int = _option(10, 1, 200)
    quotes: int = _option(5, 1, 50)
    max_error: float = _option(0.5, 0, 1)
    max_question_length: int = _option(1000, 1, 100_000)


@dataclass(frozen=True, slots=True)
class DiscordConfig:
    """`[discord]`: whom the bot answers, how much at once, and what it keeps."""

    token_file: str = ""
    allow_channels: tuple[int, ...] = ()
    deny_channels: tuple[int, ...] = ()
    direct_messages: bool = True
    message_content: bool = False
    cooldown: float = _option(2.0, 0, 3600)
    guild_per_minute: int = _option(300, 0, 100_000)
    workers: int = _option(2, 1, 64)
    queue: int = _option(50, 0, 10_000)
    timeout: float = _option(60.0, 1, 600)
    drain: float = _option(20.0, 0, 600)
    cache: int = _option(1000, 0, 100_000)
    conversation_minutes: float = _option(30.0, 0, 1440)
    answers_kept: int = _option(5000, 1, 1_000_000)
    feedback_file: str = ""
    log_questions: bool = False
    check_index: float = _option(5.0, 0.1, 3600)


def _names() -> dict[str, tuple[str, ...]]:
    # The first corpus is partly machine-translated and calls its people by other names.
    return {
        "Altman": ("Ultraman", "Altam"),
        "Shear": ("Hill",),
        "Emmett Shear": ("Mitt Hill",),
        "Amodei": ("Amodaii", "Amodai", "Amodaiyi", "Amoldei"),
        "Brockman": ("Blockman", "布羅克曼"),
        "Ilya": ("IIya", "llya"),
        "Sutskever": ("Stutskever", "蘇茨克沃"),
        "OpenAI": ("OpenAl",),
    }


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration."""

    articles: ArticlesConfig = ArticlesConfig()
    index: IndexConfig = IndexConfig()
    store: StoreConfig = StoreConfig()
    encoder: EncoderConfig = EncoderConfig()
    search: SearchConfig = SearchConfig()
    reader: ReaderConfig = ReaderConfig()
    answer: AnswerConfig = AnswerConfig()
    discord: DiscordConfig = DiscordConfig()
    names: Mapping[str, tuple[str, ...]] = field(default_factory=_names)


def load_config(path: Path | None = None) -> Config:
    """Return the configuration in `path`, else in `config.toml` here if there is one, else the defaults.

    Raises ConfigError with the dotted path of the key and what is accepted.
    """
    if path is None:
        if not Path(FILE).is_file():
            return Config()
        path = Path(FILE)
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the configuration {path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    return parse_config(tree, str(path))


def parse_config(tree: Mapping[str, Any], source: str) -> Config:
    """Return the configuration that a TOML tree spells out; `source` names it in errors."""
    config: Config = _table(Config, tree, "", source)
    return config


def _table(kind: Any, tree: Mapping[str, Any], prefix: str, source: str) -> Any:
    hints = get_type_hints(kind)
    known = {item.name: item for item in fields(kind)}
    values = {}
    for key, value in tree.items():
        path = f"{prefix}{key}"
        if key not in known:
            raise ConfigError(f"{source}: unknown key {path!r}: known here are {', '.join(sorted(known))}")
        if is_dataclass(hints[key]):
            if not isinstance(value, Mapping):
                raise ConfigError(f"{source}: {path} is a table, not {value!r}")
            values[key] = _table(hints[key], value, f"{path}.", source)
        else:
            values[key] = _value(hints[key], value, path, source)
            _in_range(known[key].metadata, values[key], path, source)
    return kind(**values)


def _value(hint: Any, value: Any, path: str, source: str) -> Any:
    if get_origin(hint) is Mapping:
        if not isinstance(value, dict):
            raise ConfigError(f"{source}: {path} is a table, not {value!r}")
        return {key: _value(get_args(hint)[1], item, f"{path}.{key}", source) for key, item in value.items()}
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise ConfigError(f"{source}: {path} is a list, not {value!r}")
        return tuple(_value(get_args(hint)[0], item, path, source) for item in value)
    accepted = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    if float in accepted and type(value) is int:
        return float(value)
    if type(value) not in accepted:  # subtle: `isinstance` would take true for a number
        names = " or ".join(kind.__name__ for kind in accepted if kind is not type(None))
        raise ConfigError(f"{source}: {path} takes {names}, not {value!r}")
    return value


def _in_range(limits: Mapping[str, Any], value: Any, path: str, source: str) -> None:
    low, high, choices = limits.get("low"), limits.get("high"), limits.get("choices")
    if low is not None and high is not None and not low <= value <= high:
        raise ConfigError(f"{source}: {path} must be from {low} to {high}, is {value}")
    if choices and value not in choices:
        raise ConfigError(f"{source}: {path} must be one of {', '.join(choices)}, is {value!r}")
