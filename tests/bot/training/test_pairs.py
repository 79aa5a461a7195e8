"""Training pairs: a passage answers or translates its query, what is close to it does not, and twins are no errors."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from bot.training import tune
from bot.training.corpora import Paragraph, Question
from bot.training.negatives import Window
from bot.training.pairs import NEWS_STEP, TATOEBA, Pair, Pairs
from bot.training.swaps import _FILES

ANSWER = "Emmett Shear"
TEXTS = {
    "en": ("Emmett Shear replaced Altman. He left Twitch in February. Murati stayed on.", "who replaced Altman?"),
    "vi": ("Emmett Shear thay thế Altman. Ông rời Twitch hồi tháng hai. Murati ở lại.", "ai thay thế Altman?"),
    "zh": ("Emmett Shear取代了阿爾特曼。他二月離開了Twitch。穆拉蒂留下來了。", "谁取代了阿尔特曼？"),
}
OTHER = "Murati stayed on as the chief of technology."
NTREX = {"en": "src.eng", "vi": "ref.vie", "fr": "ref.fra", "zh": "ref.zho-CN", "id": "ref.ind"}


@pytest.fixture
def pairs(tmp_path: Path) -> Pairs:
    """Return pairs of three translated paragraphs, six news documents of five lines, and a sentence of Tatoeba."""
    for names in _FILES.values():
        for name in names:
            (tmp_path / "omw" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "omw" / name).write_text("", encoding="utf-8")
    (tmp_path / "ntrex").mkdir()
    for code, name in NTREX.items():
        lines = "".join(f"{code} document {d} line {i}.\n" for d in range(6) for i in range(5))
        (tmp_path / "ntrex" / f"newstest2019-{name}.txt").write_text(lines, encoding="utf-8")
    ids = "".join(f"document-{d}\n" for d in range(6) for _ in range(5))
    (tmp_path / "ntrex" / "DOCUMENT_IDS.tsv").write_text(ids, encoding="utf-8")
    (tmp_path / "tatoeba").mkdir()
    for code, name in TATOEBA.items():
        for side, text in (("eng", "She came back."), (name, f"{code}: she came back")):
            (tmp_path / "tatoeba" / f"tatoeba.{name}-eng.{side}").write_text(text + "\n", encoding="utf-8")
    paragraphs = [
        Paragraph(
            text,
            code,
            "xquad",
            "article",
            "twin",
            tuple(Question(f"{asking}-{code}", TEXTS[asking][1], asking, 0, ANSWER) for asking in TEXTS),
        )
        for code, (text, _) in TEXTS.items()
    ]
    news = (Question("news", TEXTS["en"][1], "en", 0, "Murati"),)
    paragraphs += [Paragraph(OTHER, "en", "ntrex", f"ntrex:{d}", f"news:{d}", news) for d in (1, NEWS_STEP)]
    windows = [Window(number, 0, len(paragraph.text)) for number, paragraph in enumerate(paragraphs)]
    near = {asked: np.array([[0, 3]] * 3, dtype=np.int32) for _, asked in TEXTS.values()}
    return Pairs(paragraphs, windows, near, tmp_path, 5)


def made(pairs: Pairs, kind: str) -> list[Pair]:
    return [pairs.make(0, i) for i, planned in enumerate(pairs.plan(0)) if planned[0] == kind]


def test_the_passage_of_a_question_holds_its_answer_and_what_is_close_does_not(pairs: Pairs) -> None:
    asked = [pair for pair in made(pairs, "question") if pair.twin == "twin"]
    assert len(asked) == 9  # three questions of three paragraphs each
    assert all(ANSWER in pair.passage for pair in asked)
    assert {pair.negative for pair in asked} <= {OTHER, None}


def test_questions_about_news_that_is_measured_on_are_left_out(pairs: Pairs) -> None:
    assert {pair.twin for pair in made(pairs, "question")} == {"twin", f"news:{NEWS_STEP}"}


def test_a_news_sentence_is_paired_with_its_translation_and_not_with_its_neighbours(pairs: Pairs) -> None:
    reported = made(pairs, "news")
    documents = {int(pair.query.split()[2]) for pair in reported}
    assert documents == {0, NEWS_STEP}  # the others are left to be measured on
    for pair in reported:
        language, _, document, _, line = pair.query.rstrip(".").split()
        assert f"document {document} line {line}." in pair.passage
        assert not pair.passage.startswith(language)
        assert pair.negative is None or f"line {line}." not in pair.negative
        assert pair.negative is None or f"document {document} " in pair.negative


def test_a_sentence_of_tatoeba_brings_any_two_of_its_languages_together(pairs: Pairs) -> None:
    (pair,) = made(pairs, "sentence")
    known = {"She came back.", *(f"{code}: she came back" for code in TATOEBA)}
    assert {pair.query, pair.passage} < known
    assert pair.query != pair.passage


def test_a_seed_makes_one_epoch(pairs: Pairs) -> None:
    assert made(pairs, "question") == made(pairs, "question")
    assert pairs.plan(0) != pairs.plan(1)


def test_a_twin_is_no_wrong_passage_but_the_own_close_one_is() -> None:
    vectors = {"q": [1.0, 0.0], "p": [1.0, 0.0], "n": [0.0, 1.0], "twin": [1.0, 0.0], "q2": [0.0, 1.0]}

    def embedding(texts: Sequence[str], most: int) -> torch.Tensor:
        return torch.tensor([vectors[text.removeprefix("query: ").removeprefix("passage: ")] for text in texts])

    same = [Pair("q", "p", "n", "one"), Pair("q", "twin", None, "one")]
    apart = [Pair("q", "p", "n", "one"), Pair("q", "twin", None, "two")]
    # Against its own passage stand, at cosine 0, its close one alone: log(1 + e^-50) is nothing.
    assert float(tune.loss_of(embedding, same)["queries"]) == pytest.approx(0, abs=1e-6)
    # A passage that lies just as near is an error if it says another thing: log 2.
    assert float(tune.loss_of(embedding, apart)["queries"]) == pytest.approx(np.log(2), abs=1e-6)
