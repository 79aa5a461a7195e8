"""Follow-up questions: what "and when?" is about, by who asked it and where.

A follow-up gets the subject of the question before it in parentheses, so that retriever and reader see the words it
leaves out. That is a rule of thumb after the ellipsis and anaphora of conversational search (Dalton, Xiong & Callan
2020, TREC CAsT), without a model; what a question was understood as is shown to who asked it.
"""

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from index.analysis import HAN, is_han, simplify
from index.languages import LANGUAGES

KEPT = 8  # turns of one person in one place, so that a reply to an earlier answer finds its own
PEOPLE = 10_000  # conversations kept at most; the longest silent goes first
LONGEST = 120  # characters of a subject that a chain of follow-ups may grow to
SHORT = 4  # content words, or twice as many Chinese characters, up to which a pronoun makes a follow-up

# By language: words that open a follow-up (`and Murati?`), and pronouns that stand for something said before.
_OPENERS = {
    "en": "and but also then so",
    "fr": "et mais aussi alors puis",
    "vi": "và còn thế vậy nhưng",
    "id": "dan lalu tapi terus kalau",
    "zh": "那么 那 还有 而 然后",
}
_PRONOUNS = {
    "en": "he she it they him her them his hers its their this that there",
    "fr": "il elle ils elles lui leur celui-ci celle-ci ça cela",
    "vi": "ông bà anh chị nó họ ấy đó",
    "id": "dia ia beliau mereka itu tersebut",
    "zh": "他 她 它 他们 她们 它们 这 此事",
}
# A capital of the five languages: Vietnamese and French have them between their small letters.
_CAPITAL = "[" + "".join(filter(str.isupper, map(chr, [*range(0x250), *range(0x1E00, 0x1F00)]))) + "]"
# By language: what holds such a word and stands for nothing said before; where case tells, a name or an abbreviation.
_LOOKALIKES = {
    "en": r"\b(?i:is|are|was|were) there\b|\b(?i:there) (?:is|are|was|were)\b|\bIT\b"
    r"|\b(?i:this) (?:year|month|week|morning|season)\b|^(?i:so) (?:many|much|far)\b",
    "fr": r"\b(?i:il) (?:n['’])?(?:y a|faut|existe|reste)\b|\b(?i:y a)(?:vait|-t)-il\b"
    r"|\b(?i:faut|existe|reste)(?:-t)?-il(?= \w)"
    # `Altman a-t-il été renvoyé`
    rf"|(?<=\s){_CAPITAL}[\w’'-]+ (?:ne |se |l['’]|s['’])?\w+(?:-t)?-(?:il|elle)s?\b",
    "vi": rf"\b(?i:ông|bà|anh|chị) (?={_CAPITAL})|\b(?i:thế) (?:giới|hệ|kỷ|nào)\b"
    r"|^(?i:còn) (?:ai|gì|mấy|bao nhiêu)\b|^(?i:so) (?:sánh|với)\b",
    "id": rf"\b(?i:apa) itu (?=\w)|^{_CAPITAL}{{2,}} itu\b",
    "zh": "其[他它]|吉他|他人|[这那][一二两三几]?[次场届个家名项](?!人|公司|企业|是)|[这那]么[多大高久]"
    "|^还有(?=谁|哪|什么|多少|几)",
}
# Indonesian `gajinya`, his pay; not words that end so and belong to nobody.
_POSSESSIVE = (
    r"(?!akhirnya|awalnya|biasanya|berikutnya|bertanya|lainnya|misalnya|rupanya|sebelumnya|sebenarnya|selanjutnya"
    r"|semuanya|seluruhnya|seharusnya|sepertinya|setidaknya|tentunya|umumnya)[^\W\d_]{3,}nya"
)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that was answered: as asked, without its question words (`subject`), and with its answer."""

    question: str
    subject: str
    answer: str | None


class Conversations:
    """The last turns of each person in each place, forgotten after a time; one person's never reach another."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        """Take how long a turn is remembered, and a monotonic clock."""
        self._seconds, self._clock = seconds, clock
        self._turns: OrderedDict[tuple[int, int], list[tuple[float, int | None, Turn]]] = OrderedDict()

    def remember(self, place: int, person: int, turn: Turn) -> None:
        """Keep a turn."""
        turns = [*self._turns.pop((place, person), []), (self._clock(), None, turn)]
        self._turns[place, person] = turns[-KEPT:]
        while len(self._turns) > PEOPLE:
            self._turns.popitem(last=False)

    def delivered(self, place: int, person: int, turn: Turn, message: int | None) -> None:
        """Note which message answered a turn, so that a reply to it finds it, unless the turn is forgotten by now."""
        turns = self._turns.get((place, person), [])
        turns[:] = [(time, message if kept is turn else sent, kept) for time, sent, kept in turns]

    def recall(self, place: int, person: int, message: int | None = None) -> Turn | None:
        """Return a person's last turn there, or the one that `message` answered them; None if it is not remembered."""
        now = self._clock()
        turns = [one for one in self._turns.get((place, person), []) if now - one[0] < self._seconds]
        if not turns:
            self._turns.pop((place, person), None)
        # A turn whose message is not known yet is being delivered: only its reader can be so quick.
        return next((turn for _, sent, turn in reversed(turns) if message is None or sent in (None, message)), None)

    def forget(self, person: int) -> None:
        """Drop all that is remembered of a person, in every place."""
        for key in [key for key in self._turns if key[1] == person]:
            del self._turns[key]


def understood(question: str, before: Turn | None) -> str | None:
    """Return the question to ask: as it is, or with the subject it leaves out; None if that is not known."""
    rest = _content(question)
    if not rest:
        return f"{question} ({before.subject})" if before else None
    if before is None:
        return question
    if _opens(question):
        return f"{question} ({before.subject if _asks(question) else before.question})"
    if _has_pronoun(question) and _size(rest) <= SHORT:
        answer = f", {before.answer}" if before.answer else ""
        return f"{question} ({before.subject}{answer})"
    return question


def next_turn(question: str, before: Turn | None, answer: str | None) -> Turn:
    """Return the turn to remember for a question as it was asked; a follow-up keeps the subject, or adds to it."""
    content = _content(question)
    if before and not content:
        return Turn(before.question, before.subject, answer)
    if before and _opens(question) and len(before.question) + len(content) < LONGEST:
        return Turn(f"{before.question}, {content}", f"{before.subject}, {content}", answer)
    whole = question.rstrip(" ?？¿.。!！")
    return Turn(whole, _without(_QUESTION_WORDS, whole) or whole, answer)


def _pattern(words: dict[str, str]) -> re.Pattern[str]:
    """Return what matches any of the words: whole ones in Latin script, anywhere in Chinese, longest first."""
    every = sorted({word for row in words.values() for word in row.split()}, key=lambda word: (-len(word), word))
    han = "|".join(word for word in every if is_han(word))
    latin = "|".join(re.escape(word) for word in every if not is_han(word))
    return re.compile(rf"(?<!\w)(?:{latin})(?![\w-])|{han}", re.IGNORECASE)


_QUESTION_WORDS = _pattern({code: " ".join(row.question_words) for code, row in LANGUAGES.items()})
_KNOWN = _pattern(
    {code: " ".join([*row.question_words, *row.function_words]) for code, row in LANGUAGES.items()}
    | {f"{code}+": f"{_OPENERS[code]} {_PRONOUNS[code]}" for code in LANGUAGES}
    | {"time": "时候 候 时 年 天 日 月 year day date time bao giờ lúc ngày giờ thế année jour heure tahun hari tanggal"}
)
_OPENER = _pattern(_OPENERS)
_PRONOUN = re.compile(rf"{_pattern(_PRONOUNS).pattern}|(?<!\w){_POSSESSIVE}(?!\w)", re.IGNORECASE)
_LOOKALIKE = re.compile("|".join(_LOOKALIKES.values()))


def _content(question: str) -> str:
    """Return the words of a question that say what it is about; a name is one even if it looks like a pronoun."""
    return _without(_KNOWN, question, names=not question.isupper())


def _without(pattern: re.Pattern[str], text: str, *, names: bool = False) -> str:
    """Return text without what a pattern matches and without loose punctuation; `names` keeps capitals inside it."""
    kept = list(text)
    simple = simplify(text)
    if len(simple) == len(text):  # the pattern knows simplified characters, and these stand where they stood
        for match in pattern.finditer(simple):
            if not (names and match.start() and match.group()[0].isupper()):
                kept[match.start() : match.end()] = " " * (match.end() - match.start())
    bare = " ".join("".join(kept).split())
    return bare.strip(" ,;:?？!！.。，、…-") if any(char.isalnum() for char in bare) else ""


def _opens(question: str) -> bool:
    text = _bare(question)
    match = _OPENER.match(text)
    if match is None:
        return False
    # `Dan Brown là ai?` asks of a name; `Dan Murati?` asks nothing by itself, so it goes on from something.
    named = re.match(rf"{_CAPITAL}\w+ {_CAPITAL}", text) is not None and not text.isupper()
    return not (named and _asks(question))


def _asks(question: str) -> bool:
    text = simplify(question)
    # AI is no Vietnamese `ai`, who.
    return _QUESTION_WORDS.search(text if text.isupper() else re.sub(r"\b[A-Z]{2,}\b", "…", text)) is not None


def _has_pronoun(question: str) -> bool:
    return _PRONOUN.search(_bare(question)) is not None


def _bare(question: str) -> str:
    """Return a question simplified, with what only looks like an opener or a pronoun taken out."""
    text = simplify(question).strip()
    return text if text.isupper() else _LOOKALIKE.sub("…", text)


def _size(content: str) -> float:
    han = len(re.findall(f"[{HAN}]", content))
    return han / 2 + len(re.findall(rf"[^\W{HAN}]+", content))
