"""The command group: knows where each command lives, and what every error looks like."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

import mnemic
from mnemic.api.cli import failures, options
from mnemic.api.cli.lazy import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "add": "mnemic.api.cli.add:add",
    "compact": "mnemic.api.cli.compact:compact",
    "completion": "mnemic.api.cli.completion:completion",
    "delete": "mnemic.api.cli.delete:delete",
    "doctor": "mnemic.api.cli.doctor:doctor",
    "eval": "mnemic.api.cli.eval:eval_group",
    "export": "mnemic.api.cli.export:export",
    "get": "mnemic.api.cli.get:get",
    "grant": "mnemic.api.cli.grant:grant",
    "inspect": "mnemic.api.cli.inspect:inspect",
    "models": "mnemic.api.cli.models:models_group",
    "ngram": "mnemic.api.cli.ngram:ngram_group",
    "pyserini": "mnemic.api.cli.pyserini:pyserini_group",
    "reindex": "mnemic.api.cli.reindex:reindex",
    "search": "mnemic.api.cli.search:search",
}


class Mnemic(LazyGroup):
    """The group of all commands, whose errors are typed."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = "mnemic",
        complete_var: str | None = None,
        standalone_mode: bool = True,  # click's own signature
        **extra: Any,
    ) -> Any:
        """Run a command line; in standalone mode, report what went wrong and exit."""
        arguments = list(sys.argv[1:] if args is None else args)

        def run() -> Any:
            return super(Mnemic, self).main(
                arguments, prog_name, complete_var, standalone_mode=False, **extra
            )

        if not standalone_mode:
            return run()
        sys.exit(failures.guarded(run, arguments))


@click.group(
    cls=Mnemic,
    places=COMMANDS,
    epilog=options.examples(
        "mnemic add ./data --collection papers corpus.jsonl",
        'mnemic search ./data --collection papers "single token reranking"',
        "mnemic eval run --dataset scifact --retriever bm25",
    ),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(mnemic.__version__, prog_name="mnemic")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Store text once; find it by words and by meaning; evaluate what was found.

    Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 bad input, 5 corrupt or newer
    files, 130 interrupted.
    """
