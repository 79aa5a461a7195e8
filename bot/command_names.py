"""The slash commands' names and descriptions in the locales that Discord shows them in; data only.

Discord's rules (docs/interactions/application-commands): names are 1 to 32 characters, lower case and without spaces
but for menu commands; descriptions 1 to 100. `en-US` is what a locale without a row sees.
"""

LOCALES = ("en-US", "en-GB", "fr", "vi", "id", "zh-CN", "zh-TW")
BASE = LOCALES[0]


def _row(
    english: str, french: str, vietnamese: str, indonesian: str, simplified: str, traditional: str
) -> dict[str, str]:
    return dict(zip(LOCALES, (english, english, french, vietnamese, indonesian, simplified, traditional), strict=True))


COMMAND_NAMES: dict[str, dict[str, str]] = {
    "ask": _row("ask", "demander", "hỏi", "tanya", "提问", "提問"),
    "ask.about": _row(
        "Ask the articles; get the exact quote, cited",
        "Interroger les articles : la citation exacte et sa source",
        "Hỏi các bài viết và nhận câu trích nguyên văn kèm nguồn",
        "Tanyakan pada artikel dan dapatkan kutipan persis beserta sumbernya",
        "向文章提问，得到逐字引文和出处",
        "向文章提問，得到逐字引文和出處",
    ),
    "question": _row("question", "question", "câu-hỏi", "pertanyaan", "问题", "問題"),
    "question.about": _row(
        "Your question, in any language",
        "Votre question, dans n’importe quelle langue",
        "Câu hỏi của bạn, bằng bất kỳ ngôn ngữ nào",
        "Pertanyaan Anda, dalam bahasa apa pun",
        "您的问题，任何语言都可以",
        "您的問題，任何語言都可以",
    ),
    "language": _row("language", "langue", "ngôn-ngữ", "bahasa", "语言", "語言"),
    "language.about": _row(
        "Only articles in this language",
        "Seulement les articles dans cette langue",
        "Chỉ các bài viết bằng ngôn ngữ này",
        "Hanya artikel dalam bahasa ini",
        "只查这种语言的文章",
        "只查這種語言的文章",
    ),
    "source": _row("source", "source", "nguồn", "sumber", "来源", "來源"),
    "source.about": _row(
        "Only articles from this source",
        "Seulement les articles de cette source",
        "Chỉ các bài viết từ nguồn này",
        "Hanya artikel dari sumber ini",
        "只查这个来源的文章",
        "只查這個來源的文章",
    ),
    "private": _row("private", "privé", "riêng-tư", "pribadi", "私密", "私密"),
    "private.about": _row(
        "Show the answer to you alone",
        "Ne montrer la réponse qu’à vous",
        "Chỉ hiện câu trả lời cho bạn",
        "Tampilkan jawaban hanya untuk Anda",
        "答案只给您自己看",
        "答案只給您自己看",
    ),
    "sources": _row("sources", "sources", "các-nguồn", "daftar-sumber", "来源列表", "來源列表"),
    "sources.about": _row(
        "What is indexed: titles, languages, dates",
        "Ce qui est indexé : titres, langues, dates",
        "Những gì đã lập chỉ mục: tiêu đề, ngôn ngữ, ngày",
        "Yang diindeks: judul, bahasa, tanggal",
        "已收录的文章：标题、语言、日期",
        "已收錄的文章：標題、語言、日期",
    ),
    "about": _row("about", "à-propos", "giới-thiệu", "tentang", "关于", "關於"),
    "about.about": _row(
        "What this bot is and what it knows",
        "Ce qu’est ce bot et ce qu’il sait",
        "Bot này là gì và biết những gì",
        "Apa bot ini dan apa yang diketahuinya",
        "这个机器人是什么，知道什么",
        "這個機器人是什麼，知道什麼",
    ),
    "help": _row("help", "aide", "trợ-giúp", "bantuan", "帮助", "說明"),
    "help.about": _row("How to ask", "Comment demander", "Cách hỏi", "Cara bertanya", "如何提问", "如何提問"),
    "forget": _row("forget", "oublier", "quên", "lupakan", "忘记", "忘記"),
    "forget.about": _row(
        "Forget what your follow-up questions refer to",
        "Oublier ce à quoi renvoient vos questions suivantes",
        "Quên điều mà các câu hỏi tiếp theo của bạn nhắc đến",
        "Lupakan acuan pertanyaan lanjutan Anda",
        "忘记您的追问所指的内容",
        "忘記您的追問所指的內容",
    ),
    "menu": _row(
        "Ask about this", "Demander à ce sujet", "Hỏi về tin này", "Tanya tentang ini", "就此提问", "就此提問"
    ),
}


def localised(key: str, locale: str) -> str | None:
    """Return the text of a key in a Discord locale; None where there is no row and Discord falls back to English."""
    return COMMAND_NAMES[key].get(locale)
