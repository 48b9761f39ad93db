"""Which locale a value is of, from its script, its letters, its words and what is known of it."""

from __future__ import annotations

import re

_SCRIPTS = (
    ("[぀-ヿ]", "ja_JP"), ("[가-힣]", "ko_KR"), ("[一-鿿]", "zh_CN"), ("[іїєґІЇЄҐ]", "uk_UA"),
    ("[а-яёА-ЯЁ]", "ru_RU"), ("[Ͱ-Ͽἀ-῿]", "el_GR"), ("[֐-׿]", "he_IL"), ("[؀-ۿ]", "ar_SA"),
    ("[ऀ-ॿ]", "hi_IN"), ("[฀-๿]", "th_TH"), ("[Ⴀ-ჿ]", "ka_GE"), ("[԰-֏]", "hy_AM"),
)  # fmt: skip
_CONTEXTS = (
    ("germany|german|steuer|strasse|straße|vorname|nachname|geburt", "de_DE"),
    ("france|french|prenom|prénom|naissance", "fr_FR"), ("spain|apellido|nacimiento", "es_ES"),
    ("italy|codice|cognome", "it_IT"), ("netherlands|dutch|voornaam|achternaam", "nl_NL"),
    ("poland|pesel|nazwisko", "pl_PL"), ("brazil|cpf|sobrenome|nascimento", "pt_BR"),
    ("portugal", "pt_PT"), ("uk-|nhs|british", "en_GB"), ("australia", "en_AU"),
    ("india-", "en_IN"),
    ("mexico", "es_MX"), ("sweden|efternamn", "sv_SE"), ("denmark", "da_DK"), ("norway", "no_NO"),
    ("finland", "fi_FI"), ("japan", "ja_JP"), ("russia", "ru_RU"), ("china-", "zh_CN"),
    ("austria", "de_AT"), ("switzerland", "de_CH"), ("canada", "en_CA"), ("ireland", "en_IE"),
)  # fmt: skip
_WORDS = (
    (r"(?i)stra(?:ß|ss)e\b|str\.|\bplatz\b|\bweg\b|\b[\w-]+(?:gasse|weg|allee|platz)\b", "de_DE"),
    (r"(?i)\brue\b|\bavenue de|\bboulevard\b|\bplace d|\bchemin\b|\bquai\b", "fr_FR"),
    (r"(?i)\bcalle\b|\bc/|\bplaza\b|\bavda\b|\bpaseo\b", "es_ES"),
    (r"(?i)\bvia\b|\bviale\b|\bpiazza\b|\bcorso\b", "it_IT"),
    (r"(?i)\bulica\b|\bul\.|\baleja\b|\bal\.", "pl_PL"),
    (r"(?i)\brua\b|\bavenida\b|\btravessa\b", "pt_BR"),
    (r"(?i)straat\b|gracht\b|plein\b|laan\b", "nl_NL"),
    (r"(?i)gatan\b|vägen\b", "sv_SE"),
    (r"\b[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}\b", "en_GB"),
)
_LETTERS = (
    ("ß", "de_DE"), ("[ñÑ¿¡]", "es_ES"), ("[ãõÃÕ]", "pt_BR"), ("[łąęśżźŁĄĘŚŻŹ]", "pl_PL"),
    ("[åÅ]", "sv_SE"), ("[øæØÆ]", "da_DK"), ("[őűŐŰ]", "hu_HU"), ("[ěřůĚŘŮ]", "cs_CZ"),
    ("[ğışĞİŞ]", "tr_TR"), ("[șțăȘȚĂ]", "ro_RO"), ("[čđČĐ]", "hr_HR"), ("[êëèçœÊËÈÇŒ]", "fr_FR"),
    ("[äöüÄÖÜ]", "de_DE"), ("[ìòùÌÒÙ]", "it_IT"), ("[áíóúÁÍÓÚ]", "es_ES"), ("[éÉâîôû]", "fr_FR"),
)  # fmt: skip
_USUAL = "en_US"


def of_words(words: str) -> str | None:
    """The locale that words such as the names of columns are of; None where they do not tell."""
    lowered = words.lower()
    return next((locale for known, locale in _CONTEXTS if re.search(known, lowered)), None)


def guess(value: str, context: str = "") -> str:
    """A locale of Faker's, such as `de_DE`; `en_US` where nothing tells."""
    if re.search(r"[一-鿿](?: |　)[一-鿿]|[都道府県].{1,8}[市区町村]", value):
        return "ja_JP"
    for letters, locale in _SCRIPTS:
        if re.search(letters, value):
            return locale
    lowered = context.lower()
    for tables, text in ((_CONTEXTS, lowered), (_WORDS, value), (_LETTERS, value)):
        for words, locale in tables:
            if re.search(words, text):
                return locale
    return _USUAL
