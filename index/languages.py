"""The table of languages: one row a language.

A sixth language is one more row: nothing elsewhere asks which language it has before it. What is done with a row
stands in `analysis` (terms), `sentences`, `detection`, `dates`, `sections` and `metadata`.
"""

from dataclasses import dataclass
from typing import Literal

from index.errors import LanguageError

Segmentation = Literal["words", "syllables", "characters"]
Script = Literal["latin", "han"]


@dataclass(frozen=True, slots=True)
class PageWords:
    """What the news pages of a language write around an article, in the form that `sections.plain` gives it.

    `source_labels` and `credit_labels` stand before a colon (`Source :`, `Auteur :`); `source_cues` open a line of
    their own at the end of the body (`Theo The Washington Post`). `comment_headings` may be
    counted (`44 bình luận`).
    `markers` are lines that belong to no article wherever they stand; `widgets` and `contacts` are so only beside
    others of their kind. `notices` open disclaimers, `related` heads lists of other articles, and `footers` open or
    close a publisher's imprint.
    """

    source_labels: frozenset[str]
    credit_labels: frozenset[str]
    source_cues: frozenset[str]
    comment_headings: frozenset[str]
    markers: frozenset[str]
    widgets: frozenset[str]
    notices: frozenset[str]
    related: frozenset[str]
    footers: frozenset[str]
    contacts: frozenset[str]


@dataclass(frozen=True, slots=True)
class DateWords:
    """How a language writes dates, and the words around one.

    `months` from January and `weekdays` from Monday are each in all their forms. `day_first` reads `1/2/2023` as 1
    February; without it such a date is ambiguous and is not read.
    """

    months: tuple[frozenset[str], ...]
    weekdays: tuple[frozenset[str], ...]
    words: frozenset[str]
    day_first: bool


@dataclass(frozen=True, slots=True)
class NumberWords:
    """How a language writes amounts, folded, with the forms of words that are typed without diacritics.

    `decimal` is the mark before a fraction; the other of `.` and `,` groups thousands. `scales` are powers of ten by
    their exponent, `ones` the words from one on that stand before a scale (`un milliard`). `currencies` gives the
    ISO 4217 code of a currency's names, `units` the UCUM code of a time's. `percent` is written behind a number, or
    before it in Chinese; `counters` stand between a number and what is counted.
    """

    decimal: str
    scales: dict[str, int]
    ones: tuple[frozenset[str], ...]
    currencies: dict[str, str]
    units: dict[str, str]
    percent: frozenset[str]
    counters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """Words of an answer by which it says the same as another or does not.

    `titles` stand before a name, in Chinese behind it, and change nothing; `negations` turn what is said round, and
    `joiners` add another thing. `over` and `under` make an amount a bound.
    """

    titles: frozenset[str]
    negations: frozenset[str]
    joiners: frozenset[str]
    over: frozenset[str]
    under: frozenset[str]


@dataclass(frozen=True, slots=True)
class Language:
    """One row of the table.

    `stemmer` is a Snowball algorithm, `segmentation` how a run of letters becomes tokens. `function_words` are
    frequent words that tell the language and carry no content; `question_words` the ones that open questions.
    `abbreviations` (folded, without the final period) do not end a sentence. `letters` occur in no other language of
    the table; `elisions` are the short forms that lean on the next word (`l'Australie`).
    """

    code: str
    name: str
    autonym: str
    segmentation: Segmentation
    stemmer: str | None
    function_words: frozenset[str]
    question_words: frozenset[str]
    abbreviations: frozenset[str]
    script: Script
    letters: frozenset[str]
    elisions: frozenset[str]
    dates: DateWords
    numbers: NumberWords
    answers: AnswerWords
    page: PageWords


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> frozenset[str]:
    return frozenset(phrase.strip() for phrase in text.split("|") if phrase.strip())


def _months(text: str) -> tuple[frozenset[str], ...]:
    return tuple(_phrases(month.replace("/", "|")) for month in text.split("|"))


def _forms(text: str) -> dict[str, str]:
    """Return form → meaning of `meaning: form / form | …`."""
    entries = (entry.partition(":") for entry in text.split("|"))
    return {form.strip(): meaning.strip() for meaning, _, forms in entries for form in forms.split("/")}


def _scales(text: str) -> dict[str, int]:
    return {form: int(exponent) for form, exponent in _forms(text).items()}


# What languages call themselves in a page's language menu, regions in parentheses left out (CLDR, the commonest).
AUTONYMS = _phrases(
    "english | français | español | castellano | català | português | italiano | deutsch | nederlands | polski |"
    " čeština | slovenčina | slovenščina | magyar | română | български | ελληνικά | русский | українська | беларуская |"
    " српски | srpski | hrvatski | bosanski | svenska | dansk | norsk | norsk bokmål | suomi | eesti | latviešu |"
    " lietuvių | türkçe | azərbaycan | қазақша | o'zbekcha | עברית | العربية | بالعربية | عربي | فارسی |"
    " اردو | हिन्दी | हिंदी | বাংলা | मराठी | தமிழ் | తెలుగు | ਪੰਜਾਬੀ | ગુજરાતી | ไทย | ภาษาไทย | ລາວ | ខ្មែរ | မြန်မာ |"
    " tiếng việt | bahasa indonesia | bahasa melayu | filipino | tagalog | kiswahili | 中文 | 简体中文 | 繁体中文 |"
    " 日本语 | 日本語 | 한국어 | монгол | ქართული | հայերեն"
)


LANGUAGES: dict[str, Language] = {
    row.code: row
    for row in (
        Language(
            code="vi",
            name="Vietnamese",
            autonym="Tiếng Việt",
            segmentation="syllables",
            stemmer=None,
            function_words=_words(
                "là của và các có cho được không một những với người này đã trong khi ra vào để theo tại về như"
                " trên từ đến bị do thì mà nào gì đâu bao nhiêu ở làm sao nhất đó cũng sẽ nhưng vì bởi hay hoặc"
            ),
            question_words=_words("ai gì nào đâu mấy bao nhiêu sao khi"),
            abbreviations=_words("tp p q th gs ts ths bs ks pgs v.v vv mr mrs ms dr st no"),
            script="latin",
            letters=frozenset("ăđĩơũưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"),
            elisions=_words(""),
            dates=DateWords(
                months=_months(
                    "tháng 1/tháng 01/tháng một/tháng giêng/thang 1/thang 01"
                    " | tháng 2/tháng 02/tháng hai/thang 2/thang 02"
                    " | tháng 3/tháng 03/tháng ba/thang 3/thang 03 | tháng 4/tháng 04/tháng tư/thang 4/thang 04"
                    " | tháng 5/tháng 05/tháng năm/thang 5/thang 05 | tháng 6/tháng 06/tháng sáu/thang 6/thang 06"
                    " | tháng 7/tháng 07/tháng bảy/thang 7/thang 07 | tháng 8/tháng 08/tháng tám/thang 8/thang 08"
                    " | tháng 9/tháng 09/tháng chín/thang 9/thang 09 | tháng 10/tháng mười/thang 10"
                    " | tháng 11/tháng mười một/thang 11 | tháng 12/tháng mười hai/tháng chạp/thang 12"
                ),
                weekdays=_months(
                    "thứ hai/thứ 2 | thứ ba/thứ 3 | thứ tư/thứ 4 | thứ năm/thứ 5 | thứ sáu/thứ 6 | thứ bảy/thứ 7"
                    " | chủ nhật"
                ),
                words=_words("ngày năm lúc thứ hai ba tư sáu bảy chủ nhật cập đăng giờ phút hôm gmt"),
                day_first=True,
            ),
            numbers=NumberWords(
                decimal=",",
                scales=_scales("2: trăm / tram | 3: nghìn / nghin / ngàn / ngan | 6: triệu / trieu | 9: tỷ / tỉ / ty"),
                ones=_months(
                    "một/mot | hai | ba | bốn/bon | năm/nam | sáu/sau | bảy/bay | tám/tam | chín/chin | mười/muoi"
                ),
                currencies=_forms(
                    "USD: đô la mỹ / do la my / đô la / do la / đô-la / đô / mỹ kim | EUR: euro"
                    " | VND: đồng / dong / vnđ | GBP: bảng anh / bang anh"
                    " | CNY: nhân dân tệ / nhan dan te | JPY: yên nhật / yên | IDR: rupiah"
                ),
                units=_forms("s: giây | min: phút | h: giờ / tiếng | d: ngày | wk: tuần | mo: tháng | a: năm"),
                percent=_phrases("phần trăm | phan tram"),
            ),
            answers=AnswerWords(
                titles=_phrases("ông | bà"),
                negations=_phrases("không | chưa"),
                joiners=_phrases("và | hoặc | cùng"),
                over=_phrases("hơn | trên | ít nhất | tối thiểu"),
                under=_phrases("dưới | chưa đến | không quá | tối đa | gần"),
            ),
            page=PageWords(
                source_labels=_phrases("nguồn | nguồn tin | nguồn bài viết | theo nguồn"),
                credit_labels=_phrases("tác giả | biên tập | biên dịch | người dịch | phóng viên | ảnh | nguồn ảnh"),
                source_cues=_phrases("theo | dẫn theo | lược dịch từ"),
                comment_headings=_phrases("bình luận | phản hồi | ý kiến bạn đọc | bình luận của bạn đọc"),
                markers=_phrases(
                    "quảng cáo | xem bản gốc | chưa có bình luận | chưa có bình luận nào | không có bình luận"
                    " | hãy là người đầu tiên bình luận"
                ),
                widgets=_phrases("chia sẻ | thích | lưu | bình luận | trả lời | đăng lại | phần thưởng | cộng đồng"),
                notices=_phrases("trang này có thể chứa nội dung của bên thứ ba | quét để tải | miễn trừ trách nhiệm:"),
                related=_phrases(
                    "xu hướng | bài mới | tin liên quan | bài liên quan | bài viết liên quan | xem thêm | đọc thêm"
                ),
                footers=_phrases("chịu trách nhiệm nội dung | bản quyền thuộc về | giữ bản quyền"),
                contacts=_phrases(
                    "địa chỉ | số điện thoại | điện thoại | mst | mã số thuế | giấy phép | email | liên hệ | hotline"
                ),
            ),
        ),
        Language(
            code="fr",
            name="French",
            autonym="Français",
            segmentation="words",
            stemmer="french",
            function_words=_words(
                "le la les l un une des du de d et en est a à au aux dans que qui qu quoi quel quelle quels quelles"
                " où quand comment combien pourquoi ce cet cette ces il elle ils elles on nous vous se s ne n pas plus"
                " par pour sur avec son sa ses leur leurs été être avait ont sont était y t c j m lui même selon"
            ),
            question_words=_words("qui que quoi quel quelle quels quelles où quand comment combien pourquoi lequel"),
            abbreviations=_words("m mm mme mmes mlle dr pr st ste art av bd cf ex etc fig no n° p pp vol env max min"),
            script="latin",
            letters=frozenset("çëîïûœ"),
            elisions=_words("l d c j m n s t qu jusqu lorsqu puisqu quoiqu"),
            dates=DateWords(
                months=_months(
                    "janvier/janv | février/fevrier/févr | mars | avril/avr | mai | juin | juillet/juil | août/aout"
                    " | septembre/sept | octobre/oct | novembre/nov | décembre/decembre/déc"
                ),
                weekdays=_months("lundi | mardi | mercredi | jeudi | vendredi | samedi | dimanche"),
                words=_words(
                    "le publié mis mise à jour lundi mardi mercredi jeudi vendredi samedi dimanche h min heures date"
                ),
                day_first=True,
            ),
            numbers=NumberWords(
                decimal=",",
                scales=_scales(
                    "3: mille | 6: million / millions | 9: milliard / milliards / md / mds | 12: trillion / trillions"
                ),
                ones=_months("un/une | deux | trois | quatre | cinq | six | sept | huit | neuf | dix"),
                currencies=_forms(
                    "USD: dollar / dollars / de dollars | EUR: euro / euros / d'euros / d’euros"
                    " | GBP: livres sterling / de livres sterling"
                    " | CNY: yuan / yuans / de yuans | JPY: yen / yens / de yens | IDR: roupies indonésiennes"
                    " | VND: dong / dongs"
                ),
                units=_forms(
                    "s: seconde / secondes | min: minute / minutes | h: heure / heures / h | d: jour / jours"
                    " | wk: semaine / semaines | mo: mois | a: an / ans / année / années"
                ),
                percent=_phrases("pour cent | pourcent"),
            ),
            answers=AnswerWords(
                titles=_phrases("m | mr | mme | mlle | monsieur | madame"),
                negations=_phrases("non | pas | jamais | sans"),
                joiners=_phrases("et | ou"),
                over=_phrases("plus de | au moins | au-delà de"),
                under=_phrases("moins de | au plus | près de | presque"),
            ),
            page=PageWords(
                source_labels=_phrases("source | sources | source de l'article | source originale"),
                credit_labels=_phrases(
                    "auteur | auteurs | autrice | par | éditeur | editeur | rédacteur | rédaction | traducteur"
                    " | traduction | source de l'image | crédit photo | crédits | photo | image"
                ),
                source_cues=_phrases("selon | d'après | via | avec"),
                comment_headings=_phrases("commentaire | commentaires | commentaires des lecteurs"),
                markers=_phrases(
                    "publicité | contenu sponsorisé | voir l'original | aucun commentaire | pas de commentaire"
                    " | soyez le premier à commenter"
                ),
                widgets=_phrases(
                    "partager | commentaire | commentaires | reposter | récompense | j'aime | enregistrer"
                    " | communauté | imprimer | copier le lien | s'abonner | répondre"
                ),
                notices=_phrases(
                    "cette page peut inclure du contenu de tiers | scan pour télécharger | scannez pour télécharger"
                    " | clause de non-responsabilité"
                ),
                related=_phrases("lire aussi | à lire aussi | articles liés | articles similaires | sur le même sujet"),
                footers=_phrases("tous droits réservés | directeur de la publication"),
                contacts=_phrases("adresse | téléphone | tél | siret | siège social | e-mail | email | contact"),
            ),
        ),
        Language(
            code="zh",
            name="Chinese",
            autonym="中文",
            segmentation="characters",
            stemmer=None,
            function_words=_words("的 了 是 在 和 与 被 把 也 都 就 而 及 着 吗 呢 吧 之"),
            question_words=_words("谁 什么 哪 哪位 哪里 哪家 何时 多少 几 为什么 怎么 如何"),
            abbreviations=_words("mr mrs ms dr st inc co ltd corp no"),
            script="han",
            letters=frozenset(),
            elisions=_words(""),
            dates=DateWords(
                months=_months("1月 | 2月 | 3月 | 4月 | 5月 | 6月 | 7月 | 8月 | 9月 | 10月 | 11月 | 12月"),
                weekdays=_months(
                    "周一/星期一 | 周二/星期二 | 周三/星期三 | 周四/星期四 | 周五/星期五 | 周六/星期六"
                    " | 周日/星期日/周天/星期天"
                ),
                words=_phrases(
                    "发布时间 | 发布于 | 发布 | 发表于 | 发表时间 | 更新时间 | 更新于 | 更新 | 时间 | 日期 | 星期"
                    " | 周 | 上午 | 下午"
                ),
                day_first=False,
            ),
            numbers=NumberWords(
                decimal=".",
                scales=_scales("1: 十 | 2: 百 | 3: 千 | 4: 万 | 8: 亿 | 12: 兆"),
                ones=_months("一 | 二/两 | 三 | 四 | 五 | 六 | 七 | 八 | 九"),
                currencies=_forms(
                    "USD: 美元 / 美金 | EUR: 欧元 | VND: 越南盾 | GBP: 英镑 | CNY: 人民币 / 元人民币 / 元 | JPY: 日元"
                    " | IDR: 印尼盾 / 印尼卢比"
                ),
                units=_forms(
                    "s: 秒 | min: 分钟 | h: 小时 / 个小时 / 钟头 | d: 天 / 日 | wk: 周 / 星期 / 个星期 | mo: 个月"
                    " | a: 年"
                ),
                percent=_phrases("百分之"),
                counters=_phrases("人 | 名 | 位 | 个 | 家 | 次 | 岁 | 票 | 项 | 种 | 款 | 条 | 张 | 场 | 笔 | 成"),
            ),
            answers=AnswerWords(
                titles=_phrases("先生 | 女士 | 小姐"),
                negations=_phrases("不 | 没 | 未 | 无"),
                joiners=_phrases("和 | 与 | 及 | 或"),
                over=_phrases("超过 | 逾 | 多于 | 至少 | 以上"),
                under=_phrases("不到 | 少于 | 低于 | 近 | 最多 | 以下"),
            ),
            page=PageWords(
                source_labels=_phrases("来源 | 文章来源 | 新闻来源 | 信息来源 | 本文来源 | 稿源"),
                credit_labels=_phrases("作者 | 编辑 | 责任编辑 | 记者 | 撰文 | 翻译 | 文 | 图 | 图源 | 图片来源"),
                source_cues=frozenset(),
                comment_headings=_phrases("评论 | 条评论 | 网友评论 | 读者评论 | 全部评论 | 最新评论 | 热门评论"),
                markers=_phrases("广告 | 赞助内容 | 查看原文 | 暂无评论 | 还没有评论"),
                widgets=_phrases("分享 | 点赞 | 收藏 | 评论 | 转发 | 打赏 | 举报 | 社区 | 回复 | 微信 | 微博"),
                notices=_phrases(
                    "免责声明: | 温馨提示: | 风险提示: | 本页面可能包含第三方内容 | 扫码下载 | 扫描下载 | 转载请注明"
                ),
                related=_phrases("相关阅读 | 相关文章 | 推荐阅读 | 延伸阅读 | 热门文章 | 最新文章"),
                footers=_phrases("版权所有 | 版权声明 | 保留所有权利"),
                contacts=_phrases("地址 | 电话 | 联系电话 | 邮箱 | 联系我们"),
            ),
        ),
        Language(
            code="id",
            name="Indonesian",
            autonym="Bahasa Indonesia",
            segmentation="words",
            stemmer="indonesian",
            function_words=_words(
                "yang dan di ke dari untuk dengan ini itu adalah pada oleh dalam akan tidak juga sebagai telah sudah"
                " bisa karena atau ada mereka dia ia kami kita saya anda para bahwa saat apa siapa kapan mana di-mana"
                " dimana bagaimana mengapa kenapa berapa apakah setelah sebelum seorang sebuah tersebut lebih bukan"
            ),
            question_words=_words("apa siapa kapan mana dimana bagaimana mengapa kenapa berapa apakah"),
            abbreviations=_words("dr drs prof ir h hj sdr tn ny no tgl dll dsb dst pt cv tbk mr mrs st jl s.h m.sc"),
            script="latin",
            letters=frozenset(),
            elisions=_words(""),
            dates=DateWords(
                months=_months(
                    "januari/jan | februari/pebruari/feb | maret | april/apr | mei | juni/jun | juli/jul"
                    " | agustus/agu/agt | september/sep | oktober/okt | november/nopember/nov | desember/des"
                ),
                weekdays=_months("senin | selasa | rabu | kamis | jumat/jum'at | sabtu | hari minggu/ahad"),
                words=_words(
                    "tanggal pada pukul diterbitkan diperbarui terbit wib wita wit senin selasa rabu kamis jumat jum'at"
                    " sabtu minggu tahun"
                ),
                day_first=True,
            ),
            numbers=NumberWords(
                decimal=",",
                scales=_scales("2: ratus | 3: ribu / rb | 6: juta / jt | 9: miliar / milyar | 12: triliun"),
                ones=_months("satu | dua | tiga | empat | lima | enam | tujuh | delapan | sembilan | sepuluh"),
                currencies=_forms(
                    "USD: dolar as / dolar amerika / dolar | EUR: euro | IDR: rupiah / rp"
                    " | GBP: pound sterling / poundsterling | CNY: yuan | JPY: yen | VND: dong"
                ),
                units=_forms("s: detik | min: menit | h: jam | d: hari | wk: minggu / pekan | mo: bulan | a: tahun"),
                percent=_phrases("persen"),
            ),
            answers=AnswerWords(
                titles=_phrases("bapak | ibu | pak | bu | tuan | nyonya"),
                negations=_phrases("tidak | bukan | belum | tanpa"),
                joiners=_phrases("dan | atau | serta"),
                over=_phrases("lebih dari | di atas | setidaknya | sedikitnya"),
                under=_phrases("kurang dari | di bawah | hampir | paling banyak"),
            ),
            page=PageWords(
                source_labels=_phrases("sumber | sumber artikel | sumber berita | dikutip dari | dilansir dari"),
                credit_labels=_phrases(
                    "penulis | editor | penerjemah | reporter | oleh | foto | gambar | sumber gambar | sumber foto"
                ),
                source_cues=_phrases("dikutip dari | dilansir dari | dilansir | menurut | via"),
                comment_headings=_phrases("komentar | komentar pembaca"),
                markers=_phrases("iklan | lihat asli | tidak ada komentar | belum ada komentar"),
                widgets=_phrases(
                    "bagikan | komentar | posting ulang | hadiah | suka | simpan | komunitas | salin tautan | balas"
                ),
                notices=_phrases("halaman ini mungkin berisi konten pihak ketiga | pindai untuk mengunduh | penafian:"),
                related=_phrases("baca juga | simak juga | artikel terkait | berita terkait | berita terbaru"),
                footers=_phrases("hak cipta dilindungi | hak cipta dilindungi undang-undang"),
                contacts=_phrases("alamat | telepon | telp | npwp | email | hubungi kami"),
            ),
        ),
        Language(
            code="en",
            name="English",
            autonym="English",
            segmentation="words",
            stemmer="english",
            function_words=_words(
                "the a an of and to in is was were are be been for on at by with from that this these those it its as"
                " who whom whose what which when where why how did does do has have had not or but he she they his her"
                " their there will would can could should than then into about after before if so many much"
            ),
            question_words=_words("who whom whose what which when where why how"),
            abbreviations=_words(
                "mr mrs ms dr prof st sr jr inc ltd co corp vs etc e.g i.e no vol fig gen sen rep gov capt u.s u.k a.m"
                " p.m jan feb mar apr jun jul aug sep sept oct nov dec"
            ),
            script="latin",
            letters=frozenset(),
            elisions=_words(""),
            dates=DateWords(
                months=_months(
                    "january/jan | february/feb | march/mar | april/apr | may | june/jun | july/jul | august/aug"
                    " | september/sep/sept | october/oct | november/nov | december/dec"
                ),
                weekdays=_months("monday | tuesday | wednesday | thursday | friday | saturday | sunday"),
                words=_words(
                    "on at of the published updated posted date monday tuesday wednesday thursday friday saturday"
                    " sunday mon tue wed thu fri sat sun am pm gmt utc est edt pst pdt et pt"
                ),
                day_first=False,
            ),
            numbers=NumberWords(
                decimal=".",
                scales=_scales("2: hundred | 3: thousand | 6: million / mn | 9: billion / bn | 12: trillion"),
                ones=_months("one/a | two | three | four | five | six | seven | eight | nine | ten"),
                currencies=_forms(
                    "USD: us dollar / us dollars / dollar / dollars | EUR: euro / euros | GBP: pound sterling / pounds"
                    " sterling / pounds | CNY: yuan | JPY: yen | IDR: rupiah | VND: dong"
                ),
                units=_forms(
                    "s: second / seconds | min: minute / minutes | h: hour / hours | d: day / days | wk: week / weeks"
                    " | mo: month / months | a: year / years"
                ),
                percent=_phrases("percent | per cent"),
            ),
            answers=AnswerWords(
                titles=_phrases("mr | mrs | ms | dr | sir"),
                negations=_phrases("not | never | without"),
                joiners=_phrases("and | or"),
                over=_phrases("more than | over | above | at least"),
                under=_phrases("less than | fewer than | under | below | at most | nearly | almost"),
            ),
            page=PageWords(
                source_labels=_phrases("source | sources | article source | original source | news source"),
                credit_labels=_phrases(
                    "author | authors | by | written by | editor | edited by | reporter | translator | translated by"
                    " | image source | image credit | photo | photo credit | image"
                ),
                source_cues=_phrases("via | according to"),
                comment_headings=_phrases("comment | comments | reader comments"),
                markers=_phrases(
                    "advertisement | advertisements | sponsored content | view original | no comments | no comments yet"
                    " | be the first to comment | qrcode | qr code | story continues below advertisement"
                ),
                widgets=_phrases(
                    "share | tweet | like | save | comment | comments | repost | reward | reply | community | print"
                    " | copy link | subscribe | privacy policy | terms of service | terms of use | cookie policy"
                ),
                notices=_phrases(
                    "this page may contain third-party content | scan to download | scan the qr code to download"
                    " | disclaimer:"
                ),
                related=_phrases(
                    "related articles | related stories | read more | also read | read also | most read | latest news"
                    " | trending | you may also like"
                ),
                footers=_phrases("all rights reserved"),
                contacts=_phrases("address | phone | tel | email | contact us"),
            ),
        ),
    )
}


def language(code: str) -> Language:
    """Return the row of `code` (`zh-TW`, `FR` and the like find their language's row).

    Raises LanguageError for a code that is not in the table, naming the known ones.
    """
    row = LANGUAGES.get(code.strip().replace("_", "-").split("-")[0].casefold())
    if row is None:
        raise LanguageError(f"unknown language {code!r}: known are {', '.join(sorted(LANGUAGES))}")
    return row
