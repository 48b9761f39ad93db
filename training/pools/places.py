"""Postal addresses and telephone numbers in the layouts of many countries."""

# ruff: noqa: E501
# Tables of values read better on one line.
from __future__ import annotations

import random
import re
from collections.abc import Sequence

from training.pools.lists import Lists

STATES = (
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY "
    "NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY"
).split()
STATE_NAMES = (
    "California Texas Florida Ohio Virginia Oregon Nevada Colorado Georgia Michigan Arizona Utah Iowa "
    "Illinois Washington Kansas Maine Indiana"
).split()
STREET_TYPES = (
    "Street St St. Avenue Ave Ave. Road Rd Rd. Lane Ln Drive Dr Boulevard Blvd Way Court Ct Place "
    "Terrace Circle Pkwy Trail Highway Loop Square"
).split()
GB_TYPES = (
    "Road Street Lane Close Avenue Gardens Drive Way Crescent Grove Terrace Hill Mews".split()
)
GB_AREAS = (
    "SW1A W1D EC1A N1 M1 B33 CR2 DN55 G12 EH1 LS6 BS8 OX4 CB2 NE1 S10 L17 CF10 BT7 E17".split()
)
DE_STREETS = (
    "Hauptstraße Bahnhofstr. Gartenweg Schulstraße Lindenallee Am Markt Berliner Str. Rosenweg "
    "Kirchplatz Goethestraße Mühlenweg Friedrichstraße Ringstraße Bergstr. Wiesenweg"
).split()
CN_PROVINCES = (
    ("北京市", "海淀区"), ("上海市", "浦东新区"), ("广东省深圳市", "南山区"), ("浙江省杭州市", "西湖区"),
    ("四川省成都市", "武侯区"), ("江苏省南京市", "鼓楼区"), ("湖北省武汉市", "洪山区"), ("重庆市", "渝北区"),
    ("陕西省西安市", "雁塔区"), ("山东省青岛市", "市南区"), ("福建省厦门市", "思明区"), ("天津市", "和平区"),
    ("湖南省长沙市", "岳麓区"), ("河南省郑州市", "金水区"), ("辽宁省大连市", "中山区"),
)  # fmt: skip
CN_ROADS = "中山路 人民路 建设路 解放大道 长江路 科技园南路 文化路 和平街 学院路 朝阳北路 新华街 光明路 迎宾大道".split()
JP_TOWNS = (
    ("東京都", "渋谷区神南"), ("東京都", "世田谷区三軒茶屋"), ("大阪府", "大阪市北区梅田"), ("京都府", "京都市中京区"),
    ("神奈川県", "横浜市西区みなとみらい"), ("北海道", "札幌市中央区北一条西"), ("福岡県", "福岡市博多区"),
    ("愛知県", "名古屋市中区栄"), ("埼玉県", "さいたま市大宮区"), ("兵庫県", "神戸市灘区"),
)  # fmt: skip
KR_TOWNS = "서울특별시 강남구 테헤란로|부산광역시 해운대구 센텀중앙로|경기도 성남시 분당구 판교역로|대구광역시 수성구 동대구로|인천광역시 연수구 송도과학로|서울특별시 마포구 월드컵북로".split(
    "|"
)
MX_COLONIES = "Col. Roma Norte|Col. Del Valle|Colonia Centro|Col. Condesa|Col. Polanco|Col. Narvarte|Fracc. Las Palmas|Col. Juárez|Col. San Rafael|Fracc. Jardines del Sol".split(
    "|"
)
MX_CITIES = "Ciudad de México, CDMX|Guadalajara, Jal.|Monterrey, N.L.|Puebla, Pue.|Mérida, Yuc.|Querétaro, Qro.|Tijuana, B.C.|León, Gto.|Toluca, Estado de México|Cancún, Q. Roo".split(
    "|"
)
FR_TYPES = "rue avenue boulevard place impasse allée chemin quai cours".split()
ES_TYPES = "Calle C/ Avda. Avenida Plaza Paseo Camino Ronda".split()
IT_TYPES = "Via Viale Piazza Corso Vicolo Largo".split()
COUNTRIES = {
    "US": ("USA", "United States", "U.S.A."), "GB": ("UK", "United Kingdom", "England"), "DE": ("Germany", "Deutschland"),
    "FR": ("France",), "ES": ("España", "Spain"), "MX": ("México", "Mexico"), "IT": ("Italia", "Italy"),
    "NL": ("Nederland", "The Netherlands"), "PL": ("Polska", "Poland"), "BR": ("Brasil", "Brazil"), "IN": ("India",),
    "CN": ("China", "中国"), "JP": ("Japan", "日本"), "CA": ("Canada",), "AU": ("Australia",),
}  # fmt: skip


def digits(rng: random.Random, count: int) -> str:
    """`count` random digits, the first not zero."""
    return str(rng.randrange(10 ** (count - 1), 10**count))


def parts(rng: random.Random, lists: Lists, locale: str) -> list[str]:
    """An address as the lines of an envelope."""
    country = locale.partition("_")[2]
    place = lists.places.get(locale)
    if rng.random() < 0.25 and place and place.addresses:
        return [line.strip() for line in rng.choice(place.addresses).splitlines() if line.strip()]

    def last() -> str:
        return rng.choice(lists.last.get(locale) or lists.last["en_US"])

    city = (
        rng.choice(place.cities)
        if place and place.cities
        else rng.choice(lists.places["en_US"].cities)
    )
    number = str(rng.randrange(1, 260))
    match country:
        case "US" | "CA" | "PH" | "NG" | "KE":
            if country == "US" and rng.random() < 0.15 and lists.us_addresses:
                return [rng.choice(lists.us_addresses)]
            return us_parts(rng, lists, city, country)
        case "GB" | "IE":
            post = f"{rng.choice(GB_AREAS)} {rng.randrange(10)}{rng.choice('ABDEFGHJLNPQ')}{rng.choice('ABDEFGHJLNPQ')}"
            street = f"{number} {rng.choice((last(), rng.choice(lists.words).title(), 'High', 'Church', 'Station', 'Victoria'))} {rng.choice(GB_TYPES)}"
            if rng.random() < 0.2:
                street = f"Flat {rng.randrange(1, 40)}, {street}"
            return [street, city, post] if rng.random() < 0.6 else [street, f"{city} {post}"]
        case "AU" | "NZ":
            return [
                f"{number} {last()} {rng.choice(STREET_TYPES)}",
                f"{city} {rng.choice(('NSW', 'VIC', 'QLD', 'WA', 'SA', 'TAS'))} {digits(rng, 4)}",
            ]
        case "DE" | "AT":
            name = (
                rng.choice(DE_STREETS)
                if rng.random() < 0.4
                else rng.choice(
                    (
                        f"{last()}straße",
                        f"{last()}weg",
                        f"{last()}str.",
                        f"{last()}-Allee",
                        f"{last()}gasse",
                    )
                )
            )
            house = number + rng.choice(("", "", "", "a", "b", " c"))
            extra = (
                [rng.choice(("Hinterhaus", "2. OG links", f"Wohnung {rng.randrange(1, 30)}"))]
                if rng.random() < 0.08
                else []
            )
            return [
                f"{name} {house}",
                *extra,
                f"{rng.choice(('', '', '', 'D-'))}{digits(rng, 5 if country == 'DE' else 4)} {city}",
            ]
        case "CH":
            return [
                f"{rng.choice(('Bahnhofstrasse', 'Dorfstrasse', 'Rue du Lac', 'Seestrasse', f'{last()}weg'))} {number}",
                f"{rng.choice(('', 'CH-'))}{digits(rng, 4)} {city}",
            ]
        case "FR":
            return [
                f"{number}{rng.choice(('', '', ' bis', ','))} {rng.choice(FR_TYPES)} {rng.choice(('de la République', 'Victor Hugo', 'des Lilas', 'du Moulin', f'de {last()}', last(), 'Jean Jaurès'))}",
                f"{digits(rng, 5)} {city}",
            ]
        case "ES" | "AR" | "CO":
            street = f"{rng.choice(ES_TYPES)} {rng.choice(('', 'de ', 'del '))}{last()}{rng.choice((', ', ' ', ' nº '))}{number}"
            if rng.random() < 0.5:
                street += f", {rng.randrange(1, 9)}º {rng.choice('ABCD')}"
            return [street, f"{digits(rng, 5)} {city}"]
        case "MX":
            street = f"{rng.choice(('Calle', 'Av.', 'Avenida', 'Calz.', 'Blvd.', 'Privada'))} {last()} {rng.choice(('', '#', 'No. '))}{number}"
            if rng.random() < 0.4:
                street += rng.choice(
                    (f" Int. {rng.randrange(1, 40)}", f", Depto. {rng.randrange(1, 40)}")
                )
            return [
                street,
                rng.choice(MX_COLONIES),
                f"{rng.choice(('C.P. ', 'CP ', ''))}{digits(rng, 5)} {rng.choice(MX_CITIES)}",
            ]
        case "IT":
            return [
                f"{rng.choice(IT_TYPES)} {rng.choice(('Garibaldi', 'Roma', 'Dante Alighieri', last(), 'dei Mille', 'XX Settembre'))}{rng.choice((', ', ' '))}{number}",
                f"{digits(rng, 5)} {city}{rng.choice((' (MI)', ' (RM)', ' TO', '', ' (NA)'))}",
            ]
        case "NL" | "BE":
            post = (
                f"{digits(rng, 4)} {rng.choice('ABCDEGHJK')}{rng.choice('ABCDEGHJK')}"
                if country == "NL"
                else digits(rng, 4)
            )
            return [
                f"{rng.choice((f'{last()}straat', f'{last()}laan', 'Kerkstraat', 'Dorpsweg', 'Nieuwe Gracht', 'Molenweg'))} {number}{rng.choice(('', '', '-2', 'A', ' bus 3'))}",
                f"{post} {city}",
            ]
        case "PL":
            return [
                f"{rng.choice(('ul. ', 'ul. ', 'al. ', 'os. ', ''))}{rng.choice((last(), 'Kwiatowa', 'Długa', 'Mickiewicza', 'Polna'))} {number}{rng.choice(('', '/3', f'/{rng.randrange(1, 60)}', ' m. 7'))}",
                f"{rng.randrange(10, 99)}-{digits(rng, 3)} {city}",
            ]
        case "BR" | "PT":
            tail = (
                f"{digits(rng, 5)}-{digits(rng, 3)}"
                if country == "BR"
                else f"{digits(rng, 4)}-{digits(rng, 3)}"
            )
            return [
                f"{rng.choice(('Rua', 'Av.', 'Avenida', 'Travessa', 'Alameda'))} {rng.choice(('das Flores', 'Santo Antônio', last(), 'XV de Novembro', 'da Liberdade'))}, {number}{rng.choice(('', ' - Apto 12', ', 3º Esq.', ' - Centro'))}",
                f"{city}{rng.choice((' - SP', ' - RJ', '/MG', ''))}{rng.choice((', ', ' ', ' - CEP '))}{tail}",
            ]
        case "IN":
            return [
                f"{rng.choice(('', 'Flat ', 'H.No. ', 'Plot '))}{number}{rng.choice((', ', '/2, ', 'B, '))}{rng.choice(('MG Road', 'Sector 14', '2nd Main', f'{last()} Nagar', f'{last()} Colony', 'Anna Salai'))}",
                f"{city}{rng.choice((' - ', ' ', ', '))}{digits(rng, 6)}",
            ]
        case "CN" | "TW":
            province, district = rng.choice(CN_PROVINCES)
            return [
                f"{province}{district}{rng.choice(CN_ROADS)}{number}号{rng.choice(('', f'{rng.randrange(1, 30)}栋{rng.randrange(1, 30)}0{rng.randrange(1, 9)}室', f'{rng.randrange(1, 9)}单元{rng.randrange(101, 2904)}室', f'{rng.randrange(2, 30)}楼'))}"
            ]
        case "JP":
            prefecture, town = rng.choice(JP_TOWNS)
            return [
                f"{rng.choice(('', f'〒{digits(rng, 3)}-{digits(rng, 4)} '))}{prefecture}{town}{rng.randrange(1, 9)}{rng.choice(('-', '丁目'))}{rng.randrange(1, 30)}-{rng.randrange(1, 30)}"
            ]
        case "KR":
            return [
                f"{rng.choice(KR_TOWNS)} {number}{rng.choice(('', f', {rng.randrange(101, 120)}동 {rng.randrange(101, 2000)}호'))}"
            ]
        case "RU" | "UA":
            return [
                f"{rng.choice(('ул.', 'пр.', 'пер.'))} {rng.choice(('Ленина', 'Мира', 'Садовая', last()))}, д. {number}, кв. {rng.randrange(1, 200)}",
                f"{rng.choice(('г. ', ''))}{city}, {digits(rng, 6)}",
            ]
        case _:
            if place and place.addresses:
                return [
                    line.strip()
                    for line in rng.choice(place.addresses).splitlines()
                    if line.strip()
                ]
            return us_parts(rng, lists, city, "US")


def us_parts(rng: random.Random, lists: Lists, city: str, country: str) -> list[str]:
    """A North American address."""
    name = rng.choice(
        (
            rng.choice(lists.last["en_US"]),
            rng.choice(lists.words).title(),
            rng.choice(("Main", "Oak", "2nd", "5th", "Park", "Maple", "W 43rd")),
        )
    )
    number = rng.choice((rng.randrange(1, 999), rng.randrange(1000, 29999)))
    street = f"{number} {rng.choice(('', '', '', 'N ', 'S. ', 'West ', 'NE '))}{name} {rng.choice(STREET_TYPES)}"
    roll = rng.random()
    unit = ""
    if roll < 0.3:
        unit = rng.choice(("Apt ", "Apt. ", "Unit ", "#", "Suite ", "Ste. ", "Apartment "))
        unit += rng.choice(
            (str(rng.randrange(1, 900)), f"{rng.randrange(1, 30)}{rng.choice('ABCD')}")
        )
    elif roll < 0.35:
        street = (
            f"P.O. Box {rng.randrange(10, 9999)}"
            if rng.random() < 0.7
            else f"PSC {rng.randrange(10, 9999)}, Box {rng.randrange(10, 9999)}"
        )
    if country == "CA":
        letters = "ABCEGHJKLMNPRSTVXY"
        post = f"{rng.choice(letters)}{rng.randrange(10)}{rng.choice(letters)} {rng.randrange(10)}{rng.choice(letters)}{rng.randrange(10)}"
        region = rng.choice(("ON", "BC", "QC", "AB", "NS", "MB"))
    else:
        post = digits(rng, 5) + (f"-{digits(rng, 4)}" if rng.random() < 0.12 else "")
        region = rng.choice(STATES) if rng.random() < 0.9 else rng.choice(STATE_NAMES)
    tail = f"{city}, {region} {post}" if rng.random() < 0.93 else f"{city} {region}"
    if unit and rng.random() < 0.4:
        return [street, unit, tail]
    return [f"{street}{rng.choice((' ', ', '))}{unit}" if unit else street, tail]


def address(rng: random.Random, lists: Lists, locale: str) -> str:
    """A whole address on one line."""
    lines = parts(rng, lists, locale)
    country = locale.partition("_")[2]
    if rng.random() < 0.08 and country in COUNTRIES:
        lines = [*lines, rng.choice(COUNTRIES[country])]
    text = rng.choice((", ", ", ", ", ", ", ", " ")).join(lines)
    roll = rng.random()
    return text.upper() if roll < 0.04 else text.lower() if roll < 0.06 else text


def address_lines(rng: random.Random, lists: Lists, locale: str, indent: str) -> str:
    """A whole address over several lines, the later ones indented like the first."""
    return f"\n{indent}".join(parts(rng, lists, locale))


def street(rng: random.Random, lists: Lists, locale: str) -> str:
    """Street and number alone, as in a column of its own."""
    return parts(rng, lists, locale)[0]


def city(rng: random.Random, lists: Lists, locale: str) -> str:
    """A city or town of the locale."""
    place = lists.places.get(locale)
    cities: Sequence[str] = place.cities if place and place.cities else lists.places["en_US"].cities
    return rng.choice(cities)


def postcode(rng: random.Random, lists: Lists, locale: str) -> str:
    """A postal code of the locale."""
    place = lists.places.get(locale)
    return rng.choice(place.postcodes) if place and place.postcodes else digits(rng, 5)


def phone(rng: random.Random, lists: Lists, locale: str) -> str:
    """A telephone number: mostly of the locale, in its own or the international form."""
    region = locale.partition("_")[2]
    numbers = lists.phones.get(region) if rng.random() < 0.85 else None
    text = rng.choice(numbers or lists.phones[rng.choice(sorted(lists.phones))])
    roll = rng.random()
    if region == "US" and roll < 0.3:
        a, b, c = rng.randrange(201, 990), rng.randrange(200, 1000), digits(rng, 4)
        text = rng.choice(
            (
                f"({a}) {b}-{c}",
                f"{a}-{b}-{c}",
                f"{a}.{b}.{c}",
                f"+1 {a} {b} {c}",
                f"+1-{a}-{b}-{c}",
                f"1-{a}-{b}-{c}",
                f"{a} {b} {c}",
                f"{a}-{b}-{c} ext. {digits(rng, 3)}",
                f"{a}-{b}-{c}x{digits(rng, 4)}",
                f"+1{a}{b}{c}",
                f"({a}){b}-{c}",
            )
        )
    elif roll > 0.94:
        text = text.replace(" ", "-") if roll > 0.97 else text.replace(" ", ".")
    elif roll > 0.9 and text.startswith("+"):
        text = "00" + text[1:]
    return re.sub(r"\s+", " ", text)
