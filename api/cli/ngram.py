"""mnemic ngram: what can be asked of exact substrings. One line registers a command."""

from __future__ import annotations

import click

from mnemic.api.cli.lazy import LazyGroup

COMMANDS: dict[str, str] = {
    "contamination": "mnemic.api.cli.ngram_contamination:contamination",
    "count": "mnemic.api.cli.ngram_count:count",
    "distribution": "mnemic.api.cli.ngram_distribution:distribution",
    "find": "mnemic.api.cli.ngram_find:find",
    "index": "mnemic.api.cli.ngram_index:index",
}


@click.group("ngram", cls=LazyGroup, places=COMMANDS)
def ngram_group() -> None:
    """Count and find exact substrings, in every collection, with no model."""
