"""mnemic search: the best documents for one query."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from mnemic.api.cli import notes, options
from mnemic.api.cli.output import console, counted, emit, printable
from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from mnemic.api.cli.options import Target
    from mnemic.retrieval.analysis import Analyzer
    from mnemic.types import Explanation, Hit, Ranking


class Answer(NamedTuple):
    """What a retriever found, and what it calls itself."""

    retriever: str
    ranking: Ranking


@click.command(
    epilog=options.examples(
        'mnemic search ./data -c papers "single token reranking"',
        'mnemic search ./data -c papers "reranking" -k 3 --filter \'{"year": {"$gte": 2020}}\'',
        'mnemic search ./data -c papers "reranking" --retriever bm25 --retriever dense',
        "mnemic search ./data -c papers \"reranking\" --json | jq '.hits[].id'",
    )
)
@options.target
@click.argument("query")
@options.collection()
@click.option(
    "--retriever",
    "retrievers",
    multiple=True,
    metavar="NAME",
    default=("default",),
    show_default=True,
    help="bm25, ngram, dense, sparse, hybrid, rrf(bm25,dense), ...; several stand side by side.",
)
@click.option("-k", "--k", default=10, show_default=True, help="Most hits.")
@click.option("--filter", "filter_text", metavar="JSON", help="Only documents whose metadata fit.")
@click.option("--per-passage", is_flag=True, help="Every passage is a hit; needs vectors.")
@click.option("--explain", is_flag=True, help="Show how each score came about.")
@options.as_json
def search(
    target: Target,
    query: str,
    *,
    name: str,
    retrievers: tuple[str, ...],
    k: int,
    filter_text: str | None,
    per_passage: bool,
    explain: bool,
    as_json: bool,
) -> None:
    """Find the best documents for QUERY.

    By default by words and by all vectors that the collection has, fused. Several retrievers
    answer the same query side by side.
    """
    asked: dict[str, Any] = {"filter": parse_filter(filter_text), "explain": explain}
    with target.collection(name) as papers:
        answers: dict[str, Answer] = {}
        for wanted in retrievers:
            chosen = papers.retriever(wanted, per_passage=per_passage)
            ranking = papers.search(query, k, retriever=chosen, **asked)
            answers[wanted] = Answer(chosen.name, ranking)
        if as_json:
            emit(_answer(answers, collection=name))
        elif len(answers) == 1:
            [answer] = answers.values()
            _show(answer.ranking, papers.analyzer, retriever=answer.retriever)
        else:
            from mnemic.api.cli.side_by_side import show

            show(answers)


def parse_filter(text: str | None) -> dict[str, Any] | None:
    """The filter of ``--filter``.

    Raises:
        InvalidInput: It is not a JSON object.
    """
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            f"--filter is not JSON: {error}", hint="""Write --filter '{"year": 2024}'."""
        ) from error
    if not isinstance(value, dict):
        raise InvalidInput(
            f"--filter is a JSON {type(value).__name__}, not an object",
            hint="""Write --filter '{"year": 2024}'.""",
        )
    return value


def _answer(answers: dict[str, Answer], *, collection: str) -> dict[str, Any]:
    [query] = {answer.ranking.query.text for answer in answers.values()}
    common = {"query": query, "collection": collection, "notes": notes.said()}
    rows = [
        {"retriever": answer.retriever, "hits": [_hit(hit) for hit in answer.ranking]}
        for answer in answers.values()
    ]
    return {**common, **rows[0]} if len(rows) == 1 else {**common, "rankings": rows}


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "id": hit.id,
        "score": hit.score,
        "title": hit.title,
        "text": hit.text,
        "snippet": hit.snippet,
        "passage": hit.passage,
        "metadata": dict(hit.metadata),
        "explanation": None if hit.explanation is None else _explanation(hit.explanation),
    }


def _explanation(item: Explanation) -> dict[str, Any]:
    return {
        "value": item.value,
        "description": item.description,
        "parts": [_explanation(part) for part in item.parts],
    }


def _show(ranking: Ranking, analyzer: Analyzer, *, retriever: str) -> None:
    screen = console()
    found = counted(len(ranking), "hit") if ranking else "nothing found"
    screen.print(f"{found} by {printable(retriever)}", style="dim")
    terms = frozenset(analyzer.analyze(ranking.query.text))
    for place, hit in enumerate(ranking, start=1):
        screen.print(_panel(place, hit, terms, analyzer))


def _panel(place: int, hit: Hit, terms: frozenset[str], analyzer: Analyzer) -> RenderableType:
    from rich.console import Group
    from rich.panel import Panel
    from rich.text import Text

    head = Text.assemble(
        f"{place}. ", (printable(hit.id), "bold cyan"), (f"  {hit.score:.4f}", "green")
    )
    lines: list[RenderableType] = []
    if hit.title:
        lines.append(_marked(hit.title, terms, analyzer, style="bold"))
    lines.append(_marked(hit.snippet or hit.text[:200], terms, analyzer))
    if hit.metadata:
        lines.append(Text(printable(json.dumps(hit.metadata, ensure_ascii=False)), "dim"))
    if hit.explanation is not None:
        lines.append(_tree(hit.explanation))
    return Panel(Group(*lines), title=head, title_align="left")


def _marked(text: str, terms: frozenset[str], analyzer: Analyzer, *, style: str = "") -> Text:
    from rich.text import Text

    marked, end = Text(style=style), 0
    for term, start, stop in analyzer.spans(text):
        if term in terms and start >= end:
            marked.append(printable(text[end:start], lines=True))
            marked.append(printable(text[start:stop]), "bold yellow")
            end = stop
    return marked.append(printable(text[end:], lines=True))


def _tree(explanation: Explanation) -> RenderableType:
    from rich.tree import Tree

    root = Tree(_line(explanation), guide_style="dim")
    pending = [(root, explanation)]
    while pending:
        branch, item = pending.pop()
        pending.extend((branch.add(_line(part)), part) for part in item.parts)
    return root


def _line(item: Explanation) -> Text:
    from rich.text import Text

    value = f"{item.value:.4f}".rstrip("0").rstrip(".")
    return Text.assemble((value, "green"), f"  {printable(item.description)}")
