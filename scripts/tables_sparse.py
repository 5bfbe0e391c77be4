"""The tables of ``bench/results/sparse.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scripts.tables_ngram import cells

if TYPE_CHECKING:
    from collections.abc import Callable

Results = dict[str, Any]
Run = dict[str, Any]
DEPTHS = (10, 100)
MERGED = "one segment"


def targets(results: Results) -> str:
    """What was asked for and what was measured."""
    rows = [_target(row) for row in results["targets"]]
    agreed = results["agreement"]
    notes = [
        f"{agreed['compared']:,} lists of best scores compared with brute force, "
        f"{len(agreed['mismatches'])} runs differ"
    ]
    notes += [f"{name}: {why}" for name, why in results["not_measured"].items()]
    table = cells(["target", "asked", "measured", "by processor time", "met"], rows)
    return f"{table}\n\n{'; '.join(notes)}."


def search(results: Results) -> str:
    """Every system over the main corpus."""
    heads = ["BM25, one thread", *(f"questions a second, k {k}" for k in DEPTHS)]
    heads += ["index MB", "build seconds", "peak MB"]
    runs = _runs(results, "search")
    rows = [_system(run) for run in runs if run["task"]["facts"]["digest"] == results["main"]]
    facts = results["corpora"][0]
    theirs = [
        f"{_name(run)}: {run['scores']}; built {run['built']}"
        for run in runs
        if _main(results, run)
    ]
    return (
        f"{cells(heads, rows)}\n\n{facts['documents']:,} passages of {facts['asked']['source']}, "
        f"{facts['postings']:,} postings; {facts['questions']:,} questions of "
        f"{facts['question_terms']:.1f} terms. Every system is fed the same terms, and answers in "
        f"its fastest way. {'. '.join(dict.fromkeys(theirs))}."
        f"{_picture('search', 'questions a second')}"
    )


def growth(results: Results) -> str:
    """Microseconds a question by number of passages."""
    runs = [
        run
        for run in _runs(results, "search")
        if run["task"]["threads"] == 1 and run["task"]["facts"]["digest"] != results["small"]
    ]
    sizes = sorted({run["task"]["facts"]["documents"] for run in runs})
    found: dict[str, dict[int, str]] = {}
    for run in runs:
        for k in DEPTHS:
            row = found.setdefault(f"{_name(run)}, k {k}", {})
            row[run["task"]["facts"]["documents"]] = _shown(_fastest(run, k).get("us"), ",.1f")
        memory = found.setdefault(f"{_name(run)}, peak MB while building", {})
        peak = run.get("build", {}).get("peak_bytes")
        memory[run["task"]["facts"]["documents"]] = _shown(peak and peak / 1e6, ",.0f")
    several = {name: row for name, row in found.items() if len(row) > 1}
    rows = [[name, *(row.get(size, "") for size in sizes)] for name, row in several.items()]
    table = cells(["us a question", *(f"{size:,} passages" for size in sizes)], rows)
    picture = _picture("growth", "time a question and memory by number of passages")
    return f"{table}\n\nLarger than the data sets: {results['edits']}.{picture}"


def ingest(results: Results) -> str:
    """Text in to searchable on disk."""
    rows = [
        [
            f"{_name(run)}, {run['task']['threads']} core{'s' * (run['task']['threads'] > 1)}",
            f"{run['ingest']['documents_per_second']:,.0f}",
            f"{run['ingest']['peak_bytes'] / 1e6:,.0f}",
            f"{run['disk_bytes'] / 1e6:,.1f}",
            ", ".join(f"{name} {took:.2f}" for name, took in run["ingest"]["steps"].items()),
        ]
        for run in _runs(results, "ingest")
        if "ingest" in run
    ]
    return cells(["text to searchable", "passages a second", "peak MB", "MB", "seconds"], rows)


def learned(results: Results) -> str:
    """Learned sparse vectors."""
    heads = ["learned sparse, one thread", "way", "questions a second, k 10", "index MB"]
    rows = [
        [
            _name(run),
            row["way"],
            f"{row['per_second']:,.0f}",
            _shown(run.get("disk_bytes", 0) / 1e6, ",.1f"),
        ]
        for run in _runs(results, "learned")
        for row in run.get("search", [])
    ]
    facts = results["vectors"]
    if not facts:
        return cells(heads, rows) + "\n\nNot measured: there is no model."
    return (
        f"{cells(heads, rows)}\n\n{facts['documents']:,} documents of "
        f"{facts['terms_a_document']:.0f} terms, {facts['encoded']:,} of them by the model itself; "
        f"questions of {facts['terms_a_question']} terms. {facts['made']}."
    )


def limits(results: Results) -> str:
    """Our times in reads of the postings."""
    rows = [
        [
            f"BM25, k {row['k']}",
            f"{row['bytes'] / 1000:,.1f}",
            f"{row['limit_us']:.2f}",
            f"{row['us']:.2f}",
            f"{row['ratio']:.1f}",
        ]
        for row in results["against_limit"]
    ]
    heads = ["a question", "KB of postings", "limit us", "measured us", "times the limit"]
    speed = {row["gb_per_second"] for row in results["against_limit"]}
    shown = f"A plain copy moves {max(speed):.1f} GB a second. " if speed else ""
    return (
        f"{cells(heads, rows)}\n\n{shown}The limit reads every compressed posting of a question's "
        "terms once; pruning may read less."
    )


RENDERERS: dict[str, Callable[[Results], str]] = {
    "sparse": search,
    "sparse-targets": targets,
    "sparse-growth": growth,
    "sparse-ingest": ingest,
    "sparse-learned": learned,
    "sparse-limits": limits,
}


def _target(row: dict[str, Any]) -> list[str]:
    bound = "stated"
    if row["bound"] is not None:
        bound = f"{'≥' if row['sense'] == '>=' else '≤'} {row['bound']:g} {row['unit']}"
    return [
        row["what"],
        bound,
        "not measured" if row["measured"] is None else f"{row['measured']:.3g}",
        _shown(row.get("processor"), ".3g"),
        {None: "", True: "yes", False: "**no**"}[row["met"]],
    ]


def _system(run: Run) -> list[str]:
    cores = "" if run["task"]["threads"] == 1 else f", {run['task']['threads']} threads"
    build = run.get("build", {})
    size, peak = run.get("disk_bytes"), build.get("peak_bytes")
    return [
        _name(run) + cores,
        *(_shown(_fastest(run, k).get("per_second"), ",.0f") for k in DEPTHS),
        _shown(size and size / 1e6, ",.1f"),
        _shown(build.get("seconds"), ".1f"),
        _shown(peak and peak / 1e6, ",.0f"),
    ]


def _runs(results: Results, what: str) -> list[Run]:
    return [run for run in results["runs"] if run["task"]["what"] == what]


def _main(results: Results, run: Run) -> bool:
    return run["task"]["facts"]["digest"] == results["main"] and "scores" in run


def _name(run: Run) -> str:
    return f"{run['task']['system']} {run['task']['mode']}".strip()


def _fastest(run: Run, k: int) -> dict[str, Any]:
    rows = [row for row in run.get("search", []) if row["k"] == k]
    if run["task"]["system"] == "ours":
        rows = [row for row in rows if row["way"] == MERGED]
    return min(rows, key=lambda row: float(row["us"]), default={})


def _shown(value: float | None, form: str) -> str:
    return "" if value is None else f"{value:{form}}"


def _picture(name: str, what: str) -> str:
    """A plot of the same run; pages that quote the table are in docs/guides."""
    return f"\n\n![{what}](../../bench/results/sparse_{name}.svg)"
