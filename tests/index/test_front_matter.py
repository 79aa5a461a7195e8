"""Front matter: what it says, where it ends, and how its faults are named."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import front_matter
from index.errors import ArticleError
from index.metadata import Metadata

ALTMAN = Metadata(
    title="Altman kembali",
    language="id",
    date="2023-11-22",
    source="The Verge",
    url="https://example.org/altman",
)
TOML = (
    '+++\ntitle = "Altman kembali"\nlanguage = "id"\ndate = 2023-11-22\nsource = "The Verge"\n'
    'url = "https://example.org/altman"\ntags = ["ai"]\n+++\n'
)
YAML = (
    '---\ntitle: "Altman kembali"\nlanguage: id\ndate: 2023-11-22\nsource: The Verge\n'
    "url: https://example.org/altman\ntags: [ai]\n---\n"
)


@pytest.mark.parametrize("block", [TOML, YAML], ids=["TOML", "YAML"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_five_keys_are_read_and_others_left_alone(block: str, line_break: str) -> None:
    block = block.replace("\n", line_break)
    assert front_matter.read(block + "Sam Altman kembali.", "a.md") == (ALTMAN, len(block))


@pytest.mark.parametrize(
    "text",
    ["", "Sam Altman.\n---\ntitle: no\n---\n", "---\nA rule.\n---\nText.", "---\ntitle: open\n", "----\n", "---"],
    ids=["nothing", "not at the top", "a rule", "never closed", "four dashes", "a lone rule"],
)  # fmt: skip
def test_text_without_front_matter_begins_at_its_first_character(text: str) -> None:
    assert front_matter.read(text, "a.md") == (Metadata(), 0)


@pytest.mark.parametrize("block", ["---\n---\n", "+++\n+++\n", "---\n# only a remark\n---\n", "---\ntitle:\n---\n"])
def test_empty_front_matter_says_nothing_and_is_stepped_over(block: str) -> None:
    assert front_matter.read(block + "Text.", "a.md") == (Metadata(), len(block))


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("2023-11-22", "2023-11-22"),
        ("2023-11-22T10:00:00Z", "2023-11-22"),
        ("'22 November 2023'", "2023-11-22"),
        ('"le 22 novembre 2023"', "2023-11-22"),
    ],
)
def test_a_date_may_be_a_date_a_time_or_text(value: str, iso: str) -> None:
    assert front_matter.read(f"---\ndate: {value}\n---\n", "a.md")[0].date == iso


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("---\ntitle: 2023\n---\n", "a.md: front matter key 'title': expected text, is 2023: put it in quotes"),
        ("---\nlanguage: no\n---\n", "a.md: front matter key 'language': expected text, is False: put it in quotes"),
        ("---\nlanguage: xx\n---\n", "a.md: front matter key 'language': unknown language 'xx': known are en, fr,"),
        ("+++\ndate = 20\n+++\n", "a.md: front matter key 'date': expected a date such as 2023-11-20, is 20"),
        ("---\ndate: 1/2/2023\n---\n", "a.md: front matter key 'date': expected a date such as 2023-11-20"),
        ("---\nurl: javascript:alert(1)\n---\n", "a.md: front matter key 'url': expected an address"),
        ("---\nsource: [Reuters]\n---\n", "a.md: front matter key 'source': expected text, is a list"),
        ("+++\ntitle = \n+++\n", "a.md: the front matter is not TOML"),
        ("+++\ntitle = 'open'\n", "a.md: the front matter is not closed: add a line +++ behind it"),
        ("---\ntitle: [\n---\n", "a.md: the front matter is not YAML"),
        ("---\ndate: 2023-13-45\n---\n", "a.md: the front matter is not YAML"),
        ("---\ntitle: !!bool x\n---\n", "a.md: the front matter is not YAML"),
        ("---\ntitle: !!int ''\n---\n", "a.md: the front matter is not YAML"),
        ("---\ndate: !!timestamp x\n---\n", "a.md: the front matter is not YAML"),
        ("+++\nn = " + "9" * 5000 + "\n+++\n", "a.md: the front matter is not TOML"),
        ("---\ntitle: " + "[" * 5000 + "\n---\n", "a.md: the front matter is not YAML"),
    ],
)  # fmt: skip
def test_a_fault_is_one_line_that_names_the_file_and_the_key(block: str, message: str) -> None:
    with pytest.raises(ArticleError) as caught:
        front_matter.read(block + "Text.", "a.md")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@given(st.text(alphabet="-+: a\n\r'[]{}&*!#%@`title\x85", max_size=40), st.sampled_from(["---\n", "+++\n"]))
def test_any_block_is_read_refused_or_no_block(inside: str, fence: str) -> None:
    text = f"{fence}{inside}\n{fence}x"
    with suppress(ArticleError):
        _, begin = front_matter.read(text, "a.md")
        assert begin == 0 or text[:begin].rstrip().endswith(fence.strip())
