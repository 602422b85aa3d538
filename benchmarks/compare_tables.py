"""Tables of the comparison: each method's errors against truth, and the one for the README."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from accuracy import SETTINGS, shop_of, truth_of

STRONG = 0.25  # of the log lift: below it a sign may be wrong by chance
FLAT = 0.05  # where no log lift of a shop is larger, there is no rank
OURS = "lift"


def print_tables(rows: pd.DataFrame, shops: list[str], command: str) -> None:
    """Print every shop with every method, all shops together, and the table for the README."""
    if rows.empty:
        print("no rows yet of this size")
        return
    truths = pd.concat([truth_of(shop_of(shop)).assign(shop=shop) for shop in shops])
    rows = rows.merge(truths[["shop", "action", "truth"]], on=["shop", "action"])
    rows["truth"] = np.log(rows["truth"])
    rows["error"] = np.log(rows["effect"].where(rows["effect"] > 0)) - rows["truth"]
    own = rows[rows["method"] == OURS].set_index(["shop", "seed", "action"])["error"]
    rows = rows.join(own.rename("ours"), on=["shop", "seed", "action"])
    hidden = rows["shop"].map(lambda shop: SETTINGS[shop].hidden)
    groups = {shop: rows["shop"] == shop for shop in shops}
    effects = rows.groupby("shop")["truth"].transform(lambda truth: truth.abs().max() > FLAT)
    groups |= {
        "effects, intent observed": effects & ~hidden,
        "intent observed": ~hidden,
        "intent not observed": hidden,
    }
    tables = [_by_method(name, rows[here]) for name, here in groups.items() if here.any()]
    for table in tables:
        print(table.to_string(index=False, float_format=lambda x: f"{x:.3f}", na_rep="-"), "\n")
    _verdict(tables)
    print(markdown(rows[~hidden], command))


def _by_method(group: str, rows: pd.DataFrame) -> pd.DataFrame:
    made = [
        {"shops": group, "method": method} | _figures(part)
        for method, part in rows.groupby("method", sort=False)
    ]
    table = pd.DataFrame(made)
    first = table["method"] == OURS
    return pd.concat([table[first], table[~first]])


def _figures(part: pd.DataFrame) -> dict[str, float]:
    """Errors of one method over its pairs of log and action."""
    judged = part[part["error"].notna()]
    bounded = judged[judged["low"].notna()]
    log_low, log_high = np.log(bounded["low"]), np.log(bounded["high"])
    inside = (log_low <= bounded["truth"]) & (bounded["truth"] <= log_high)
    both = judged[judged["ours"].notna()]
    size, ours = _size(both["error"]), _size(both["ours"])
    return {
        "pairs": len(part),
        "judged": part["credit"].notna().mean() if judged.empty else len(judged) / len(part),
        "bias": judged["error"].mean(),
        "rmse": _size(judged["error"]),
        "lift on the same": ours,
        "ratio": ours / size if size else np.nan,
        "covered": inside.mean() if len(bounded) else np.nan,
        "wrong sign": _wrong_signs(part),
        "rank": _rank(part),
        "seconds": part.groupby(["shop", "seed"])["seconds"].first().mean(),
    }


def _size(errors: pd.Series) -> float:
    """Root mean square."""
    return float(np.sqrt((errors**2).mean())) if len(errors) else float("nan")


def _told(part: pd.DataFrame) -> pd.Series:
    """What a method says of each action, 0 where it says nothing either way."""
    effect = np.log(part["effect"].where(part["effect"] > 0))
    return effect if effect.notna().any() else part["credit"]


def _wrong_signs(part: pd.DataFrame) -> float:
    """Share of strong effects of which the ratio, or else the credit, says the opposite."""
    told = _told(part)
    strong = (part["truth"].abs() > STRONG) & told.notna()
    if not strong.any() or not told[strong].any():
        return float("nan")
    return float((told[strong] * part.loc[strong, "truth"] < 0).mean())


def _rank(part: pd.DataFrame) -> float:
    """Spearman's correlation with truth over the actions of a log, mean over logs."""
    found = []
    for _, log in part.assign(told=_told(part)).groupby(["shop", "seed"]):
        log = log[log["told"].notna()]
        if len(log) > 2 and log["truth"].abs().max() > FLAT and log["told"].nunique() > 1:
            found.append(log["told"].corr(log["truth"], method="spearman"))
    return float(np.mean(found)) if found else float("nan")


def _verdict(tables: Iterable[pd.DataFrame]) -> None:
    for table in tables:
        others = table[(table["method"] != OURS) & table["ratio"].notna()]
        if others.empty:
            continue
        best = others.loc[others["rmse"].idxmin()]
        print(
            f"{best['shops']}: best other method {best['method']}, rmse {best['rmse']:.3f}; "
            f"lift on the same pairs {best['lift on the same']:.3f}, ratio {best['ratio']:.2f}"
        )
    print()


def markdown(rows: pd.DataFrame, command: str) -> str:
    """Table for the README: root mean squared error of log lift by shop, and three sums."""
    shops = list(rows["shop"].unique())
    head = [
        "method",
        *shops,
        "95 % intervals that hold the truth",
        "wrong sign",
        "rank correlation",
    ]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for method in _by_method("", rows)["method"]:
        mine = rows[rows["method"] == method]
        sizes = [_size(mine.loc[mine["shop"] == shop, "error"].dropna()) for shop in shops]
        sums = _figures(mine)
        shares = [_percent(sums["covered"]), _percent(sums["wrong sign"]), _number(sums["rank"])]
        lines.append(
            "| " + " | ".join([method.replace("|", "\\|"), *map(_number, sizes), *shares]) + " |"
        )
    logs = rows.groupby("shop")["seed"].nunique().max()
    users = " or ".join(f"{n:,}" for n in sorted(rows["users"].unique()))
    dates = f"{rows['date'].min()} to {rows['date'].max()}"
    day = rows["date"].max() if rows["date"].nunique() == 1 else dates
    said = (
        f"Root mean squared error of log lift against known truth, {users} users a log, {logs} "
        f"logs a shop, over the actions that a method can judge; measured {day} by `{command}`. "
        f"Wrong sign: of actions with |log lift| above {STRONG}. Methods without a ratio are "
        "judged by the sign and rank of what they book."
    )
    return "\n".join([*lines, "", said])


def _number(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "-"


def _percent(value: float) -> str:
    return f"{value:.0%}" if np.isfinite(value) else "-"
