"""Answers that can be worked out by hand: three articles, no index, no model.

A word of the question says what happens: `held` waits until `let_go` is called, `stuck` takes 30 s, `crash` raises,
`nothing` abstains, `nasty` quotes what Discord would act on. Everything else is answered "Emmett Shear". Each answering
is a line in `calls.txt`.
"""

import time
from collections.abc import Sequence
from pathlib import Path

from bot.answer_log import NOTHING_FOUND
from bot.answering import Answer, Dispute, Quote
from index.detection import detect
from index.records import ArticleInfo, Filter, Kind

NASTY = "@everyone <@1001> <@&222> ```fence **bold** [a](https://evil.example) discord.gg/abc \u202eevil\u200b " * 40
TEXTS = {
    "vi": "Tin mới. Đàm phán để quay lại thất bại, Emmett Shear thay Sam Altman làm CEO OpenAI. Hết.",
    "fr": "Mira Murati a quitté son poste. Emmett Shear remplace Sam Altman. Fin.",
    "zh": "最新消息。Emmett Shear接替阿尔特曼出任首席执行官。完。",
}
GO = "go"
SECRET = "/etc/polyquote/secret.key"


def let_go(folder: Path) -> None:
    """Let the questions that are held be answered."""
    (folder / GO).touch()


class FakeAnswers:
    """`bot.live_service.Answers` over three articles; the generation is what a file in the folder says."""

    max_question_length = 200
    passages = 9

    def __init__(self, folder: Path) -> None:
        """Take the folder where calls are noted and where the generation stands."""
        self._folder = folder
        self.generation = self._now()
        self.articles: Sequence[ArticleInfo] = tuple(_article(code) for code in TEXTS)

    def ask(self, question: str, chosen: Filter) -> Answer:
        """Answer as the module says; `chosen` confines languages and sources as the real one does."""
        with (self._folder / "calls.txt").open("a", encoding="utf-8") as file:
            file.write(f"{question}\n")
        time.sleep(30 if "stuck" in question else 0.02)
        while "held" in question and not (self._folder / GO).exists():
            time.sleep(0.02)
        if "crash" in question:
            raise RuntimeError(f"cannot open {SECRET}")
        quotes = tuple(
            _quote(article, NASTY if "nasty" in question else "Emmett Shear")
            for article in self.articles
            if article.language in (chosen.languages or TEXTS) and (chosen.source or "") in (article.source or "")
        )
        language = detect(question) or "und"
        if "nothing" in question or not quotes:
            nearest = tuple(
                Quote(one.article, one.text, one.start, one.end, None, None, 0.5, one.kind) for one in quotes
            )
            return Answer(question, language, False, None, 0.1, (), (), nearest, NOTHING_FOUND)
        disputes = (Dispute("Mira Murati", (_quote(self.articles[1], "Mira Murati"),)),) if len(quotes) > 2 else ()
        return Answer(question, language, True, quotes[0].answer, 0.8, quotes, disputes, (), NOTHING_FOUND)

    def around(self, quote: Quote) -> tuple[str, str] | None:
        """Return what stands around a quote."""
        text = TEXTS[quote.article.language]
        return (text[: quote.start], text[quote.end :]) if text[quote.start : quote.end] == quote.text else None

    def newest(self) -> "FakeAnswers":
        """Return this, or another if the file names another generation."""
        return self if self._now() == self.generation else FakeAnswers(self._folder)

    def _now(self) -> str:
        path = self._folder / "generation"
        return path.read_text(encoding="utf-8") if path.exists() else "000001"


def _article(code: str) -> ArticleInfo:
    title = {"vi": "Đàm phán thất bại", "fr": "La lutte de pouvoir d’OpenAI", "zh": "科技圈年度大戏"}[code]
    source = {"vi": "The Washington Post", "fr": "Titanium Media", "zh": "財聯社"}[code]
    return ArticleInfo(code * 8, f"{code}.txt", title, code, "2023-11-20", source, None, code * 32)


def _quote(article: ArticleInfo, answer: str) -> Quote:
    text = TEXTS[article.language]
    if answer not in text:
        return Quote(article, answer, 0, len(answer), 0, len(answer), 1.0, Kind.BODY)
    first = text.index(answer)
    start = max(text.rfind(mark, 0, first) for mark in ".。") + 1
    end = min(position for mark in ".。" if (position := text.find(mark, first)) >= 0) + 1
    start += text[start] == " "
    return Quote(article, text[start:end], start, end, first, first + len(answer), 1.0, Kind.BODY)
