"""HTML and XHTML through selectolax, which follows the HTML standard's parsing rules.

The text is that of ``<main>`` where there is one, or else of the body without navigation, banner
and footer. Nothing is fetched: entities of a DTD, images, frames and scripts stay what they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnemic.retrieval.ingestion.extraction.blocks import CELL, LINE, PARAGRAPH, Blocks, one_line
from mnemic.retrieval.ingestion.extraction.encodings import decoded
from mnemic.retrieval.ingestion.extraction.extracted import Extracted, refuse
from mnemic.retrieval.ingestion.extraction.xhtml import as_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from selectolax.lexbor import LexborHTMLParser, LexborNode

_TEXT = "-text"
_LEFT_OUT = frozenset(
    """
    script style template noscript head svg iframe frame object embed canvas audio video nav map
    select datalist button dialog textarea input
    """.split()  # noqa: SIM905
)
_ROLES = frozenset(
    "navigation search banner contentinfo menu menubar dialog alertdialog".split()  # noqa: SIM905
)
# Outside of these, <header>, <footer> and <aside> belong to the site and not to the page.
_CONTENT = frozenset({"main", "article", "section"})
_SITE = frozenset({"header", "footer", "aside"})
_CELLS = frozenset({"td", "th"})
_LINES = "br div dd dt li tr option summary legend caption".split()  # noqa: SIM905
_PARAGRAPHS = """
    address article aside blockquote body center details dl fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hgroup hr main ol p section table ul
    """.split()  # noqa: SIM905
_GAPS = {
    **dict.fromkeys(_CELLS, CELL),
    **dict.fromkeys(_LINES, LINE),
    **dict.fromkeys(_PARAGRAPHS, PARAGRAPH),
}
_ITEMS = _CELLS | {"li", "dd"}
_ANCHORS = frozenset(["¶", "#", "§", "🔗", "\uf0c1"])
_METADATA = ("author", "description")


def extract_html(content: bytes, largest: int) -> Extracted:
    """The main text of a page; its ``<title>``, or else its first heading, is the title.

    Metadata: ``author``, ``description`` and ``language``, where the page names them.

    Raises:
        InvalidInput: The encoding is wrong, or no text is left.
    """
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(as_html(decoded(content)))
    text = _text(page.css("main, [role=main]")) or _text(filter(None, [page.body]))
    if not text:
        refuse("the page holds no text", "if scripts fill it, save it from a browser")
    return Extracted(text=text, title=_title(page), metadata=_metadata(page))


def _title(page: LexborHTMLParser) -> str:
    # <svg> has titles too.
    for node in page.css("head > title, body h1"):
        if title := one_line(node.text()):
            return title
    return ""


def _metadata(page: LexborHTMLParser) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in page.css("meta[name][content]"):
        name = (node.attributes.get("name") or "").lower()
        value = one_line(node.attributes.get("content") or "")
        if name in _METADATA and value:
            found.setdefault(name, value)
    root = page.css_first("html[lang]")
    if root is not None and (language := one_line(root.attributes.get("lang") or "")):
        found["language"] = language
    return found


def _text(roots: Iterable[LexborNode]) -> str:
    blocks = Blocks()
    last: set[int] = set()
    for root in roots:
        # A <main> in a <main> has been written with the outer one.
        if root.mem_id not in last:
            for node, leaving in _walk(root, last):
                _write(node, blocks, leaving=leaving)
    return blocks.text()


def _walk(root: LexborNode, mains: set[int]) -> Iterator[tuple[LexborNode, bool]]:
    """Every node that is read, before and after its children; without recursion."""
    stack = [(root, root.tag == "main" or _role(root) == "main", False)]
    while stack:
        node, inside, leaving = stack.pop()
        if leaving:
            yield node, True
            continue
        if node.tag != _TEXT and _is_left_out(node, inside=inside):
            continue
        mains.add(node.mem_id)
        yield node, False
        stack.append((node, inside, True))
        if node.tag != "pre":
            within = inside or node.tag in _CONTENT
            children = [(each, within, False) for each in node.iter(include_text=True)]
            stack += reversed(children)


def _is_left_out(node: LexborNode, *, inside: bool) -> bool:
    if node.tag in _LEFT_OUT or (node.tag in _SITE and not inside):
        return True
    attributes = node.attributes
    hidden = attributes.get("hidden", "until-found") != "until-found"
    return hidden or attributes.get("aria-hidden") == "true" or _role(node) in _ROLES


def _role(node: LexborNode) -> str:
    return (node.attributes.get("role") or "").lower()


def _write(node: LexborNode, blocks: Blocks, *, leaving: bool) -> None:
    tag = node.tag or ""
    if tag == _TEXT:
        if not leaving and not _is_anchor(node):
            blocks.add(node.text_content or "")
    elif tag == "pre":
        if not leaving:
            blocks.keep(node.text())
    elif (gap := _GAPS.get(tag)) and not (tag == "p" and _is_alone(node)):
        blocks.end(gap)
        if tag == "li" and not leaving:
            blocks.add("- ")


def _is_anchor(node: LexborNode) -> bool:
    parent = node.parent
    return (
        parent is not None and parent.tag == "a" and (node.text_content or "").strip() in _ANCHORS
    )


def _is_alone(node: LexborNode) -> bool:
    """Whether a paragraph is all that its table cell or list item holds."""
    parent = node.parent
    if parent is None or parent.tag not in _ITEMS:
        return False
    return not any(
        each.mem_id != node.mem_id and (each.tag != _TEXT or (each.text_content or "").strip())
        for each in parent.iter(include_text=True)
    )
