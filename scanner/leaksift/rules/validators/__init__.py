"""The last word on a candidate: check digits, checksums and plausibility, by name.

A validator gets a `Candidate` and says whether it is what the rule's pattern took it for. It never
searches: the pattern has found the place already. The names are what preset files write after
`validator`.
"""

from __future__ import annotations

from leaksift.rules.validators import (
    address,
    bank,
    birth,
    checksum,
    contact,
    credential,
    key_block,
    labelled,
    national,
    table,
    token,
    wallet,
)
from leaksift.rules.validators.candidate import Candidate, Validator

__all__ = ["VALIDATORS", "Candidate", "Validator"]

VALIDATORS: dict[str, Validator] = {
    "aba-routing-number": bank.routing_number,
    "age-key": checksum.age_key,
    "bank-account": labelled.bank_account,
    "basic-auth": token.basic_auth,
    "bic": labelled.bic,
    "birth-date": birth.birth_date,
    "birth-date-in-table": table.birth_date,
    "bitcoin-address": wallet.bitcoin_address,
    "credential": credential.assigned_credential,
    "credential-argument": credential.spelled_out_credential,
    "discord-token": token.discord_token,
    "ethereum-address": wallet.ethereum_address,
    "email": contact.email,
    "gitlab-routable": checksum.gitlab_routable,
    "github-app-token": token.github_app_token,
    "github-token": checksum.github_token,
    "iban": bank.iban,
    "jwt": token.jwt,
    "licence": labelled.licence,
    "mixed": credential.mixed_characters,
    "npm-token": checksum.npm_token,
    "payment-card": bank.payment_card,
    "pem": key_block.pem,
    "pgp": key_block.pgp,
    "personal-number": labelled.personal_number,
    "personal-number-in-table": table.personal_number,
    "phone-international": contact.phone_international,
    "phone-national": contact.phone_national,
    "phone-us-letters": contact.phone_us_letters,
    "postal-address": address.postal_address,
    "pypi-token": token.pypi_token,
    "ssn": bank.ssn,
    "supabase-service-key": token.supabase_service_key,
    **national.VALIDATORS,
}
