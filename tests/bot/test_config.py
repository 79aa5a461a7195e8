"""The configuration: the example is the defaults, and nothing is accepted that does not mean anything."""

import tomllib
from pathlib import Path

import pytest

from bot.config import Config, ConfigError, load_config, parse_config

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def test_the_example_is_the_defaults_and_shows_every_key() -> None:
    tree = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert parse_config(tree, "example") == Config()
    for name in set(Config.__slots__) - {"names"}:
        assert set(tree[name]) == set(getattr(Config(), name).__slots__), name


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config() == Config()
    (tmp_path / "config.toml").write_text("[search]\ntop_k = 3\n")
    assert load_config().search.top_k == 3


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[answer]\nmax_eror = 0.1", "unknown key 'answer.max_eror': known here are max_error"),
        ("[answr]\n", "unknown key 'answr'"),
        ("answer = 3", "answer is a table, not 3"),
        ('[answer]\nmax_error = "low"', "answer.max_error takes float, not 'low'"),
        ("[answer]\nmax_error = 1.5", "answer.max_error must be from 0 to 1, is 1.5"),
        ("[answer]\nmax_error = nan", "answer.max_error must be from 0 to 1, is nan"),
        ("[search]\ntop_k = true", "search.top_k takes int, not True"),
        ("[search]\ntop_k = 0", "search.top_k must be from 1 to 1000, is 0"),
        ('[articles]\npaths = "seeds"', "articles.paths is a list, not 'seeds'"),
        ("[articles]\npaths = [1]", "articles.paths takes str, not 1"),
        ("not toml", "is not TOML"),
    ],
)
def test_a_wrong_key_is_an_error_with_its_path_and_what_is_accepted(tmp_path: Path, toml: str, message: str) -> None:
    path = tmp_path / "c.toml"
    path.write_text(toml)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_whole_number_is_fine_where_a_fraction_is_meant() -> None:
    assert parse_config({"answer": {"max_error": 1}}, "x").answer.max_error == 1.0


def test_a_file_that_was_named_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the configuration"):
        load_config(tmp_path / "none.toml")
