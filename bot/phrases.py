"""What the Discord bot says, language by language: one row a wording, and which row an asker gets.

A wording is a language of `index.languages` or a script of it: Chinese is written in two. Templates are filled by
`discord_render`; the words of slash commands stand in `command_names`. No quote is ever translated.
"""

from dataclasses import dataclass, fields

from index.analysis import simplify
from index.detection import candidates

DEFAULT = "en"


@dataclass(frozen=True, slots=True)
class Phrases:
    """One row of the table; `sure`, `likely`, `possible`, `doubtful` are how confident an answer is, in words."""

    code: str
    sure: str
    likely: str
    possible: str
    doubtful: str
    one_article: str
    several_articles: str
    several_languages: str
    dispute: str
    no_answer: str
    nearest: str
    understood: str
    undated: str
    comment: str
    more: str
    back: str
    context: str
    right: str
    wrong: str
    thanks: str
    in_context: str
    sources: str
    no_sources: str
    page: str
    blank: str
    too_long: str
    no_subject: str
    unreadable: str
    forgotten: str
    busy: str
    cooldown: str
    guild_limit: str
    time_out: str
    failed: str
    stopping: str
    expired: str
    not_here: str
    about: str
    help: str


_EN = Phrases(
    code="en",
    sure="almost certain",
    likely="likely",
    possible="possible",
    doubtful="doubtful",
    one_article="quoted from 1 article",
    several_articles="quoted from {articles} articles",
    several_languages="quoted from {articles} articles in {languages} languages",
    dispute="Another answer is given: {answers}",
    no_answer="The articles hold no answer that is sure enough.",
    nearest="The nearest passages, none of which is an answer:",
    understood="Understood as: {question}",
    undated="undated",
    comment="reader's comment",
    more="More sources",
    back="Back",
    context="Context {number}",
    right="Right answer",
    wrong="Wrong answer",
    thanks="Thank you. It is written down, without your name.",
    in_context="The quote in its article",
    sources="{articles} articles in {languages} languages",
    no_sources="Nothing is indexed yet.",
    page="page {page} of {pages}",
    blank="Ask something with at least one letter or digit.",
    too_long="The question has {length} characters; at most {most} are taken. Shorten it.",
    no_subject="I do not know what this refers to. Ask the whole question.",
    unreadable="Discord did not show me your text. Mention me in it, or leave the ping of the reply on.",
    forgotten="Forgotten: your next question stands on its own.",
    busy="Busy: too many questions are waiting. Try again in a moment.",
    cooldown="One question at a time: try again in {seconds} s.",
    guild_limit="This server has asked a lot in the last minute: try again in {seconds} s.",
    time_out="That took too long, and was given up. Try again.",
    failed="Something went wrong on my side; it is logged. Try again.",
    stopping="I am being restarted. Ask again in a minute.",
    expired="This answer is too old for its buttons: ask again.",
    not_here="I do not answer in this channel.",
    about="PolyQuote answers with sentences of news articles, word for word, and says where they stand."
    " It writes nothing of its own.\n{articles} articles, {passages} passages in {languages}; generation {generation}.",
    help="**Ask** with `/ask`, by mentioning me, by replying to me, in a direct message, or with “Ask about this” in a"
    " message's menu. The question may be in any of the languages; the quotes stay in theirs.\n"
    "In a thread or a chain of replies you can go on: “and when?”. `/forget` ends that.\n"
    "`/sources` lists what is indexed. **Context** shows a quote in its article; **Right answer** and **Wrong answer**"
    " are written down and make the next version better.",
)
_FR = Phrases(
    code="fr",
    sure="presque certain",
    likely="probable",
    possible="possible",
    doubtful="douteux",
    one_article="cité d’un article",
    several_articles="cité de {articles} articles",
    several_languages="cité de {articles} articles en {languages} langues",
    dispute="Une autre réponse est donnée : {answers}",
    no_answer="Les articles ne contiennent pas de réponse assez sûre.",
    nearest="Les passages les plus proches, dont aucun n’est une réponse :",
    understood="Compris comme : {question}",
    undated="sans date",
    comment="commentaire de lecteur",
    more="Plus de sources",
    back="Retour",
    context="Contexte {number}",
    right="Bonne réponse",
    wrong="Mauvaise réponse",
    thanks="Merci. C’est noté, sans votre nom.",
    in_context="La citation dans son article",
    sources="{articles} articles en {languages} langues",
    no_sources="Rien n’est encore indexé.",
    page="page {page} sur {pages}",
    blank="Posez une question avec au moins une lettre ou un chiffre.",
    too_long="La question a {length} caractères ; le maximum est {most}. Raccourcissez-la.",
    no_subject="Je ne sais pas de quoi il s’agit. Posez la question entière.",
    unreadable="Discord ne m’a pas montré votre texte. Mentionnez-moi, ou laissez activée la notification.",
    forgotten="Oublié : votre prochaine question sera prise seule.",
    busy="Occupé : trop de questions attendent. Réessayez dans un instant.",
    cooldown="Une question à la fois : réessayez dans {seconds} s.",
    guild_limit="Ce serveur a beaucoup demandé en une minute : réessayez dans {seconds} s.",
    time_out="Cela a pris trop de temps et a été abandonné. Réessayez.",
    failed="Quelque chose s’est mal passé de mon côté ; c’est consigné. Réessayez.",
    stopping="Je redémarre. Redemandez dans une minute.",
    expired="Cette réponse est trop ancienne pour ses boutons : redemandez.",
    not_here="Je ne réponds pas dans ce salon.",
    about="PolyQuote répond par des phrases d’articles de presse, mot pour mot, et dit où elles se trouvent."
    " Il n’écrit rien de lui-même.\n{articles} articles, {passages} passages en {languages} ; génération {generation}.",
    help="**Demandez** avec `/ask`, en me mentionnant, en me répondant, en message privé, ou par « Demander à ce"
    " sujet » dans le menu d’un message. La question peut être dans n’importe laquelle des langues ; les citations"
    " restent dans la leur.\nDans un fil ou une chaîne de réponses, continuez : « et quand ? ». `/forget` y met fin.\n"
    "`/sources` montre ce qui est indexé. **Contexte** montre une citation dans son article ; **Bonne réponse** et"
    " **Mauvaise réponse** sont notées et améliorent la prochaine version.",
)
_VI = Phrases(
    code="vi",
    sure="gần như chắc chắn",
    likely="nhiều khả năng",
    possible="có thể",
    doubtful="không chắc",
    one_article="trích từ 1 bài viết",
    several_articles="trích từ {articles} bài viết",
    several_languages="trích từ {articles} bài viết bằng {languages} ngôn ngữ",
    dispute="Cũng có câu trả lời khác: {answers}",
    no_answer="Các bài viết không có câu trả lời đủ chắc chắn.",
    nearest="Những đoạn gần nhất, không đoạn nào là câu trả lời:",
    understood="Hiểu là: {question}",
    undated="không rõ ngày",
    comment="bình luận của độc giả",
    more="Thêm nguồn",
    back="Quay lại",
    context="Ngữ cảnh {number}",
    right="Trả lời đúng",
    wrong="Trả lời sai",
    thanks="Cảm ơn bạn. Đã ghi lại, không kèm tên bạn.",
    in_context="Câu trích trong bài viết",
    sources="{articles} bài viết bằng {languages} ngôn ngữ",
    no_sources="Chưa có bài viết nào được lập chỉ mục.",
    page="trang {page}/{pages}",
    blank="Hãy hỏi điều gì đó có ít nhất một chữ cái hoặc chữ số.",
    too_long="Câu hỏi có {length} ký tự; tối đa là {most}. Hãy rút ngắn.",
    no_subject="Tôi không biết câu này nói về điều gì. Hãy hỏi cả câu.",
    unreadable="Discord không cho tôi xem nội dung của bạn. Hãy nhắc tên tôi, hoặc bật thông báo khi trả lời.",
    forgotten="Đã quên: câu hỏi tiếp theo của bạn sẽ đứng riêng.",
    busy="Đang bận: quá nhiều câu hỏi đang chờ. Hãy thử lại sau giây lát.",
    cooldown="Mỗi lần một câu hỏi: hãy thử lại sau {seconds} giây.",
    guild_limit="Máy chủ này đã hỏi nhiều trong phút vừa qua: hãy thử lại sau {seconds} giây.",
    time_out="Mất quá nhiều thời gian nên đã dừng. Hãy thử lại.",
    failed="Đã có lỗi ở phía tôi và đã được ghi lại. Hãy thử lại.",
    stopping="Tôi đang khởi động lại. Hãy hỏi lại sau một phút.",
    expired="Câu trả lời này đã quá cũ để dùng nút: hãy hỏi lại.",
    not_here="Tôi không trả lời trong kênh này.",
    about="PolyQuote trả lời bằng câu của các bài báo, đúng từng chữ, và cho biết chúng ở đâu."
    " Nó không tự viết gì cả.\n{articles} bài viết, {passages} đoạn bằng {languages}; thế hệ {generation}.",
    help="**Hỏi** bằng `/ask`, nhắc tên tôi, trả lời tin của tôi, nhắn riêng, hoặc chọn “Hỏi về tin này” trong trình"
    " đơn của tin nhắn. Câu hỏi có thể bằng bất kỳ ngôn ngữ nào trong số đó; câu trích giữ nguyên ngôn ngữ.\n"
    "Trong chủ đề hay chuỗi trả lời, bạn có thể hỏi tiếp: “còn khi nào?”. `/forget` kết thúc việc đó.\n"
    "`/sources` liệt kê những gì đã lập chỉ mục. **Ngữ cảnh** cho xem câu trích trong bài; **Trả lời đúng** và"
    " **Trả lời sai** được ghi lại để cải thiện phiên bản sau.",
)
_ID = Phrases(
    code="id",
    sure="hampir pasti",
    likely="kemungkinan besar",
    possible="mungkin",
    doubtful="meragukan",
    one_article="dikutip dari 1 artikel",
    several_articles="dikutip dari {articles} artikel",
    several_languages="dikutip dari {articles} artikel dalam {languages} bahasa",
    dispute="Ada pula jawaban lain: {answers}",
    no_answer="Artikel-artikel tidak memuat jawaban yang cukup pasti.",
    nearest="Bagian terdekat, tidak satu pun merupakan jawaban:",
    understood="Dipahami sebagai: {question}",
    undated="tanpa tanggal",
    comment="komentar pembaca",
    more="Sumber lain",
    back="Kembali",
    context="Konteks {number}",
    right="Jawaban benar",
    wrong="Jawaban salah",
    thanks="Terima kasih. Sudah dicatat, tanpa nama Anda.",
    in_context="Kutipan di dalam artikelnya",
    sources="{articles} artikel dalam {languages} bahasa",
    no_sources="Belum ada yang diindeks.",
    page="halaman {page} dari {pages}",
    blank="Tanyakan sesuatu dengan setidaknya satu huruf atau angka.",
    too_long="Pertanyaan ini {length} karakter; paling banyak {most}. Persingkatlah.",
    no_subject="Saya tidak tahu ini merujuk ke apa. Ajukan pertanyaan lengkap.",
    unreadable="Discord tidak menunjukkan teks Anda. Sebut saya di dalamnya, atau biarkan notifikasi balasan menyala.",
    forgotten="Sudah dilupakan: pertanyaan Anda berikutnya berdiri sendiri.",
    busy="Sibuk: terlalu banyak pertanyaan menunggu. Coba lagi sebentar lagi.",
    cooldown="Satu pertanyaan setiap kali: coba lagi dalam {seconds} detik.",
    guild_limit="Server ini banyak bertanya dalam satu menit terakhir: coba lagi dalam {seconds} detik.",
    time_out="Terlalu lama, jadi dihentikan. Coba lagi.",
    failed="Ada yang salah di pihak saya dan sudah dicatat. Coba lagi.",
    stopping="Saya sedang dimulai ulang. Tanyakan lagi satu menit lagi.",
    expired="Jawaban ini terlalu lama untuk tombolnya: tanyakan lagi.",
    not_here="Saya tidak menjawab di kanal ini.",
    about="PolyQuote menjawab dengan kalimat dari artikel berita, kata demi kata, dan menyebut letaknya."
    " Ia tidak menulis apa pun sendiri.\n"
    "{articles} artikel, {passages} bagian dalam {languages}; generasi {generation}.",
    help="**Tanyakan** dengan `/ask`, dengan menyebut saya, membalas saya, lewat pesan langsung, atau dengan “Tanya"
    " tentang ini” di menu sebuah pesan. Pertanyaan boleh dalam bahasa mana pun; kutipan tetap dalam bahasanya.\n"
    "Di utas atau rantai balasan Anda bisa melanjutkan: “dan kapan?”. `/forget` mengakhirinya.\n"
    "`/sources` menampilkan yang diindeks. **Konteks** menunjukkan kutipan di artikelnya; **Jawaban benar** dan"
    " **Jawaban salah** dicatat dan memperbaiki versi berikutnya.",
)
_HANS = Phrases(
    code="zh-Hans",
    sure="几乎可以肯定",
    likely="很可能",
    possible="有可能",
    doubtful="不太确定",
    one_article="引自 1 篇文章",
    several_articles="引自 {articles} 篇文章",
    several_languages="引自 {languages} 种语言的 {articles} 篇文章",
    dispute="也有不同的答案：{answers}",
    no_answer="文章中没有足够确定的答案。",
    nearest="最接近的段落（都不是答案）：",
    understood="理解为：{question}",
    undated="日期不详",
    comment="读者评论",
    more="更多来源",
    back="返回",
    context="上下文 {number}",
    right="答案正确",
    wrong="答案错误",
    thanks="谢谢。已记录，不含您的姓名。",
    in_context="引文在文章中的位置",
    sources="{languages} 种语言的 {articles} 篇文章",
    no_sources="还没有收录任何文章。",
    page="第 {page}/{pages} 页",
    blank="请至少用一个文字或数字来提问。",
    too_long="问题有 {length} 个字符，最多 {most} 个，请缩短。",
    no_subject="我不知道这指的是什么，请提出完整的问题。",
    unreadable="Discord 没有向我显示您的文字。请提及我，或在回复时保留通知。",
    forgotten="已忘记：您的下一个问题将单独处理。",
    busy="正忙：等待的问题太多，请稍后再试。",
    cooldown="请一次问一个问题：{seconds} 秒后再试。",
    guild_limit="本服务器在过去一分钟内提问太多：{seconds} 秒后再试。",
    time_out="用时过长，已放弃，请再试一次。",
    failed="我这边出了问题，已记录，请再试一次。",
    stopping="我正在重启，请一分钟后再问。",
    expired="这个答案太旧，按钮已失效，请重新提问。",
    not_here="我不在这个频道回答。",
    about="PolyQuote 用新闻文章中的原句逐字回答，并注明出处，自己不写任何内容。\n"
    "{articles} 篇文章、{passages} 个段落，语言：{languages}；第 {generation} 代。",
    help="**提问**：用 `/ask`、提及我、回复我、私信，或在消息菜单中选“就此提问”。"
    "可用其中任何一种语言提问，引文保持原文。\n"
    "在子区或回复链中可以追问：“那是什么时候？”。`/forget` 结束追问。\n"
    "`/sources` 列出已收录的文章。**上下文**显示引文所在的文章；**答案正确**和**答案错误**会被记录，用来改进下一版。",
)
_HANT = Phrases(
    code="zh-Hant",
    sure="幾乎可以肯定",
    likely="很可能",
    possible="有可能",
    doubtful="不太確定",
    one_article="引自 1 篇文章",
    several_articles="引自 {articles} 篇文章",
    several_languages="引自 {languages} 種語言的 {articles} 篇文章",
    dispute="也有不同的答案：{answers}",
    no_answer="文章中沒有足夠確定的答案。",
    nearest="最接近的段落（都不是答案）：",
    understood="理解為：{question}",
    undated="日期不詳",
    comment="讀者評論",
    more="更多來源",
    back="返回",
    context="上下文 {number}",
    right="答案正確",
    wrong="答案錯誤",
    thanks="謝謝。已記錄，不含您的姓名。",
    in_context="引文在文章中的位置",
    sources="{languages} 種語言的 {articles} 篇文章",
    no_sources="還沒有收錄任何文章。",
    page="第 {page}/{pages} 頁",
    blank="請至少用一個文字或數字來提問。",
    too_long="問題有 {length} 個字元，最多 {most} 個，請縮短。",
    no_subject="我不知道這指的是什麼，請提出完整的問題。",
    unreadable="Discord 沒有向我顯示您的文字。請提及我，或在回覆時保留通知。",
    forgotten="已忘記：您的下一個問題將單獨處理。",
    busy="忙碌中：等待的問題太多，請稍後再試。",
    cooldown="請一次問一個問題：{seconds} 秒後再試。",
    guild_limit="本伺服器在過去一分鐘內提問太多：{seconds} 秒後再試。",
    time_out="用時過長，已放棄，請再試一次。",
    failed="我這邊出了問題，已記錄，請再試一次。",
    stopping="我正在重新啟動，請一分鐘後再問。",
    expired="這個答案太舊，按鈕已失效，請重新提問。",
    not_here="我不在這個頻道回答。",
    about="PolyQuote 用新聞文章中的原句逐字回答，並註明出處，自己不寫任何內容。\n"
    "{articles} 篇文章、{passages} 個段落，語言：{languages}；第 {generation} 代。",
    help="**提問**：用 `/ask`、提及我、回覆我、私訊，或在訊息選單中選「就此提問」。"
    "可用其中任何一種語言提問，引文保持原文。\n"
    "在討論串或回覆鏈中可以追問：「那是什麼時候？」。`/forget` 結束追問。\n"
    "`/sources` 列出已收錄的文章。**上下文**顯示引文所在的文章；**答案正確**和**答案錯誤**會被記錄，用來改進下一版。",
)

PHRASES = {row.code: row for row in (_VI, _FR, _HANS, _HANT, _ID, _EN)}
FIELDS = tuple(field.name for field in fields(Phrases))


def wording(text: str, locale: str | None = None) -> Phrases:
    """Return the row for who asked `text`: its language where it is plain, else that of their Discord `locale`.

    A text of names alone could be in several languages; then the locale decides if it is one of them or the text is in
    none. Chinese is told traditional by the text's own characters, else by the locale.
    """
    of_locale = _of_locale(locale)
    plausible = candidates(text)
    if not plausible:
        return PHRASES[of_locale or DEFAULT]
    language = plausible[0]
    if of_locale and len(plausible) > 1 and of_locale.split("-")[0] in plausible:
        return PHRASES[of_locale]
    if language in PHRASES:
        return PHRASES[language]
    if simplify(text) != text:
        return _HANT
    return PHRASES[of_locale] if of_locale and of_locale.startswith(language) else _HANS


def _of_locale(locale: str | None) -> str | None:
    """Return the code of the row for a Discord locale (`en-GB`, `zh-TW`), None where there is none."""
    if not locale:
        return None
    language, _, region = locale.partition("-")
    if language == "zh":
        return "zh-Hant" if region in ("TW", "HK", "MO", "Hant") else "zh-Hans"
    return language if language in PHRASES else None
