"""Files into articles: kept as stored, and every bad one named in a line."""

import hashlib
import json
import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.articles import ID_DIGITS, SUFFIXES, find_articles, read_article
from index.errors import ArticleError, LanguageError
from index.records import Article, Kind

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds"
QUESTIONS = ROOT.parent / "shared" / "questions" / "dev.jsonl"
SHA256 = {
    "000_ba2ce758e1586973.txt": "46699540a0debc48fbf7c93835c18ff01db3d5e465007aa0df915e768187d4d8",
    "001_a906426a8ab44445.txt": "16c325061e96606624ad9eea14b0a7ba5de36af17f00e877a1247cf6fb699c54",
    "002_65575ab5f94dc90d.txt": "c0fa793d13e1241fb17934ea917a827f10a338d61fc8d08e5c6a803d7bb37609",
    "003_23fbe7f2a83b7148.txt": "1e2405921b3aca526a425bc8d74c794c30b250f3c6cebe965d31067ca498bb21",
    "004_1323ce58b07c777d.txt": "8af68368a8ffc10f2a884e00e7a8f1c6198718819c6a2f0935991cbefbe1168d",
}
TEXT = "Altman kembali\n\nSam Altman telah diangkat kembali sebagai CEO perusahaan OpenAI.\n"


def _read(folder: Path, data: bytes | str, name: str = "a.txt", **options: object) -> Article:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_article(path, name, **options)  # type: ignore[arg-type]


def _problem(folder: Path, data: bytes | str, name: str = "a.txt", **options: object) -> str:
    with pytest.raises(ArticleError) as caught:
        _read(folder, data, name, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", SHA256)
def test_the_five_articles_are_here_byte_for_byte(name: str) -> None:
    assert hashlib.sha256((SEEDS / name).read_bytes()).hexdigest() == SHA256[name]


@pytest.mark.parametrize(
    ("name", "language", "title", "date", "source"),
    [
        (
            "000_ba2ce758e1586973.txt", "vi",
            "Đàm phán để quay lại thất bại, Emmett Shear thay Sam Altman làm CEO OpenAI", "2023-11-20",
            "The Washington Post",
        ),
        (
            "001_a906426a8ab44445.txt", "fr",
            "La lutte de pouvoir d’OpenAI est inversée et inversée, et il n’y a pas de vérité dans l’apparence de tous"
            " les êtres", None, "Titanium Media",
        ),
        ("002_65575ab5f94dc90d.txt", "zh", "2023年科技圈年度大戲——OpenAI “政變”正在上演", None, "財聯社"),
        ("003_23fbe7f2a83b7148.txt", "id", "Tanpa karyawan, OpenAI tidak ada yang baik", None, "Metaverse meledak"),
        (
            "004_1323ce58b07c777d.txt", "id", "Sam Altman telah diangkat kembali sebagai CEO perusahaan OpenAI.", None,
            None,
        ),
    ],
)  # fmt: skip
def test_the_five_articles_say_this_of_themselves(
    name: str, language: str, title: str, date: str | None, source: str | None
) -> None:
    info = read_article(SEEDS / name, name).info
    assert (info.language, info.title, info.date, info.source) == (language, title, date, source)
    assert (info.path, info.sha256, info.id) == (name, SHA256[name], SHA256[name][:ID_DIGITS])
    assert not info.extracted


@pytest.mark.skipif(not QUESTIONS.exists(), reason="the development questions are not in the repository")
def test_all_evidence_of_the_development_questions_lies_in_bodies() -> None:
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    evidence = [item for line in lines for item in json.loads(line)["evidence"]]
    articles = {name: read_article(SEEDS / name, name) for name in SHA256}
    assert len(evidence) > 60
    for item in evidence:
        article = articles[item["article"]]
        start = article.text.index(item["quote"])
        end = start + len(item["quote"])
        assert [part.kind for part in article.sections if part.start < end and start < part.end] == [Kind.BODY]


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_line_breaks_are_kept_as_stored(tmp_path: Path, line_break: str) -> None:
    text = TEXT.replace("\n", line_break)
    assert _read(tmp_path, text).text == text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding_and_is_no_part_of_the_text(tmp_path: Path, encoding: str) -> None:
    article = _read(tmp_path, TEXT.encode(encoding))
    assert article.text == TEXT
    assert article.text[article.text.index("Sam") :].startswith("Sam Altman")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60))
def test_any_text_is_read_back_code_point_by_code_point(tmp_path: Path, text: str) -> None:
    stored = "Siapa yang menggantikan Altman?\r\n" + text
    article = _read(tmp_path, stored, language="id")
    assert article.text == stored
    assert "".join(article.text[part.start : part.end] for part in article.sections) == stored


def test_decomposed_letters_stay_decomposed(tmp_path: Path) -> None:
    text = unicodedata.normalize("NFD", "Đàm phán để quay lại thất bại.")
    article = _read(tmp_path, text)
    assert article.text == text
    assert article.info.language == "vi"


def test_front_matter_overrules_the_text_and_is_part_of_it_as_boilerplate(tmp_path: Path) -> None:
    block = "---\ntitle: Altman is back\ndate: 2023-11-22\nsource: The Verge\nurl: https://example.org/a\n---\n"
    article = _read(tmp_path, block + "20/11/2023\n" + TEXT, "a.md")
    info = article.info
    assert (info.title, info.date, info.source, info.url) == (
        "Altman is back", "2023-11-22", "The Verge", "https://example.org/a",
    )  # fmt: skip
    assert article.text.startswith(block)
    assert article.sections[0].kind is Kind.BOILERPLATE
    assert article.sections[0].end == len(block)
    assert info.language == "id"


def test_the_language_is_the_caller_s_then_the_file_s_then_the_text_s(tmp_path: Path) -> None:
    stated = "---\nlanguage: fr\n---\n" + TEXT
    assert _read(tmp_path, stated, language="EN").info.language == "en"
    assert _read(tmp_path, stated).info.language == "fr"
    assert _read(tmp_path, TEXT).info.language == "id"
    with pytest.raises(LanguageError, match="unknown language 'xx'"):
        _read(tmp_path, TEXT, language="xx")


def test_a_file_in_a_folder_carries_its_path_with_slashes(tmp_path: Path) -> None:
    (tmp_path / "2023").mkdir()
    assert _read(tmp_path, TEXT, "2023/a.txt").info.path == "2023/a.txt"


def test_a_page_is_read_as_its_extracted_text_and_says_so(tmp_path: Path) -> None:
    paragraph = "Sam Altman revient à la tête d’OpenAI, cinq jours après avoir été démis de ses fonctions."
    html = f"<html><head><title>Altman revient</title></head><body><article><p>{paragraph}</p></article></body></html>"
    article = _read(tmp_path, html, "a.HTML")
    assert paragraph in article.text
    assert "<p>" not in article.text
    assert article.info.extracted
    assert article.info.language == "fr"
    assert article.info.title == "Altman revient"
    assert article.info.sha256 == hashlib.sha256(html.encode()).hexdigest()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "a.txt: the file is empty: fill it or remove it"),
        (b" \n\t\r\n", "a.txt: the file is blank: fill it or remove it"),
        (b"\xef\xbb\xbf", "a.txt: the file is blank: fill it or remove it"),
        (b"Altman\0kembali", "a.txt: a binary file (a NUL byte at 6): save it as UTF-8 text"),
        (TEXT.encode("utf-16-le"), "a.txt: a binary file (a NUL byte at 1): save it as UTF-8 text"),
        (b"\x01\x02\x03Altman", "a.txt: a binary file (control characters): save it as UTF-8 text"),
        ("Publicité".encode("latin-1"), "a.txt: not UTF-8 at byte 8: save it as UTF-8"),
        ("財聯社".encode("gbk"), "a.txt: not UTF-8 at byte 4: save it as UTF-8"),
        (b"\xff\xfeA", "a.txt: not UTF-16-LE at byte 2: save it as UTF-8"),
        (b"2023", "a.txt: language not recognised: name it in front matter (language: en)"),
        (b"---\ntitle: A\n---\n\n", "a.txt: nothing follows the front matter: add the text"),
        (b"---\ntitle: 7\n---\nA", "a.txt: front matter key 'title': expected text, is 7: put it in quotes"),
    ],
    ids=["empty", "blank", "mark alone", "NUL", "UTF-16 unmarked", "controls", "Latin-1", "GBK", "half a unit",
         "digits alone", "front matter alone", "ill-typed key"],
)  # fmt: skip
def test_a_bad_file_is_named_with_what_is_wrong_and_what_to_do(tmp_path: Path, data: bytes, message: str) -> None:
    assert _problem(tmp_path, data) == message


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    expected = "a.txt: 2,000 bytes, more than the 1,999 allowed: split the file"
    assert _problem(tmp_path, b"a" * 2000, max_bytes=1999) == expected
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as file:
        file.truncate(2**40)  # sparse: a terabyte to stat, nothing to read
    with pytest.raises(ArticleError, match="1,099,511,627,776 bytes, more than"):
        read_article(huge, "huge.txt")


def test_a_missing_file_a_folder_and_another_suffix_are_named(tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(ArticleError, match=r"^no\.txt: no such file: check the path$"):
        read_article(tmp_path / "no.txt", "no.txt")
    with pytest.raises(ArticleError, match=r"^folder\.txt: not a regular file"):
        read_article(tmp_path / "folder.txt", "folder.txt")
    assert _problem(tmp_path, TEXT, "a.pdf").startswith(
        "a.pdf: suffix '.pdf' is none of .htm, .html, .markdown, .md, .txt"
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_named_pipe_is_refused_and_not_waited_on(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(ArticleError, match=r"^pipe\.txt: not a regular file"):
        read_article(tmp_path / "pipe.txt", "pipe.txt")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXT, encoding="utf-8")
    path.chmod(0)
    with pytest.raises(ArticleError, match=r"^a\.txt: no permission to read the file"):
        read_article(path, "a.txt")


def test_a_name_with_a_line_break_still_makes_one_line(tmp_path: Path) -> None:
    assert _problem(tmp_path, b"", "a\nb.txt") == r"'a\nb.txt': the file is empty: fill it or remove it"


def test_a_folder_gives_its_articles_in_order_without_hidden_ones(tmp_path: Path) -> None:
    names = ["b.txt", "a.md", "sub/c.HTML", "sub/deep/d.markdown", "e.htm"]
    for name in [*names, ".hidden.txt", ".git/x.txt", "f.pdf", "README"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    found, problems = find_articles(tmp_path)
    assert [item.name for item in found] == ["a.md", "b.txt", "e.htm", "sub/c.HTML", "sub/deep/d.markdown"]
    assert [item.path for item in found] == [tmp_path / item.name for item in found]
    assert problems == []
    assert {item.path.suffix.lower() for item in found} == SUFFIXES


def test_a_single_file_is_found_under_its_own_name() -> None:
    found, problems = find_articles(SEEDS / "004_1323ce58b07c777d.txt")
    assert [item.name for item in found] == ["004_1323ce58b07c777d.txt"]
    assert problems == []


def test_links_that_lead_out_or_nowhere_are_reported_and_never_followed(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (outside / "secret.txt").write_text(TEXT, encoding="utf-8")
    (root / "a.txt").write_text(TEXT, encoding="utf-8")
    (root / "out.txt").symlink_to(outside / "secret.txt")
    (root / "up.txt").symlink_to(Path("..") / "outside" / "secret.txt")
    (root / "folder").symlink_to(outside)
    (root / "broken.txt").symlink_to(root / "nothing.txt")
    (root / "circle.txt").symlink_to(root / "circle.txt")
    found, problems = find_articles(root)
    assert [item.name for item in found] == ["a.txt"]
    assert [str(problem).split(": ")[:2] for problem in problems] == [
        ["broken.txt", "a link that leads nowhere"],
        ["circle.txt", "a link that leads nowhere"],
        ["folder", "a link that leads out of the folder"],
        ["out.txt", f"a link that leads out of {root}"],
        ["up.txt", f"a link that leads out of {root}"],
    ]


def test_a_link_inside_the_folder_adds_nothing_that_is_found_already(tmp_path: Path) -> None:
    (tmp_path / ".store").mkdir()
    (tmp_path / ".store" / "kept.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "b.txt").symlink_to("a.txt")
    (tmp_path / "c.txt").symlink_to(Path(".store") / "kept.txt")
    (tmp_path / "loop").symlink_to(tmp_path)
    found, problems = find_articles(tmp_path)
    assert [item.name for item in found] == ["a.txt", "c.txt"]
    assert problems == []


@pytest.mark.parametrize(
    ("name", "message"), [("missing", "no such file or folder"), ("a.pdf", "suffix '.pdf' is none of")]
)
def test_a_root_that_is_no_article_is_a_problem(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-")
    found, problems = find_articles(tmp_path / name)
    assert found == []
    assert message in str(problems[0])


def test_a_file_name_that_is_not_unicode_is_reported(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text(TEXT, encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes only Unicode names")
    found, problems = find_articles(tmp_path)
    assert found == []
    assert str(problems[0]) == r"'caf\udce9.txt': the file's name is not UTF-8: rename it"
