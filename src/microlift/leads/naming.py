"""How leads are named: by a digest of their id, or by the id itself where that is asked for.

A digest without a salt can be joined by anybody who knows the ids, and that is also its weakness:
who has a list of e-mail addresses, or can guess them, hashes these and looks them up. With a salt
that only the owner of the data knows (HMAC) nobody else can.
"""

import hashlib
import hmac
from collections.abc import Iterable

from microlift.errors import InputError
from microlift.journeys.steps import one_of

HASHED, PLAIN = "hashed", "plain"
LEAST_SALT = 16  # bytes; a shorter one can be found by trying
REVERSIBLE = (
    "Leads are named by the SHA-256 of their id, without a salt: whoever has a list of ids (e-mail "
    "addresses, customer numbers) can find out who they are. Give a salt to prevent that."
)


def check_naming(ids: str, salt: str | bytes | None) -> bytes | None:
    """Refuse an unknown way of naming, and a salt that protects nothing; return the salt."""
    one_of("ids", ids, (HASHED, PLAIN), "leads are named by a digest, unless asked otherwise.")
    if salt is None:
        return None
    if ids == PLAIN:
        msg = (
            "A salt is given and ids='plain' asks for ids without a digest, so the salt would be "
            "of no use. Leave one of them out."
        )
        raise InputError(msg)
    key = salt.encode() if isinstance(salt, str) else bytes(salt)
    if len(key) < LEAST_SALT:
        msg = (
            f"The salt has {len(key):,} bytes: a short one can be found by trying, and then every "
            f"id too. Give at least {LEAST_SALT} random bytes, and keep them."
        )
        raise InputError(msg)
    return key


def names_of(ids: Iterable[str], how: str, salt: bytes | None) -> list[str]:
    """Name each id: itself, its SHA-256, or with a salt its HMAC-SHA-256, in 64 hex digits.

    Examples
    --------
    >>> names_of(["ann"], "hashed", None)[0][:12]
    '49915e0d7d4b'
    >>> names_of(["ann"], "hashed", b"0123456789abcdef")[0][:12]
    'fb385915a062'
    >>> names_of(["ann"], "plain", None)
    ['ann']
    """
    if how == PLAIN:
        return list(ids)
    if salt is None:
        return [hashlib.sha256(each.encode()).hexdigest() for each in ids]
    return [hmac.digest(salt, each.encode(), "sha256").hex() for each in ids]
