"""The tables that documentation quotes: one results file and one rendering each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from scripts.machine import one_line
from scripts.tables_ngram import RENDERERS as NGRAM
from scripts.tables_sparse import RENDERERS as SPARSE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


class Table(NamedTuple):
    """Where a table's numbers are, which command writes them, and how they are shown."""

    source: str
    command: str
    render: Callable[[dict[str, Any]], str]


def table(name: str, root: Path) -> str:
    """A table as Markdown, with its machine and date; a sentence where nothing is measured yet.

    Raises:
        KeyError: There is no such table.
    """
    entry = TABLES[name]
    path = root / entry.source
    if not path.exists():
        return f"Not measured yet: `{entry.command}` writes `{entry.source}`."
    results = json.loads(path.read_text(encoding="utf-8"))
    caption = f"From `{entry.source}`, written by `{entry.command}`"
    facts = results.get("machine")
    return f"{entry.render(results)}\n\n{caption}" + (f": {one_line(facts)}." if facts else ".")


def _markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    aligned = ["---", *["---:"] * (len(heads) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [heads, aligned, *rows])


def _quality(results: dict[str, Any]) -> str:
    rows = results["results"]
    measures = list(rows[0]["measures"])
    counts = ["documents", "queries", "of them for tuning"]
    heads = ["data set", "retriever", *counts, *measures, "p50 ms", "p99 ms"]
    return _markdown(heads, [_quality_row(row, measures) for row in rows])


def _quality_row(row: dict[str, Any], measures: Sequence[str]) -> list[str]:
    return [
        row["dataset"] if row["split"] == "test" else f"{row['dataset']}/{row['split']}",
        row["retriever"],
        f"{row['documents']:,}",
        f"{row['queries']:,}",
        f"{row['tuning_queries']:,}",
        *(f"{row['measures'][measure]:.4f}" for measure in measures),
        f"{row['latency_ms']['p50']:.1f}",
        f"{row['latency_ms']['p99']:.1f}",
    ]


def _ingest(results: dict[str, Any]) -> str:
    rows = [
        ["passages added, each batch durable", f"{results['passages']:,}"],
        ["passages a second", f"{results['passages_per_second']:,.0f}"],
        ["seconds", f"{results['seconds']:.1f}"],
        ["seconds until all is merged after that", f"{results['settled_seconds']:.1f}"],
        ["bare SQLite inserts a second, same batches", f"{results['limit_per_second']:,.0f}"],
        ["share of that limit", f"{results['ratio_to_limit']:.0%}"],
        ["peak resident memory, MiB", f"{results['peak_rss_mib']:,.0f}"],
        [
            "growth of resident memory over the second half, MiB",
            f"{results['second_half_growth_mib']:,.0f}",
        ],
        ["bytes on disk per byte of text", f"{results['disk_per_text_byte']:.2f}"],
    ]
    return _markdown(["ingestion", results["corpus"]], rows)


def _open(results: dict[str, Any]) -> str:
    heads = ["open and first query, ms", "median", "slowest", "runs"]
    rows = [
        [name, f"{figure['median_ms']:.0f}", f"{figure['max_ms']:.0f}", str(len(figure["runs_ms"]))]
        for name, figure in results["figures"].items()
    ]
    return _markdown(heads, rows)


def _dense_flat(results: dict[str, Any]) -> str:
    heads = ["metric, batch, k", "queries/s", "raw FAISS", "ratio", "share of copy bandwidth"]
    return _markdown(heads, [_dense_flat_row(row) for row in results["results"]])


def _dense_flat_row(row: dict[str, Any]) -> list[str]:
    share = row.get("share_of_copy_bandwidth")
    return [
        f"{row['metric']}, {row['batch']:,}, {row['k']}",
        f"{row['ours_queries_per_second']:,.0f}",
        f"{row['faiss_queries_per_second']:,.0f}",
        f"{row['ratio']:.2f}",
        "" if share is None else f"{share:.0%}",
    ]


def _encode(results: dict[str, Any]) -> str:
    rows = results["results"]
    lengths = sorted({row["tokens"] for row in rows})
    heads = ["encoder", *(f"texts/s, {n} tokens" for n in lengths), *(f"MiB, {n}" for n in lengths)]
    found = {(row["encoder"], row["tokens"]): row for row in rows}
    return _markdown(
        heads,
        [
            [
                name,
                *(f"{found[name, n]['texts_per_second']:,.0f}" for n in lengths),
                *(f"{found[name, n]['peak_mib']:,.0f}" for n in lengths),
            ]
            for name in dict.fromkeys(row["encoder"] for row in rows)
        ],
    )


def _hybrid(results: dict[str, Any]) -> str:
    heads = [f"{results['dataset']}, ms a query", "p50", "p95", "p99"]
    rows = [
        [name, *(f"{figures[part]:.1f}" for part in ("p50", "p95", "p99"))]
        for name, figures in results["latency_ms"].items()
    ]
    return _markdown(heads, rows)


def _tests(results: dict[str, Any]) -> str:
    counts = ", ".join(f"{count} {state}" for state, count in results["outcomes"].items())
    rows = [
        ["tests", str(results["tests"])],
        ["outcomes", counts],
        ["seconds", f"{results['seconds']:.0f}"],
    ]
    if results.get("parts", 1) > 1:
        rows.append(["runs, one after the other", str(results["parts"])])
    return _markdown(["full counts", ""], rows)


def _anserini(results: dict[str, Any]) -> str:
    heads = ["data set", "measure", "mnemic", "Anserini", "better here", "better there", "equal"]
    rows = [
        [section, *_beside(found)]
        for section, comparisons in results["comparisons"].items()
        for found in comparisons
    ]
    return _markdown([*heads, "p (randomisation)"], rows)


def _beside(found: dict[str, Any]) -> list[str]:
    """Our figure first; the reference is the second run of each comparison."""
    return [
        found["measure"],
        *(f"{found[mean]:.4f}" for mean in ("first_mean", "second_mean")),
        *(str(found[count]) for count in ("losses", "wins", "ties")),
        f"{found['p_randomisation']:.2f}",
    ]


def _fusion(results: dict[str, Any]) -> str:
    """nDCG@10 of every way on the reporting queries, best mean first; the default in bold."""
    ways, seen = results["reporting"], results["seen"]
    sets = list(next(iter(ways.values())))
    real = {(row["way"], row["dataset"]): row for row in results["tests"] if row["p_holm"] < 0.05}
    order = sorted(ways, key=lambda way: -_mean(ways[way]))
    heads = ["retriever", *(f"{name}*" if name in seen else name for name in sets), "mean"]
    rows = [
        _fusion_row(way, ways[way], real, defaults=results["defaults"], bm25=ways["bm25"])
        for way in order
    ]
    notes = "; ".join(f"{name}: {what}" for name, what in seen.items())
    return (
        f"{_markdown(heads, rows)}\n\nnDCG@10. † differs from bm25 (paired randomisation test, "
        f"Holm, p < .05). Mean: over the sets, with the mean gain over bm25. Bold: what `hybrid` "
        "is with a dense, a sparse, or both encoders. * may be in minilm's training data "
        f"({notes})."
    )


def _fusion_row(
    way: str,
    row: dict[str, Any],
    real: dict[tuple[str, str], Any],
    *,
    defaults: Sequence[str],
    bm25: dict[str, Any],
) -> list[str]:
    gains = [row[name]["nDCG@10"] / bm25[name]["nDCG@10"] - 1 for name in row]
    values = [f"{row[name]['nDCG@10']:.4f}" + ("†" if (way, name) in real else "") for name in row]
    shown = f"**{way}**" if way in defaults else way
    return [shown, *values, f"{_mean(row):.4f} ({sum(gains) / len(gains):+.1%})"]


def _mean(row: dict[str, Any]) -> float:
    values = [measures["nDCG@10"] for measures in row.values()]
    return float(sum(values) / len(values))


def _tuning(results: dict[str, Any]) -> str:
    ways = results["tuning"]
    sets = [name for name in next(iter(ways.values())) if name != "mean"]
    rows = [
        [way, *(f"{row[name]['nDCG@10']:.4f}" for name in sets), f"{row['mean']:.4f}"]
        for place, (way, row) in enumerate(ways.items())
        if place < SHOWN or way in (*results["defaults"], "bm25", "dense", "sparse")
    ]
    table = _markdown(["retriever/depth where it is not 100", *sets, "mean"], rows)
    return f"{table}\n\nnDCG@10 of the best {SHOWN} of {len(ways)}, the defaults and the parts."


def _ngram_quality(results: dict[str, Any]) -> str:
    """The sample with the model, then all questions without it."""
    sample, whole = results["sample"], results["whole"]
    worth = {test["retriever"]: test["p"] for test in results["tests"] if "nDCG" in test["measure"]}
    measures = list(sample["results"][0]["measures"])
    heads = [results["dataset"], "questions", *measures, "p beside bm25", "median ms"]
    rows = [
        _ngram_row(row["retriever"], sample["questions"], row["measures"], row["median_ms"], worth)
        for row in sample["results"]
    ]
    rows += [
        _ngram_row(row["retriever"], row["queries"], row["measures"], row["latency_ms"]["p50"], {})
        for row in whole
    ]
    return (
        f"{_markdown(heads, rows)}\n\nThe {sample['questions']} are drawn from the questions for "
        f"reporting; of all {whole[0]['queries']:,}, {whole[0]['tuning_queries']:,} are about the "
        "articles that parameters were tuned on. p: paired randomisation test on nDCG@10. Times: "
        "one question after the other, on a machine with other work."
    )


def _ngram_row(
    name: str, questions: int, measures: dict[str, float], ms: float, worth: dict[str, float]
) -> list[str]:
    p = f"{worth[name]:.3f}" if name in worth else ""
    return [
        name,
        f"{questions:,}",
        *(f"{value:.4f}" for value in measures.values()),
        p,
        f"{ms:.1f}",
    ]


def _pruning(results: dict[str, Any]) -> str:
    reports = results["results"]
    first = reports[0]["results"][0]
    cutoffs, measures = list(first["overlap"]), list(first["measures"])
    heads = ["data set", "top_k", "weights a passage", *(f"overlap@{k}" for k in cutoffs)]
    rows = [
        [
            report["dataset"],
            "all" if row["top_k"] is None else str(row["top_k"]),
            f"{row['postings_per_passage']:.1f}",
            *(f"{row['overlap'][k]:.3f}" for k in cutoffs),
            *(f"{row['measures'][m]:.4f}" + ("†" if row["p"][m] < 0.05 else "") for m in measures),
        ]
        for report in reports
        for row in report["results"]
    ]
    asked = ", ".join(
        f"{each['dataset']} {each['queries']:,} ({each['tuning_queries']:,} of them for tuning)"
        for each in reports
    )
    return (
        f"{_markdown([*heads, *measures], rows)}\n\nVectors of {reports[0]['encoder']}. Queries: "
        f"{asked}. overlap@k: the share of the best k documents by all weights that is among the "
        "best k here. † differs from all weights (paired randomisation test, Holm, p < .05)."
    )


SHOWN = 10

TABLES = {
    "anserini": Table("docs/results/anserini.json", "python -m bench.anserini", _anserini),
    "quality": Table("docs/results/eval.json", "make bench", _quality),
    "fusion": Table("docs/results/fusion.json", "python -m bench.fusion", _fusion),
    "tuning": Table("docs/results/fusion.json", "python -m bench.fusion", _tuning),
    "ingest": Table("bench/results/ingest.json", "make bench", _ingest),
    "open": Table("bench/results/open.json", "make bench", _open),
    "dense-flat": Table("bench/results/dense_flat.json", "make bench", _dense_flat),
    "encode": Table("bench/results/encode.json", "make bench", _encode),
    "hybrid": Table("bench/results/hybrid.json", "make bench", _hybrid),
    "ngram-quality": Table(
        "docs/results/ngram.json", "python -m bench.ngram_quality", _ngram_quality
    ),
    "sparse-pruning": Table(
        "docs/results/sparse-pruning.json", "python -m bench.pruning", _pruning
    ),
    "tests": Table("docs/results/test-all.json", "make test-all", _tests),
    **{
        name: Table("bench/results/ngram.json", "make bench-ngram", render)
        for name, render in NGRAM.items()
    },
    **{
        name: Table("bench/results/sparse.json", "make bench-sparse", render)
        for name, render in SPARSE.items()
    },
}
