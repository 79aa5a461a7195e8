"""Questions that a text about someone raises and does not answer: "When was ... born?", "What is ...'s salary?".

A name from the text is put into a template in any of the five languages, if no word of the text, in any of them, speaks of the matter. As
in SQuAD 2.0 (Rajpurkar, Jia & Liang 2018) such questions share their subject with the text, so that overlap alone is no answer.
"""

import random
import re

# For each matter: stems that would make it answerable, then the question in each language.
_MATTERS: tuple[tuple[str, dict[str, str]], ...] = (
    ("born birth sinh né née naissance 出生 生于 生於 lahir", {
        "en": "When was {} born?", "vi": "{} sinh năm nào?", "fr": "Quand {} est-il né ?", "zh": "{}是什么时候出生的？",
        "id": "Kapan {} lahir?"}),
    ("born birth native sinh quê né née 出生 出身 人 lahir asal", {
        "en": "Where was {} born?", "vi": "{} sinh ra ở đâu?", "fr": "Où est né {} ?", "zh": "{}出生在哪里？",
        "id": "Di mana {} lahir?"}),
    ("died death dead chết mất qua đời mort décé 去世 逝世 死 meninggal wafat mati", {
        "en": "When did {} die?", "vi": "{} qua đời khi nào?", "fr": "Quand {} est-il mort ?", "zh": "{}是哪一年去世的？",
        "id": "Kapan {} meninggal?"}),
    ("salary earn paid pay wage lương salaire gagn rémun 薪 工资 年薪 gaji penghasilan", {
        "en": "What is the salary of {}?", "vi": "Lương của {} là bao nhiêu?", "fr": "Quel est le salaire de {} ?",
        "zh": "{}的薪水是多少？", "id": "Berapa gaji {}?"}),
    ("age aged old tuổi âge ans 岁 歲 年龄 usia umur berusia", {
        "en": "How old is {}?", "vi": "{} bao nhiêu tuổi?", "fr": "Quel âge a {} ?", "zh": "{}多大年纪？",
        "id": "Berapa umur {}?"}),
    ("wife husband married spouse vợ chồng kết hôn épou mari femme 妻 丈夫 结婚 結婚 istri suami menikah", {
        "en": "Who is {} married to?", "vi": "{} kết hôn với ai?", "fr": "Avec qui {} est-il marié ?", "zh": "{}的配偶是谁？",
        "id": "Siapa pasangan {}?"}),
    ("school universit college studied học trường étud école 大学 大學 学 學 毕业 kuliah sekolah belajar", {
        "en": "Which university did {} attend?", "vi": "{} học trường đại học nào?", "fr": "Dans quelle université {} a-t-il étudié ?",
        "zh": "{}毕业于哪所大学？", "id": "Di universitas mana {} belajar?"}),
    ("founded founder found establish start thành lập sáng lập fond cré 成立 创 創 建立 didiri pendiri", {
        "en": "Who founded {}?", "vi": "Ai đã thành lập {}?", "fr": "Qui a fondé {} ?", "zh": "{}是谁创立的？",
        "id": "Siapa pendiri {}?"}),
    ("founded founder establish start thành lập sáng lập fond cré 成立 创 創 建立 didiri pendiri", {
        "en": "When was {} founded?", "vi": "{} được thành lập năm nào?", "fr": "En quelle année {} a-t-il été fondé ?",
        "zh": "{}成立于哪一年？", "id": "Kapan {} didirikan?"}),
    ("headquarter based trụ sở siège 总部 總部 markas pusat", {
        "en": "Where is the headquarters of {}?", "vi": "Trụ sở của {} ở đâu?", "fr": "Où se trouve le siège de {} ?",
        "zh": "{}的总部在哪里？", "id": "Di mana kantor pusat {}?"}),
    ("population people inhabitants residents dân người habitants 人口 居民 penduduk jiwa", {
        "en": "What is the population of {}?", "vi": "Dân số của {} là bao nhiêu?", "fr": "Quelle est la population de {} ?",
        "zh": "{}的人口是多少？", "id": "Berapa jumlah penduduk {}?"}),
    ("price cost share stock giá prix coût action 价 價 股 harga saham", {
        "en": "What is the share price of {}?", "vi": "Giá cổ phiếu của {} là bao nhiêu?", "fr": "Quel est le prix de l'action de {} ?",
        "zh": "{}的股价是多少？", "id": "Berapa harga saham {}?"}),
    ("chief ceo head director president chair giám đốc chủ tịch pdg dirig directeur présid 总裁 总监 执行 執行 董事 direktur ketua presiden pemimpin", {
        "en": "Who is the CEO of {}?", "vi": "Ai là giám đốc điều hành của {}?", "fr": "Qui est le PDG de {} ?",
        "zh": "{}的首席执行官是谁？", "id": "Siapa CEO {}?"}),
    ("employ staff worker nhân viên employé salarié personnel 员工 員工 雇员 karyawan pegawai pekerja", {
        "en": "How many employees does {} have?", "vi": "{} có bao nhiêu nhân viên?", "fr": "Combien d'employés compte {} ?",
        "zh": "{}有多少员工？", "id": "Berapa jumlah karyawan {}?"}),
    ("colour color màu couleur 颜色 色 warna", {
        "en": "What colour is {}?", "vi": "{} có màu gì?", "fr": "De quelle couleur est {} ?", "zh": "{}是什么颜色的？",
        "id": "Apa warna {}?"}),
)  # fmt: skip
_NAME = re.compile(r"(?<![\w.])[A-ZĐ][\w’'-]{2,}(?: [A-ZĐ][\w’'-]+)*(?!\w)")


def unanswered(text: str, rng: random.Random) -> str | None:
    """Ask about a name of `text` something of which it does not speak; None when it names nobody."""
    names = [m.group() for m in _NAME.finditer(text) if m.start() > 0 and len(m.group()) < 40]
    folded = text.casefold()
    silent = [questions for stems, questions in _MATTERS if not any(stem in folded for stem in stems.split())]
    if not names or not silent:
        return None
    questions = rng.choice(silent)
    return questions[rng.choice(sorted(questions))].format(rng.choice(names))
