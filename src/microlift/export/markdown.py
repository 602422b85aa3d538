"""Any text as Markdown that shows it as it stands."""

from html import escape


def text(raw: str) -> str:
    r"""Any text as Markdown that shows it as it stands.

    Examples
    --------
    >>> text("a|b <i> `x` _y_")
    'a\\|b &lt;i&gt; \\`x\\` \\_y\\_'
    """
    shown = escape(raw, quote=False)
    for char in "\\`*_|[]":
        shown = shown.replace(char, "\\" + char)
    return shown
