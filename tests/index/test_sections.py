"""Body, comments and boilerplate: on the five articles line by line, on pages of other kinds, and on any text."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Kind, Section
from index.sections import body_lines, header_lines, sections

SEEDS = Path(__file__).parents[2] / "seeds"
VI, FR, ZH, ID, ID2 = (
    "000_ba2ce758e1586973.txt",
    "001_a906426a8ab44445.txt",
    "002_65575ab5f94dc90d.txt",
    "003_23fbe7f2a83b7148.txt",
    "004_1323ce58b07c777d.txt",
)
# Lines from 1 that hold no body, read by hand; every other line that is not blank is the article's.
BOILERPLATE = {
    VI: {14, 23, 33, 39, 48, 54, 55, 57, 62, 110, 112, *range(123, 129)},
    FR: set(range(75, 102)),
    ZH: {36, 37},
    ID: set(range(117, 144)),
    ID2: set(),
}
COMMENTS = {VI: set(range(59, 109)) - {62}}
PROSE = "Emmett Shear thay Sam Altman làm CEO OpenAI sau khi cuộc đàm phán hôm chủ nhật thất bại."


def _kinds(text: str) -> dict[int, Kind]:
    """Return the kind of every line that is not blank, by its number."""
    kinds: dict[int, Kind] = {}
    start = 0
    parts = sections(text)
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        if line.strip():
            kinds[number] = next(part.kind for part in parts if part.start <= start < part.end)
        start += len(line)
    return kinds


def _lines_of(text: str, kind: Kind) -> list[str]:
    lines = text.splitlines()
    return [lines[number - 1].strip() for number, found in _kinds(text).items() if found is kind]


@pytest.mark.parametrize("name", BOILERPLATE)
def test_every_line_of_the_five_articles_is_what_a_reader_says_it_is(name: str) -> None:
    expected = dict.fromkeys(BOILERPLATE[name], Kind.BOILERPLATE)
    expected |= dict.fromkeys(COMMENTS.get(name, ()), Kind.COMMENT)
    kinds = _kinds((SEEDS / name).read_bytes().decode())
    wrong = {number: kind for number, kind in kinds.items() if kind is not expected.get(number, Kind.BODY)}
    assert wrong == {}


def test_who_wrote_when_and_for_whom_stays_in_the_body() -> None:
    vi, fr = ((SEEDS / name).read_bytes().decode() for name in (VI, FR))
    assert {"P.W", "20/11/2023 7:59Phản hồi: 44", "Theo The Washington Post"} <= set(_lines_of(vi, Kind.BODY))
    assert {"Auteur\u00a0: Lin Zhijia", "Editeur\u00a0: Ma Jinnan"} <= set(_lines_of(fr, Kind.BODY))
    assert "Source de l’article : Titanium Media" in _lines_of(fr, Kind.BODY)


@pytest.mark.parametrize(
    ("heading", "comments"),
    [
        ("44 bình luận", ["Hay quá", "@micheal90 Sam xoăn FTX khác"]),
        ("Commentaires (12)", ["Bravo à lui.", "Quelle histoire !"]),
        ("3 komentar", ["Keren!", "Setuju banget"]),
        ("评论", ["厉害了", "同意"]),
        ("12条评论", ["厉害了", "同意"]),
        ("評論（3）", ["厲害了"]),
        ("12 comments", ["First!", "Share", "He will be back by Tuesday, just wait."]),
        ("## Comments: 2", ["Nice one"]),
    ],
)
def test_what_follows_a_comment_heading_is_comments(heading: str, comments: list[str]) -> None:
    text = "\n".join(["Title", PROSE, PROSE, heading, *comments])
    assert _lines_of(text, Kind.BODY) == ["Title", PROSE, PROSE]
    assert _lines_of(text, Kind.COMMENT) == comments
    assert _lines_of(text, Kind.BOILERPLATE) == [heading]


def test_comments_end_at_the_footer() -> None:
    footer = ["Xu hướng", "© 2024 Công ty Cổ phần MXH Tinh Tế", "Về chúng tôi", "MST: 0313255119"]
    text = "\n".join([PROSE, PROSE, "2 bình luận", "Hay quá.", "Chuẩn luôn, không cãi được đâu các bác.", *footer])
    assert _lines_of(text, Kind.COMMENT) == ["Hay quá.", "Chuẩn luôn, không cãi được đâu các bác."]
    assert _lines_of(text, Kind.BOILERPLATE) == ["2 bình luận", *footer]


@pytest.mark.parametrize("counter", ["44 bình luận", "12 comments", "Commentaires (12)", "评论"])
def test_a_count_of_comments_above_the_article_does_not_make_it_a_comment(counter: str) -> None:
    text = "\n".join(["Title", counter, PROSE, PROSE])
    assert _lines_of(text, Kind.COMMENT) == []
    assert [line for line in _lines_of(text, Kind.BODY) if line == PROSE] == [PROSE, PROSE]


def test_a_count_of_comments_between_the_lead_and_the_article_does_not_either() -> None:
    text = "\n".join(["Title", PROSE, "12 comments", PROSE, PROSE, PROSE])
    assert _lines_of(text, Kind.BODY).count(PROSE) == 4


@pytest.mark.parametrize(
    "widget",
    [
        ["Commentaire", "0/400", "Aucun commentaire"],
        ["Komentar", "0/400", "Tidak ada komentar"],
        ["Partager", "Commentaire", "Reposter"],
        ["  • Hadiah", "  • Komentar", "  • Posting ulang", "  • Bagikan"],
        ["0 comments", "Be the first to comment"],
        ["Advertisement"], ["Quảng cáo"], ["广告"], ["廣告"], ["Publicité"], ["IKLAN"], ["**Advertisement**"],
        ["cover-ai.jpeg"], ["Screenshot 2023-11-21 at 16.40.53.jpg"], ["![Sam Altman](img/sam.png)"],
        ["Voir l’original"], ["Lihat Asli"], ["qrCode"], ["Baca juga: Altman kembali ke OpenAI"],
        ["© 2023 Le Monde. Tous droits réservés."], ["Copyright 2023 Reuters"], ["版权所有"],
        ["English", "Français (Afrique)", "  • 繁體中文", "بالعربية"],
        ["免責聲明：本文來自網絡，觀點僅代表作者本人。"], ["溫馨提示:投資有風險,入市須謹慎。"],
    ],
    ids=lambda lines: lines[0].strip(),
)  # fmt: skip
def test_furniture_between_paragraphs_is_boilerplate_and_they_are_not(widget: list[str]) -> None:
    text = "\n".join(["Title", PROSE, PROSE, *widget, PROSE])
    assert _lines_of(text, Kind.BODY) == ["Title", PROSE, PROSE, PROSE]
    assert _lines_of(text, Kind.BOILERPLATE) == [line.strip() for line in widget]


@pytest.mark.parametrize(
    "line",
    [
        "Share", "Communauté", "English", "Français", "Địa chỉ: Số 70 Bà Huyện Thanh Quan",
        "Copyright law is changing, and OpenAI knows it.", "Bản quyền là chuyện lớn của năm nay.",
        "The board published the letter as letter.pdf", "He saved the picture of the board as board.png",
        "Comments by the board were few.", "Trending topics on X included OpenAI.",
        "Ông chịu trách nhiệm nội dung của tờ báo này trong nhiều năm.", "Quảng cáo là nguồn thu chính của Twitch.",
        "Publicité : Google domine le marché français.", "Facebook changed its privacy policy.", "Satya Nadella",
    ],
)  # fmt: skip
def test_a_line_that_only_resembles_furniture_is_kept(line: str) -> None:
    assert line in _lines_of("\n".join(["Title", PROSE, line, PROSE]), Kind.BODY)


def test_two_autonyms_are_no_language_menu() -> None:
    text = "\n".join([PROSE, "English", "Français", PROSE])
    assert _lines_of(text, Kind.BOILERPLATE) == []


def test_an_author_named_between_furniture_at_the_end_is_kept() -> None:
    text = "\n".join([PROSE, PROSE, "Quảng cáo", "P.W", "Theo The Washington Post", "Chia sẻ", "0/400"])
    assert _lines_of(text, Kind.BODY) == [PROSE, PROSE, "P.W", "Theo The Washington Post"]


def test_front_matter_is_boilerplate() -> None:
    text = "---\ntitle: A\n---\nThe board met."
    assert sections(text, 17) == (Section(Kind.BOILERPLATE, 0, 17), Section(Kind.BODY, 17, 31))


def test_header_lines_end_where_running_text_begins() -> None:
    text = (SEEDS / VI).read_bytes().decode()
    header = header_lines(text, sections(text))
    assert header[1:3] == ["P.W", "20/11/2023 7:59Phản hồi: 44"]
    assert header == body_lines(text, sections(text))[:4]


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            ["", "44 bình luận", "Chia sẻ", "0/400", "© 2024 X", "English", "中文", "Français", "Quảng cáo", PROSE,
             "a.png", "Voir l'original", "MST: 1", "Baca juga", "评论", "Theo Reuters"]
        ),
        st.text(max_size=12),
    ),
    max_size=25,
)  # fmt: skip


@given(LINES, st.sampled_from(["\n", "\r\n", "\r", "\u2028"]), st.integers(min_value=0, max_value=3))
def test_sections_cover_any_text_exactly_and_in_order(lines: list[str], line_break: str, begin: int) -> None:
    text = line_break.join(lines)
    begin = min(begin, len(text))
    parts = sections(text, begin)
    assert "".join(text[part.start : part.end] for part in parts) == text
    assert [part.start for part in parts] == [0, *(part.end for part in parts[:-1])][: len(parts)]
    assert all(one.kind is not other.kind for one, other in pairwise(parts))


@given(LINES)
def test_a_paragraph_of_the_body_is_never_boilerplate(lines: list[str]) -> None:
    assert PROSE not in _lines_of("\n".join(lines), Kind.BOILERPLATE)
