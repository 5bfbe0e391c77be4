"""The tables of ``bench/results/ngram.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Results = dict[str, Any]
PATTERN = 16
BYTES = ("ours", "fm-index", "infini-gram", "pydivsufsort")


def cells(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table: the first column to the left, the others to the right."""
    aligned = ["---", *["---:"] * (len(heads) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [heads, aligned, *rows])


def targets(results: Results) -> str:
    """What was asked for and what was measured."""
    rows = [
        [
            f"{row['what']} ({row['mode']})",
            f"{'≥' if row['sense'] == '>=' else '≤'} {row['bound']:g} {row['unit']}",
            "not measured" if row["measured"] is None else f"{row['measured']:.3g}",
            _shown(row.get("processor"), ".3g"),
            {None: "", True: "yes", False: "**no**"}[row["met"]],
        ]
        for row in results["targets"]
    ]
    return cells(["target", "asked", "measured", "by processor time", "met"], rows) + _notes(
        results
    )


def systems(results: Results) -> str:
    """Every system over the main text: build, size, counting and locating."""
    heads = [
        "byte level",
        "build MB/s, 1 core",
        "2 cores",
        "peak bytes a byte",
        "disk bytes a byte",
    ]
    heads += ["count us, one by one", "batch", "locate us", "open ms"]
    runs = _runs(results, 1)
    two = _runs(results, 2)
    rows = [_system(runs[name], two.get(name, {})) for name in runs if name[0] in BYTES]
    size = results["main_bytes"] / 1e6
    theirs = [run for (name, _), run in runs.items() if name in BYTES and "across" in run]
    return (
        f"{cells(heads, rows)}\n\n{size:.0f} MB of {results['corpus']}; patterns of {PATTERN} "
        "bytes; build until it is on disk (pydivsufsort: the suffix array alone, in memory)."
        f"{_opening(results)}\n\n"
        f"Matches across documents. {'; '.join(_across(run) for run in theirs)}."
        f"{_picture('build', 'megabytes a second of the builds')}"
    )


def counts(results: Results) -> str:
    """Microseconds a pattern, by its length."""
    lengths = sorted(
        {row["length"] for run in _main(results, "ours") for row in run.get("count", [])}
    )
    rows = []
    for threads, cores in ((1, ""), (2, ", 2 cores")):
        for (system, mode), run in _runs(results, threads).items():
            if system in BYTES:
                name = f"{system} {mode}".strip() + cores
                rows += _by_length(name, run, lengths, deletes=threads == 1)
    heads = ["us a pattern", *(f"{length} bytes" for length in lengths)]
    return cells(heads, rows) + _picture("count", "time a query by length of the pattern")


def growth(results: Results) -> str:
    """Microseconds a pattern by size of the text, one core."""
    runs = [run for run in results["runs"] if _grows(run)]
    sizes = sorted({run["task"]["facts"]["bytes"] for run in runs})
    found: dict[str, dict[int, str]] = {}
    for run in runs:
        for way in ("batch", "one by one"):
            took = _took(run, PATTERN, way)
            name = f"{run['task']['system']} {run['task']['mode']}".strip() + f", {way}"
            if took is not None:
                found.setdefault(name, {})[run["task"]["facts"]["bytes"]] = f"{took:.2f}"
    rows = [[name, *(row.get(size, "") for size in sizes)] for name, row in found.items()]
    copied = [
        facts for facts in results["texts"] if facts["copies"] > 1 and facts["bytes"] in sizes
    ]
    notes = "; ".join(f"{f['bytes'] / 1e6:.0f} MB: {f['copies']} copies" for f in copied)
    heads = [f"us a pattern of {PATTERN} bytes", *(f"{size / 1e6:.0f} MB" for size in sizes)]
    edits = f"\n\n{notes}; {results['edits']}." if copied else ""
    return cells(heads, rows) + edits + _picture("growth", "time a query by size of the text")


def decoding(results: Results) -> str:
    """Microseconds a beam over tokens, by the length of its context."""
    [ours] = _main(results, "ours-tokens") or [{}]
    rows = [
        [
            f"{name}, {percent} % deleted",
            *(f"{row[what]['us']:.2f}" for row in steps["states"]),
        ]
        for percent, steps in sorted(ours.get("steps", {}).items())
        for what, name in (
            ("extend", "extend, 1,500 at a time"),
            ("masks", "mask, 15 beams at a time"),
            ("next_symbols", "what follows and how often, 15 beams at a time"),
        )
    ]
    [theirs] = _main(results, TOKEN_PEER) or [{}]
    if found := {row["context"]: row["mean"] for row in theirs.get("next_symbols", [])}:
        shown = [f"{found[n]:,.0f}" if n in found else "" for n in CONTEXTS]
        rows.append(["infini-gram: what follows, at most 1,000 sampled", *shown])
    heads = ["us a state, tokens", *(f"context of {length}" for length in CONTEXTS)]
    return cells(heads, rows) + _steps(ours)


def limits(results: Results) -> str:
    """Our times in random loads of the machine's memory."""
    rows = [
        [f"{row['what']} ({row['mode']})", *(f"{row[part]:.1f}" for part in PARTS)]
        for row in results["against_limits"]
    ]
    [run] = _main(results, "limits") or [{}]
    shown = "; ".join(
        f"{row['mib']} MiB: {row['dependent_ns']:.0f} ns when each load waits for the one before, "
        f"{row['independent_ns']:.1f} ns when none waits"
        for row in run.get("random", [])
    )
    return f"{cells(['a symbol or occurrence', 'ns', 'a load, ns', 'loads'], rows)}\n\n{shown}."


CONTEXTS = (1, 2, 4, 8)
PARTS = ("ns", "limit_ns", "loads")
TOKEN_PEER = "infini-gram-tokens"

RENDERERS: dict[str, Callable[[Results], str]] = {
    "ngram": systems,
    "ngram-targets": targets,
    "ngram-count": counts,
    "ngram-growth": growth,
    "ngram-decoding": decoding,
    "ngram-limits": limits,
}


def _picture(name: str, what: str) -> str:
    """A plot of the same run; pages that quote the table are in docs/guides."""
    return f"\n\n![{what}](../../bench/results/ngram_{name}.svg)"


def _grows(run: dict[str, Any]) -> bool:
    return run["task"]["system"] in BYTES and run["task"]["threads"] == 1


def _runs(results: Results, threads: int) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (run["task"]["system"], run["task"]["mode"]): run
        for run in results["runs"]
        if run["task"]["threads"] == threads and run["task"]["facts"]["digest"] == results["main"]
    }


def _main(results: Results, system: str) -> list[dict[str, Any]]:
    return [run for (name, _), run in _runs(results, 1).items() if name == system]


def _system(run: dict[str, Any], two: dict[str, Any]) -> list[str]:
    task, opened = run["task"], run.get("open_ms")
    if isinstance(opened, dict):
        opened = opened["mapped"]
    return [
        f"{task['system']} {task['mode']}".strip(),
        _speed(run),
        _speed(two),
        _shown(run.get("build", {}).get("peak_per_byte"), ".1f"),
        _shown(run.get("disk_per_byte"), ".2f"),
        *(_shown(_took(run, PATTERN, way), ".2f") for way in ("one by one", "batch")),
        _shown(run.get("locate", {}).get("us"), ".2f"),
        _shown(opened, ".1f"),
    ]


def _opening(results: Results) -> str:
    """How long the largest file takes to open."""
    ours = [run for run in results["runs"] if run["task"]["system"] == "ours" and "open_ms" in run]
    if not ours:
        return ""
    run = max(ours, key=lambda run: int(run["disk_bytes"]))
    took = run["open_ms"]
    return (
        f" A file of {run['disk_bytes'] / 1e9:.2f} GB opens in {took['mapped']:.1f} ms, in "
        f"{took['verified']:.0f} ms when every byte is verified."
    )


def _across(run: dict[str, Any]) -> str:
    return f"{run['task']['system']}: {run['across']}"


def _speed(run: dict[str, Any]) -> str:
    if "build" not in run:
        return str(run.get("failed", ""))
    seconds = run["build"]["seconds"]
    if run["task"]["system"] != "pydivsufsort":
        seconds += run.get("save_seconds", 0.0)
    return f"{run['task']['facts']['bytes'] / 1e6 / seconds:.1f}"


def _took(run: dict[str, Any], length: int, way: str, deleted: int = 0) -> float | None:
    for row in run.get("count", []):
        if (row["length"], row["way"], row["deleted"]) == (length, way, deleted):
            return float(row["us"])
    return None


def _by_length(
    name: str, run: dict[str, Any], lengths: Sequence[int], *, deletes: bool = True
) -> list[list[str]]:
    kinds = dict.fromkeys((row["way"], row["deleted"]) for row in run.get("count", []))
    return [
        [
            f"{name}, {way}" + (f", {deleted} % deleted" if deleted else ""),
            *(_shown(_took(run, length, way, deleted), ".2f") for length in lengths),
        ]
        for way, deleted in kinds
        if deletes or not deleted
    ]


def _steps(ours: dict[str, Any]) -> str:
    found = []
    for percent, steps in sorted(ours.get("steps", {}).items()):
        for width, row in (("15 beams a call", "beams"), ("one beam a call", "alone")):
            part = steps["decoding"][row]
            shown = f"{part['mean']:.1f} us a beam in the mean, {part['p99']:.1f} at p99"
            found.append(f"{width}, {percent} % deleted: {shown}")
    return f"\n\nA step (mask, then extend), contexts of 2 to 9 tokens. {'; '.join(found)}."


def _shown(value: float | None, form: str) -> str:
    return "" if value is None else f"{value:{form}}"


def _notes(results: Results) -> str:
    agreed = results["agreement"]
    found = [f"{agreed['compared']:,} answers compared, {len(agreed['mismatches'])} kinds differ"]
    found += [f"{name}: {why}" for name, why in results["not_measured"].items()]
    return f"\n\n{'; '.join(found)}."
