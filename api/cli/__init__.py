"""How do people use mnemic from a terminal? One command per file, loaded when it is called."""

from __future__ import annotations


def main() -> None:
    """Run the command line; the entry point of ``mnemic``."""
    from mnemic.api.cli.app import cli

    cli()
