"""Run a retriever over a data set: batches that survive a crash, then what they are worth."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mnemic.errors import InvalidInput
from mnemic.eval.measures import DEFAULT, depth, evaluate, parse
from mnemic.eval.meters import Latency, Meter, Stage, time_each
from mnemic.eval.outputs import Costs, Outputs, fingerprint
from mnemic.eval.trec import ordered
from mnemic.types import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from mnemic.eval.datasets import Dataset
    from mnemic.eval.measures import Evaluation, Measure
    from mnemic.eval.partial import PartFile, Rankings
    from mnemic.retrieval.protocols import Retriever
    from mnemic.types import Query, Ranking

BATCH = 256


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one retriever did on one split of one data set.

    Attributes:
        dataset: The data set's name.
        split: The split.
        retriever: The retriever's name, as in tables and files.
        depth: Most hits per query.
        run: Rankings with scores rounded to six decimals.
        evaluation: Values per query and measure.
        latency: Milliseconds per query, asked one at a time.
        queries_per_second: Throughput of the batches that were searched; 0 when all were resumed.
        stages: Seconds, calls and peak memory of each stage.
        resumed: Queries whose rankings an earlier, interrupted run had left.
        path: The TREC run file, when ``out`` was given.
        resolved: The retriever's own name, where ``retriever`` is another: what ``hybrid`` is.
    """

    dataset: str
    split: str
    retriever: str
    depth: int
    run: Run
    evaluation: Evaluation
    latency: Latency
    queries_per_second: float
    stages: tuple[Stage, ...]
    resumed: int
    path: Path | None
    resolved: str = ""

    @property
    def peak_rss_bytes(self) -> int:
        """The largest resident set while searching."""
        return max(stage.peak_rss_bytes for stage in self.stages)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    dataset: Dataset
    retriever: Retriever
    depth: int
    batch: int
    within: str
    meter: Meter
    progress: Callable[[int, int], None]


def run(
    dataset: Dataset,
    retriever: Retriever,
    *,
    name: str = "",
    identity: str = "",
    k: int | None = None,
    measures: Sequence[Measure] = (),
    batch: int = BATCH,
    within: str = "",
    out: Path | None = None,
    resume: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Outcome:
    """Ask every judged query, and evaluate what comes back.

    With ``out``, each batch is on disk before the next is asked; the finished run appears under
    its name by one rename: ``out/<dataset>.<retriever>.<split>.trec``.

    Args:
        dataset: What to ask, and what is right.
        retriever: Who answers; it must search the data set's documents.
        name: The retriever's name in results; by default its own.
        identity: What else determines its rankings (settings, index, encoder); a part file of
            another identity is refused.
        k: Most hits per query; by default the deepest cut-off of the measures, at least 100.
        measures: What to compute; by default nDCG@10, R@100, RR@10, AP.
        batch: Queries per call.
        within: A metadata field: each query searches only documents with its own value there.
        out: Where results are kept.
        resume: Go on with what an interrupted run left in ``out``.
        progress: Called with finished and all queries after each batch.

    Raises:
        InvalidInput: ``k`` or ``batch`` does not fit, the data set has no judged query, or a
            ranking is malformed (a score is not finite, a document comes twice).
        Conflict: What is to be resumed belongs to another data set, retriever or depth, or
            another process writes it.
    """
    if batch < 1 or not dataset.queries:
        raise InvalidInput(f"nothing to ask: batch={batch}, {len(dataset.queries)} queries")
    chosen = tuple(measures) or tuple(map(parse, DEFAULT))
    task = _Task(
        dataset=dataset,
        retriever=retriever,
        depth=depth(chosen, asked=k),
        batch=batch,
        within=within,
        meter=Meter(),
        progress=progress or _quiet,
    )
    label = name or retriever.name
    outputs = _outputs(task, label, identity, out)
    costs, rankings = _answers(task, label, outputs, resume=resume)
    found = Run(label, rankings)
    return Outcome(
        dataset=dataset.name,
        split=dataset.split,
        retriever=label,
        depth=task.depth,
        run=found,
        evaluation=evaluate(found, dataset.qrels, chosen),
        latency=costs.latency,
        queries_per_second=costs.queries_per_second,
        stages=costs.stages,
        resumed=costs.resumed,
        path=outputs.path if outputs else None,
        resolved=retriever.name,
    )


def _quiet(done: int, total: int) -> None:
    del done, total


def _outputs(task: _Task, label: str, identity: str, out: Path | None) -> Outputs | None:
    if out is None:
        return None
    key = fingerprint(task.dataset, label, identity, depth=task.depth, within=task.within)
    return Outputs(out, (task.dataset.name, label, task.dataset.split), key)


def _answers(
    task: _Task, label: str, outputs: Outputs | None, *, resume: bool
) -> tuple[Costs, Rankings]:
    if outputs is None:
        return _measured(task, {}, None)
    if resume and (finished := outputs.finished()) is not None:
        return finished
    with outputs.part(resume=resume) as part:
        costs, rankings = _measured(task, dict(part.rankings), part)
        outputs.finish(Run(label, rankings), costs)
        part.remove()
    return costs, rankings


def _measured(task: _Task, known: Rankings, part: PartFile | None) -> tuple[Costs, Rankings]:
    resumed = len(known)
    if resumed < len(task.dataset.queries):
        # Models load when they are first asked; throughput is that of a retriever that is ready.
        with task.meter.stage("first query"):
            _ask(task, task.dataset.queries[0])
    for queries in _batches(task, known):
        found = _search(task, queries)
        if part is not None:
            part.append(found)
        known |= found
        task.progress(len(known), len(task.dataset.queries))
    searched = sum(stage.seconds for stage in task.meter.stages if stage.name == "search")
    latency = _latency(task)
    speed = (len(known) - resumed) / searched if searched > 0 else 0.0
    # In the order of the queries, whatever the order of the batches was.
    rankings = {query.id: known[query.id] for query in task.dataset.queries}
    return Costs(latency, speed, task.meter.stages, resumed), rankings


def _batches(task: _Task, known: Rankings) -> Iterator[list[Query]]:
    groups: dict[Any, list[Query]] = defaultdict(list)
    for query in task.dataset.queries:
        if query.id not in known:
            groups[_value(query, task.within)].append(query)
    for group in groups.values():
        for start in range(0, len(group), task.batch):
            yield group[start : start + task.batch]


def _value(query: Query, within: str) -> Any:
    if not within:
        return None
    value = query.metadata.get(within)
    if not isinstance(value, str | int | float):
        raise InvalidInput(
            f"query {query.id!r} has no usable metadata field {within!r}",
            hint="name a field that every query and its documents share",
        )
    return value


def _filter(query: Query, within: str) -> dict[str, Any] | None:
    return {within: _value(query, within)} if within else None


def _search(task: _Task, queries: list[Query]) -> Rankings:
    condition = _filter(queries[0], task.within)
    with task.meter.stage("search"):
        rankings = task.retriever.search(queries, task.depth, filter=condition)
    if len(rankings) != len(queries):
        raise InvalidInput(
            f"retriever {task.retriever.name!r} gave {len(rankings)} rankings"
            f" for {len(queries)} queries"
        )
    pairs = zip(queries, rankings, strict=True)
    return {query.id: _scores(task, query, ranking) for query, ranking in pairs}


def _scores(task: _Task, query: Query, ranking: Ranking) -> dict[str, float]:
    scores = {hit.id: hit.score for hit in ranking}
    if len(scores) != len(ranking) or len(ranking) > task.depth:
        raise InvalidInput(
            f"retriever {task.retriever.name!r}, query {query.id!r}: a document comes twice,"
            f" or there are more than {task.depth} hits"
        )
    return dict(ordered(scores))


def _latency(task: _Task) -> Latency:
    queries = task.dataset.queries
    with task.meter.stage("search one by one"):
        return time_each(lambda index: _ask(task, queries[index]), len(queries))


def _ask(task: _Task, query: Query) -> list[Ranking]:
    return task.retriever.search([query], task.depth, filter=_filter(query, task.within))
