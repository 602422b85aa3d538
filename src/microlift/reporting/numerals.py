"""Numbers, dates and lists as people read them.

A minus is a minus sign, not a hyphen; what is not a number is a dash.
"""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta


def count(number: float) -> str:
    """Write a whole number with separators.

    >>> count(1234567), count(float("nan"))
    ('1,234,567', '–')
    """
    return f"{number:,.0f}" if math.isfinite(number) else "–"


def decimal(number: float) -> str:
    """Write a number with two decimals, or with fewer where it is large.

    >>> decimal(1.416), decimal(-0.5), decimal(23456.7), decimal(float("nan"))
    ('1.42', '−0.50', '23,457', '–')
    """
    if not math.isfinite(number):
        return "–"
    text = f"{abs(number):,.2f}" if abs(number) < 1000 else f"{abs(number):,.0f}"
    return ("−" if number < 0 and float(text.replace(",", "")) else "") + text


def column(numbers: Iterable[float], places: int, signs: bool = False) -> list[str]:
    """Write the numbers of one column with the same number of decimals.

    >>> column([1926.4, -0.04, 0.0, float("nan")], 1, signs=True)
    ['+1,926.4', '0.0', '0.0', '–']
    """
    return [_fixed(float(number), places, signs) for number in numbers]


def _fixed(number: float, places: int, signs: bool) -> str:
    if not math.isfinite(number):
        return "–"
    text = f"{abs(number):,.{places}f}"
    if not text.strip("0.,"):
        return text
    return ("−" if number < 0 else "+" if signs else "") + text


def cents(amounts: Iterable[float]) -> int:
    """Decimals for a column of money: two, or none where an amount reaches 1,000.

    >>> cents([7.2, 3.9]), cents([0.5, -4103.9]), cents([])
    (2, 0, 2)
    """
    return 0 if max((abs(a) for a in amounts if math.isfinite(a)), default=0.0) >= 1000 else 2


def percent(rate: float) -> str:
    """Write a share as a percentage with three figures at most.

    >>> percent(0.0512), percent(0.731), percent(0.0004)
    ('5.12 %', '73.1 %', '0.040 %')
    """
    if not math.isfinite(rate):
        return "–"
    share = 100 * rate
    size = abs(share)
    places = 1 if size >= 10 else 2 if size >= 1 or size == 0 else 3
    return f"{share:.{places}f} %".replace("-", "−")


def percents(low: float, high: float) -> str:
    """Write two ends of an interval of shares, with one percent sign.

    >>> percents(0.0512, 0.731)
    '5.12 to 73.1 %'
    """
    return f"{percent(low).removesuffix(' %')} to {percent(high)}"


def points(difference: float) -> str:
    """Write a difference of probabilities in percentage points.

    >>> points(0.0613), points(-0.01)
    ('+6.13', '−1.00')
    """
    if not math.isfinite(difference):
        return "–"
    return ("−" if difference < 0 else "+") + f"{abs(100 * difference):.2f}"


def q_value(value: float) -> str:
    """Write a q value without pretending to know more than three decimals.

    >>> q_value(0.00004), q_value(0.032), q_value(float("nan"))
    ('< 0.001', '0.032', '–')
    """
    if not math.isfinite(value):
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def amount(number: float) -> str:
    """Write a number of macros: whole where it is large, with one decimal where it is not.

    >>> amount(2853.4), amount(12.34), amount(-690.2)
    ('2,853', '12.3', '−690')
    """
    if not math.isfinite(number):
        return "–"
    text = f"{abs(number):,.0f}" if abs(number) >= 100 else f"{abs(number):,.1f}"
    return ("−" if number < 0 else "") + text


def money(value: float, currency: str | None) -> str:
    """Write an amount of money, with decimals where it is below 1,000.

    >>> money(190863.2, "EUR"), money(6.917, "EUR"), money(3.0, None)
    ('190,863 EUR', '6.92 EUR', '3.00')
    """
    return f"{decimal(value)} {currency or ''}".strip()


def brief(value: float, currency: str | None) -> str:
    """Write an amount of money as a card has room for: from a million on with three figures.

    >>> brief(143912.4, "USD"), brief(30_883_197, "EUR"), brief(1_250_000_000, "JPY")
    ('143,912 USD', '30.9M EUR', '1.25B JPY')
    """
    for unit, sign in ((1e9, "B"), (1e6, "M")):
        if abs(value) >= 0.9995 * unit:
            size = abs(value) / unit
            places = 2 if size < 9.995 else 1 if size < 99.95 else 0
            return f"{'−' if value < 0 else ''}{size:,.{places}f}{sign} {currency or ''}".strip()
    return money(value, currency)


def day(moment: datetime) -> str:
    """Write a date without leading zeros.

    >>> day(datetime(2026, 8, 1, 13, 5))
    '1 August 2026'
    """
    return f"{moment.day} {moment:%B %Y}"


def plural(number: int, noun: str) -> str:
    """Write a count with its noun.

    >>> plural(1, "action"), plural(2500, "user")
    ('1 action', '2,500 users')
    """
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def listing(names: Iterable[str], most: int = 5) -> str:
    """Join names into a sentence's list, bounded.

    >>> listing(["a"]), listing(["a", "b", "c"]), listing("abcdefg", most=3)
    ('a', 'a, b and c', 'a, b, c and 4 more')
    """
    known = list(names)
    if len(known) > most:
        return f"{', '.join(known[:most])} and {count(len(known) - most)} more"
    return " and ".join(filter(None, [", ".join(known[:-1]), *known[-1:]]))


def duration(span: timedelta) -> str:
    """Write a span of time in its largest whole unit.

    >>> duration(timedelta(days=14)), duration(timedelta(minutes=90)), duration(timedelta(hours=1))
    ('14 days', '90 minutes', '1 hour')
    """
    seconds = round(span.total_seconds())
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds and seconds % size == 0:
            return plural(seconds // size, unit)
    return plural(seconds, "second")
