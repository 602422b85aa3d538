"""What goes wrong with a file: bytes that change, come twice or go, and data of another shape."""

import copy
from random import Random
from typing import Any

TOKENS = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3\x28", b'"', b'""', b"'", b"\n", b"\r", b"\r\n",
    b"\t", b",", b";", b"|", b"{", b"}", b"[", b"]", b":", b"#", b"&a", b"*a", b"!!python/name:os.system",
    b"!!int", b"!!binary", b"---", b"...", b"<<: *a", b"? ", b"null", b"true", b"NaN", b"-inf", b"1e999", b"-0",
    b"9223372036854775808", b"18446744073709551616", b"9" * 400, b"0x1F", b"1_000", b"1:30",
    b"9999-12-31", b"0000-00-00", b"\\u0000", b"\\ud800", "\u2028".encode(), "\u202e".encode(),
    "ſ".encode(), "🎉".encode(), b"(" * 60, b"[" * 60, b"{" * 60, b"NOT " * 40, b"--", b"/*", b";",
)  # fmt: skip

LEAVES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**400, 0.1, -0.0, 1e308,
    float("inf"), float("nan"), "", " ", "x", "\0", "\ud800", "'", '"', "a\nb", "x" * 5_000, "14d",
    "-1d", "0d", "99999999999d", "1e9999", "9" * 400, "2024-07-01", "∞", "１２", "__class__", "{}",
    "percent >= 1", "a = 'x", "NOT " * 300 + "a", "(" * 300, [], {}, [[]], [None], [{}], {"": {}},
    {"a": {"a": {"a": [1]}}}, ["x"] * 40, b"bytes", 1 + 2j, (), object, {1: 2}, {None: None},
)  # fmt: skip


def of_bytes(chance: Random, content: bytes, most: int = 4) -> bytes:
    """Change some bytes of a file: most often one place, at most `most` of them."""
    changed = bytearray(content)
    for _ in range(min(most, 1 + int(chance.expovariate(1)))):
        at = chance.randrange(len(changed) + 1)
        until = min(len(changed), at + 1 + int(chance.expovariate(0.2)))
        match chance.randrange(7):
            case 0 if at < len(changed):
                changed[at] ^= 1 << chance.randrange(8)
            case 1 if at < len(changed):
                changed[at] = chance.randrange(256)
            case 2:
                del changed[at:until]
            case 3:
                changed[at:at] = changed[at:until]
            case 4:
                start = chance.randrange(len(changed) + 1)
                changed[at:until] = changed[start : start + until - at]
            case 5 if not chance.randrange(4):
                del changed[at:]
            case _:
                changed[at : chance.choice((at, until))] = chance.choice(TOKENS)
    return bytes(changed)


def of_data(chance: Random, data: Any, leaves: tuple[Any, ...] = LEAVES, most: int = 3) -> Any:
    """Change some members of nested data: another value, one more, one less, another name."""
    changed = [copy.deepcopy(data)]
    for _ in range(min(most, 1 + int(chance.expovariate(1)))):
        holders = list(_holders(changed))
        holder = chance.choice(holders[1:] or holders) if chance.random() < 0.95 else changed
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys:
            continue
        key = chance.choice(keys)
        match chance.randrange(6):
            case 0 if holder is not changed:
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[chance.choice([*keys, "x", "", "Name", 7, None])] = holder.pop(key)
            case 2:
                other = chance.choice(holders)
                members = list(other.values()) if isinstance(other, dict) else other
                holder[key] = copy.deepcopy(chance.choice(members)) if members else None
            case 3 if isinstance(holder, list) and holder is not changed:
                holder.insert(key, copy.deepcopy(holder[key]))
            case _:
                holder[key] = copy.deepcopy(chance.choice(leaves))
    return changed[0]


def _holders(data: Any, depth: int = 0) -> list[Any]:
    if not isinstance(data, dict | list) or depth > 20:
        return []
    members = list(data.values()) if isinstance(data, dict) else data
    return [data, *(each for member in members for each in _holders(member, depth + 1))]
