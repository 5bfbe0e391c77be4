"""Put measured numbers into the documentation: ``python -m scripts.quote_results [--check]``.

A page says ``<!-- results: NAME -->`` where a table starts and ``<!-- end -->`` where it ends; what
stands between is replaced by the table NAME of scripts/tables.py, made from its results file. No
number of a measurement is ever typed by hand.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from scripts.tables import TABLES, table

ROOT = Path(__file__).resolve().parents[1]
MARKER = re.compile(r"(<!-- results: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def pages(root: Path = ROOT) -> list[Path]:
    """The pages that may quote results."""
    return [root / "README.md", *sorted((root / "docs").rglob("*.md"))]


def quoted(text: str, *, root: Path = ROOT) -> str:
    """The page with every marked table made anew from its results file."""
    return MARKER.sub(lambda found: found[1] + table(found["name"], root) + "\n" + found[3], text)


def names(text: str) -> list[str]:
    """The tables that a page quotes."""
    return [found["name"] for found in MARKER.finditer(text)]


def main(arguments: list[str]) -> int:
    """Rewrite the pages, or with ``--check`` say which are stale; 1 when one is."""
    check = arguments == ["--check"]
    if arguments and not check:
        print(f"unknown arguments {arguments}; known is --check", file=sys.stderr)
        return 2
    stale = [page for page in pages() if quoted(page.read_text("utf-8")) != page.read_text("utf-8")]
    for page in stale:
        print(f"{page.relative_to(ROOT)} {'is stale: run `make docs`' if check else 'rewritten'}")
        if not check:
            page.write_text(quoted(page.read_text("utf-8")), "utf-8")
    return 1 if check and stale else 0


__all__ = ["TABLES", "main", "names", "pages", "quoted"]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
