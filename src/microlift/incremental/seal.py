"""What stands for ids in a state: salted digests, and texts that only the salt opens.

Of a user the state keeps the first 32 digits of SHA-256(salt, id). The order of users and their
bucket hang on the plain digest of the id, by which anybody could look an id up; so that one is
kept under a pad that hangs on the salt. Ids of visits have an order too, that of their texts: they
are kept under a pad of their own. Who has the files and not the salt can do nothing with either.
"""

import hashlib
import hmac
from collections.abc import Iterable

KEY_DIGITS = 32
_NONCE = 16
_UPPER, _LOWER = "(pad >> 64)::UBIGINT", f"(pad & {(1 << 64) - 1}::UHUGEINT)::UBIGINT"


def user_keys(salt: bytes, ids: Iterable[str]) -> list[str]:
    """Salted digests of users' ids, as `key_of` makes them in the engine.

    Examples
    --------
    >>> [len(key) for key in user_keys(b"salt", ["ann"])]
    [32]
    """
    start = salt.hex().encode()
    return [hashlib.sha256(start + one.encode()).hexdigest()[:KEY_DIGITS] for one in ids]


def key_of(salt: bytes, column: str) -> str:
    """The same of a column of ids, in the engine's words."""
    return f"substr(sha256('{salt.hex()}' || {column}), 1, {KEY_DIGITS})"


def pad(salt: bytes) -> str:
    """The pad of the column `key`, as the column `pad` that the two below look for."""
    return f"md5_number('{salt.hex()}' || 'order' || key) AS pad"


def padded() -> str:
    """Columns `high` and `low`: the halves `first` and `last` of a digest under the pad."""
    return f"xor(first, {_UPPER}) AS high, xor(last, {_LOWER}) AS low"


def unpadded() -> str:
    """Columns `first` and `last`: `high` and `low` out of the pad again."""
    return f"xor(high, {_UPPER}) AS first, xor(low, {_LOWER}) AS last"


def seal(salt: bytes, text: str) -> str:
    """Close a text: the same text always looks the same, and without the salt says nothing.

    Examples
    --------
    >>> unseal(b"salt", seal(b"salt", "visit 7"))
    'visit 7'
    """
    plain = text.encode("utf-8", "surrogatepass")
    nonce = hmac.digest(salt, plain, "sha256")[:_NONCE]
    return (nonce + _under(salt, nonce, plain)).hex()


def unseal(salt: bytes, sealed: str) -> str:
    """Open what `seal` closed."""
    given = bytes.fromhex(sealed)
    nonce, body = given[:_NONCE], given[_NONCE:]
    return _under(salt, nonce, body).decode("utf-8", "surrogatepass")


def _under(salt: bytes, nonce: bytes, body: bytes) -> bytes:
    pad = hashlib.shake_256(salt + nonce).digest(len(body))
    return (int.from_bytes(body) ^ int.from_bytes(pad)).to_bytes(len(body))
