"""XHTML to what an HTML parser understands; it reads XML's short forms in another way.

``<script src="x"/>`` would otherwise stay open to the end of the page, and the declarations of a
DTD would be text. An XML parser is no choice: most pages that call themselves XHTML are not
well-formed, and entities of a DTD are not to be followed.
"""

from __future__ import annotations

import re

_SCANNED = 1024
_SAYS_SO = re.compile(r"\s*<\?xml\s|.*?<html\s[^>]*http://www\.w3\.org/1999/xhtml", re.DOTALL)
_DOCTYPE = re.compile(
    r"<!DOCTYPE[^\[<>]*\[(?:\"[^\"]*\"|'[^']*'|<!--.*?-->|[^\]\"'])*\]\s*>", re.I | re.S
)
_EMPTY = re.compile(
    r"<([A-Za-z][\w.-]*+)((?:\s++[\w:.-]++\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'))*+)\s*+/>"
)
_VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905
)


def as_html(page: str) -> str:
    """The page; when it says that it is XHTML, empty elements get their end tags."""
    if not _SAYS_SO.match(page[:_SCANNED]):
        return page
    return _EMPTY.sub(_closed, _DOCTYPE.sub("", page, count=1))


def _closed(found: re.Match[str]) -> str:
    name, attributes = found.groups()
    return found[0] if name.lower() in _VOID else f"<{name}{attributes}></{name}>"
