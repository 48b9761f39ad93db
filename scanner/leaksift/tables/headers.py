"""What a column's name says about its cells, in several languages, and whether cells can be that.

A name alone decides nothing: the cells must have the shape of it. A `weak` word ("name") needs
something else in the table that is of people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from leaksift.finding import Label


@dataclass(frozen=True)
class Hint:
    """What a name says. `weak` needs company."""

    label: Label
    weak: bool = False


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Compared with the name in small letters, without signs: whole, or as one of its words or the end.
_STRONG: tuple[tuple[Label, frozenset[str]], ...] = (
    ("private_email", _words(
        "email mail emailaddress mailaddress emailadresse mailadresse correo correoelectronico"
        " courriel adressemail adresseemail eposta epost epostadress sahkoposti почта邮箱 邮箱"
        " 电子邮件"
        " メール メールアドレス 이메일 имейл электроннаяпочта"
    )),
    ("private_phone", _words(
        "phone telephone mobile cell cellphone phonenumber tel telefon telefonnummer handy"
        " handynummer"
        " mobil mobilnummer telefono teléfono telefone celular movil móvil cellulare"
        " telephonenumber"
        " téléphone portable telefoon gsm fax mobiltelefon telefonnr puhelin телефон 电话 手机 電話"
        " 電話番号 携帯 전화번호 휴대폰 هاتف"
    )),
    ("private_date", _words(
        "dob birthdate birthday dateofbirth geburtsdatum geburtstag datedenaissance naissance"
        " fechadenacimiento fechanacimiento nacimiento datadinascita datanascita datadenascimento"
        " nascimento dataurodzenia geboortedatum fødselsdato födelsedatum syntymäaika дата_рождения"
        " датарождения 出生日期 生年月日 생년월일 dateofdeath deathdate bday"
    )),
    ("private_person", _words(
        "fullname firstname lastname surname givenname familyname middlename maidenname forename"
        " personname customername patientname employeename contactname clientname vorname nachname"
        " familienname vollname prenom prénom nomdefamille nomcomplet apellido apellidos"
        " nombrecompleto cognome nomecompleto sobrenome imie imię nazwisko voornaam achternaam"
        " förnamn efternamn fornavn etternavn efternavn etunimi sukunimi фио имя фамилия отчество"
        " 姓名"
        " 氏名 名前 성명 이름 fname lname accountholder kontoinhaber holdername cardholder spouse"
    )),
    ("private_address", _words(
        "address streetaddress street postaladdress homeaddress addressline addressline1"
        " addressline2"
        " address1 address2 adresse anschrift strasse straße strassehausnummer rue adressepostale"
        " direccion dirección domicilio calle indirizzo via endereco endereço rua adres ulica"
        " straat"
        " adress gata osoite адрес улица 地址 住所 주소 عنوان postcode zipcode zip postalcode plz"
        " postleitzahl codepostal codigopostal cap cep kodpocztowy"
    )),
    ("account_number", _words(
        "iban ssn socialsecuritynumber socialsecurity sin nino nationalinsurance"
        " nationalinsurancenumber"
        " pesel bsn cpf curp rfc dni nie nif personnummer fødselsnummer fodselsnummer codicefiscale"
        " steuerid steueridnr steuernummer idnr nhsnumber egn nric aadhaar pan accountnumber"
        " bankaccount kontonummer creditcard cardnumber creditcardnumber ccnumber kreditkarte"
        " kreditkartennummer passport passportnumber passnummer reisepass ausweisnummer"
        " driverslicense"
        " driverlicense drivinglicence mrn medicalrecordnumber patientid policynumber nationalid"
        " taxid"
        " numerodecuenta numerosecu nir cnp oib snils снилс инн 身份证 身份证号 マイナンバー"
        " 주민등록번호"
    )),
    ("secret", _words(
        "password passwd pwd passwort kennwort motdepasse contraseña contrasena senha wachtwoord"
        " haslo"
        " hasło пароль 密码 パスワード 비밀번호 secret apikey accesskey secretkey accesstoken"
        " authtoken"
        " refreshtoken token privatekey clientsecret pin passphrase"
    )),
    ("private_url", _words("linkedin linkedinurl profileurl facebookurl homepage personalwebsite")),
)  # fmt: skip
_WEAK: tuple[tuple[Label, frozenset[str]], ...] = (
    (
        "private_person",
        _words(
            "name names nom nombre nome naam navn namn nimi person customer patient employee client"
            " contact owner user author kunde mitarbeiter cliente имя 名字 이름 recipient"
        ),
    ),
    (
        "private_address",
        _words("city town ort stadt ville ciudad città cidade miasto stad location"),
    ),
    ("private_url", _words("url link website profile web")),
    ("account_number", _words("account customerid customernumber kundennummer memberid memberno")),
)
# Words that say that a name is one of a thing.
_THINGS = _words(
    "product company file host domain event table column field brand model item category group"
    " project team package app application server device class type status country created updated"
    " order count id ip mac produkt firma datei"
)


def hint_of(name: str) -> Hint | None:
    """What the name of a column says; None for a name that says nothing."""
    words = _split(name)
    if not words:
        return None
    joined = "".join(words)
    for label, known in _STRONG:
        if joined in known or any("".join(words[-n:]) in known for n in (1, 2, 3)):
            thing = set(words) & _THINGS and len(words) > 1 and label != "account_number"
            return Hint(label, weak=bool(thing))
    if set(words[:-1]) & _THINGS or set(words) & {"id", "count", "type", "status"} - {joined}:
        return None
    for label, known in _STRONG:
        if words[0] in known and len(words[0]) > 3:
            return Hint(label, weak=True)
    for label, known in _WEAK:
        if joined in known or words[-1] in known:
            return Hint(label, weak=True)
    return None


def has_shape(label: Label, value: str) -> bool:
    """Whether a cell can be of this kind, as far as its signs tell."""
    letters = sum(c.isalpha() for c in value)
    digits = sum(c.isdigit() for c in value)
    if label == "private_email":
        return "@" in value[1:-1]
    if label == "private_phone":
        return 6 <= digits <= 18 and letters <= 12
    if label == "private_date":
        return 4 <= digits <= 14 and len(value) <= 40 and not re.fullmatch(r"\d{1,3}|\d{9,}", value)
    if label == "private_person":
        return (
            letters >= 1
            and digits == 0
            and len(value) <= 80
            and not re.search(r"[@/_=<>{}]", value)
        )
    if label == "private_address":
        return letters + digits >= 3 and len(value) <= 250
    if label == "account_number":
        return digits >= 3 and len(value) <= 60 and letters <= digits + 12
    if label == "private_url":
        return "." in value and " " not in value
    return len(value) >= 4 and len(value) <= 4000


def _split(name: str) -> list[str]:
    """The words of a name in small letters: `customerFirstName` and `E-Mail` too."""
    name = re.sub(r"(?<=[a-zß-ÿ0-9])(?=[A-Z])", " ", name).lower()
    name = re.sub(r"\be[ -_]?mail", "email", name)
    return re.findall(r"[^\W_]+", name)
