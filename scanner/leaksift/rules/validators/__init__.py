"""The last word on a candidate: check digits, checksums and plausibility, by name.

A validator gets a `Candidate` and says whether it is what the rule's pattern took it for. It never
searches: the pattern has found the place already. The names are what preset files write after
`validator`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from leaksift.rules.validators.candidate import Candidate, Validator

__all__ = ["VALIDATORS", "Candidate", "Validator"]

# Where a validator is: module and function. Those of national numbers have a table of their own.
_PLACES = {
    "aba-routing-number": "bank.routing_number",
    "age-key": "checksum.age_key",
    "assigned-value": "assigned.assigned_value",
    "aws-access-key-id": "token.aws_access_key_id",
    "bank-account": "labelled.bank_account",
    "base58-key": "key_text.base58_key",
    "basic-auth": "token.basic_auth",
    "bic": "labelled.bic",
    "birth-date": "birth.birth_date",
    "birth-date-in-table": "table.birth_date",
    "bitcoin-address": "wallet.bitcoin_address",
    "cloudflare-tunnel-token": "token.cloudflare_tunnel_token",
    "credential": "credential.assigned_credential",
    "command-line-password": "told.command_line_password",
    "credential-argument": "credential.spelled_out_credential",
    "crc-seed": "key_text.crc_seed",
    "discord-token": "token.discord_token",
    "email": "contact.email",
    "encrypted-pem": "key_block.encrypted_pem",
    "ethereum-address": "wallet.ethereum_address",
    "github-app-token": "token.github_app_token",
    "github-token": "checksum.github_token",
    "gitlab-routable": "checksum.gitlab_routable",
    "http-basic": "told.http_basic",
    "grafana-token": "checksum.grafana_token",
    "iban": "bank.iban",
    "intercom-token": "token.intercom_token",
    "jfrog-reference-token": "token.jfrog_reference_token",
    "json-payload": "token.json_payload",
    "jwt": "token.jwt",
    "key-store": "key_block.key_store",
    "ldap-password": "encoded.ldap_password",
    "licence": "labelled.licence",
    "long-key": "encoded.long_key",
    "login-pair": "told.login_pair",
    "mixed": "credential.mixed_characters",
    "mnemonic": "key_text.mnemonic",
    "npm-token": "checksum.npm_token",
    "password-hash": "encoded.password_hash",
    "password-told": "told.password_told",
    "payment-card": "bank.payment_card",
    "pem": "key_block.pem",
    "personal-number": "labelled.personal_number",
    "personal-number-in-table": "table.personal_number",
    "pgp": "key_block.pgp",
    "phone-international": "contact.phone_international",
    "phone-national": "contact.phone_national",
    "phone-us-letters": "contact.phone_us_letters",
    "postal-address": "address.postal_address",
    "pypi-token": "token.pypi_token",
    "setting": "told.setting",
    "sentry-token": "token.sentry_token",
    "ssn": "bank.ssn",
    "supabase-service-key": "token.supabase_service_key",
    "url-password": "told.url_password",
    "weak-credential": "credential.weak_credential",
    "user-and-password": "encoded.user_and_password",
}


class _Validators(Mapping[str, Validator]):
    """The validators by name, each imported when it is first asked for: together they take 30 ms,
    and a commit needs few of them."""

    def __getitem__(self, name: str) -> Validator:
        module, _, function = _PLACES.get(name, "").partition(".")
        if module:
            found: Validator = getattr(import_module(f"{__name__}.{module}"), function)
            return found
        return _national()[name]

    def __iter__(self) -> Iterator[str]:
        return iter([*_PLACES, *_national()])

    def __len__(self) -> int:
        return len(_PLACES) + len(_national())


def _national() -> Mapping[str, Validator]:
    from leaksift.rules.validators import national

    return national.VALIDATORS


VALIDATORS: Mapping[str, Validator] = _Validators()
