"""Title, date and source found in the text, in the places where pages write them and nowhere else."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.languages import LANGUAGES
from index.metadata import MAX_TITLE, Metadata, find
from index.sections import sections

BODY = {
    "vi": "Ban lãnh đạo OpenAI đã nêu tên Emmett Shear thay thế Sam Altman, người bị sa thải hôm thứ sáu vừa rồi.",
    "fr": "Le conseil d’administration d’OpenAI a choisi Emmett Shear, l’ancien PDG de Twitch, pour lui succéder.",
    "zh": "被罷免的主要原因，OpenAI在公告中這樣解釋：阿爾特曼在與董事會的溝通中並不坦誠，阻礙了他的工作。",
    "id": "OpenAI juga telah menemukan CEO sementara untuk dirinya sendiri: Emmett Shear, pendiri situs Twitch.",
    "en": "The board of OpenAI chose Emmett Shear, who had left Twitch in February, as its interim chief on Sunday.",
}  # fmt: skip


def _found(code: str, *lines: str) -> Metadata:
    text = "\n".join(lines)
    return find(text, sections(text), code)


@pytest.mark.parametrize(
    ("code", "line", "iso"),
    [
        ("vi", "20/11/2023 7:59Phản hồi: 44", "2023-11-20"),
        ("vi", "Thứ hai, ngày 20 tháng 11 năm 2023", "2023-11-20"),
        ("fr", "Publié le 20 novembre 2023 à 10h30", "2023-11-20"),
        ("fr", "Publié le 20 décembre 2023", "2023-12-20"),
        ("fr", "Par Jeanne Martin, le 2 janvier 2024", "2024-01-02"),
        ("zh", "2023年11月20日 10:15", "2023-11-20"),
        ("zh", "发布时间：2023-11-20 10:15", "2023-11-20"),
        ("id", "Senin, 20 November 2023 pukul 10.15 WIB", "2023-11-20"),
        ("id", "Jakarta, 17 Agustus 2023", "2023-08-17"),
        ("en", "November 20, 2023 at 9:30 am", "2023-11-20"),
        ("en", "By Jane Doe November 20, 2023", "2023-11-20"),
        ("en", "2023-11-20T07:59:00Z", "2023-11-20"),
        ("en", "Jane Doe | 20 November 2023 | 4 min read", "2023-11-20"),
    ],
)
def test_a_date_line_above_the_article_gives_its_date(code: str, line: str, iso: str) -> None:
    for form in ("NFC", "NFD"):
        assert _found(code, "Altman", unicodedata.normalize(form, line), BODY[code]).date == iso
    assert _found(code, "Altman", BODY[code], line).date is None


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("en", "What happened on 20 November 2023"),
        ("en", "The board met on 20 November 2023 and Altman was out of a job again."),
        ("fr", "OpenAI : ce qui s’est passé le 20 novembre 2023"),
        ("en", "Published on 1/2/2023"),
        ("id", "Pada 30 November 2022, ChatGPT diluncurkan, dan jutaan pengguna berdatangan."),
        ("en", "On 20 November 2023 Altman left."),
    ],
)
def test_a_date_in_running_text_or_in_a_title_is_not_the_article_s(code: str, line: str) -> None:
    assert _found(code, line, BODY[code]).date is None
    assert _found(code, "Altman", line, BODY[code]).date is None


@pytest.mark.parametrize(
    ("code", "line", "source"),
    [
        ("fr", "Source de l’article\u00a0: Titanium Media", "Titanium Media"),
        ("zh", "文章來源:財(cái)聯(lián)社", "財聯社"),
        ("zh", "来源：新华社  作者：李明", "新华社"),
        ("zh", "来源：财联社 2023-11-20", "财联社"),
        ("id", "Sumber artikel: Metaverse meledak", "Metaverse meledak"),
        ("en", "Source: The Verge", "The Verge"),
        ("vi", "Nguồn: VnExpress.", "VnExpress"),
    ],
)
def test_a_labelled_source_is_found_above_and_below_the_article(code: str, line: str, source: str) -> None:
    assert _found(code, "Altman", line, BODY[code]).source == source
    assert _found(code, line, "Altman", BODY[code]) == Metadata(title="Altman", source=source)
    assert _found(code, "Altman", BODY[code], line).source == source


@pytest.mark.parametrize(
    ("code", "line", "source"),
    [
        ("vi", "Theo The Washington Post", "The Washington Post"),
        ("fr", "D’après Reuters", "Reuters"),
        ("fr", "Avec AFP", "AFP"),
        ("id", "Dilansir dari The Verge", "The Verge"),
        ("en", "via TechCrunch", "TechCrunch"),
    ],
)
def test_a_cue_alone_at_the_end_of_the_body_names_the_source(code: str, line: str, source: str) -> None:
    assert _found(code, "Altman", BODY[code], line, "44 bình luận", "Hay quá").source == source


@pytest.mark.parametrize(
    "line",
    [
        "Theo nguồn tin giấu tên, cuộc họp này có xướng tên CEO Airbnb Brian Chesky.",
        "Theo tôi",
        "Selon les derniers rapports, le conseil a approché Anthropic.",
        "Source de l’image\u00a0: Générée par Unbounded AI",
        "Photo: Reuters",
        "Source: ",
    ],
)
def test_other_lines_name_no_source(line: str) -> None:
    assert _found("vi", "Altman", BODY["vi"], line).source is None


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (["Altman kembali", BODY["id"]], "Altman kembali"),
        (["# Altman **kembali** #", BODY["id"]], "Altman kembali"),
        (["20 November 2023", "Sumber: Reuters", "Penulis: Budi", "Altman kembali", BODY["id"]], "Altman kembali"),
        (["Quảng cáo", "cover.jpeg", "Altman kembali", BODY["id"]], "Altman kembali"),
        (["Altman kembali. Dewan mundur. Semua senang."], "Altman kembali."),
        (["OpenAI: Altman kembali", BODY["id"]], "OpenAI: Altman kembali"),
        (["Apa yang terjadi pada 20 November 2023", BODY["id"]], "Apa yang terjadi pada 20 November 2023"),
        (["Altman\u202e kem\u200bbali"], "Altman kembali"),
    ],
)
def test_the_title_is_the_first_line_that_is_no_label_date_or_furniture(lines: list[str], title: str) -> None:
    assert _found("id", *lines).title == title


def test_without_a_title_line_the_first_sentence_stands_for_it_without_its_noise() -> None:
    lines = "文章來源:財(cái)聯(lián)社", "2023年科技圈年度大戲——OpenAI “政變”正在上演,。OpenAI突然宣布解雇CEO,。"
    assert _found("zh", *lines).title == "2023年科技圈年度大戲——OpenAI “政變”正在上演"


def test_a_title_as_long_as_a_paragraph_is_cut_at_a_word() -> None:
    title = _found("en", "Altman " * 100).title
    assert title is not None
    assert len(title) <= MAX_TITLE
    assert title.endswith("Altman…")


@given(st.lists(st.text(max_size=30), max_size=8), st.sampled_from(sorted(LANGUAGES)))
def test_what_is_found_in_any_text_is_printable_and_never_empty(lines: list[str], code: str) -> None:
    found = _found(code, *lines)
    assert found.title != ""
    assert found.source != ""
    assert "\n" not in (found.title or "") + (found.source or "")
