"""What ``mnemic eval run`` is going to do, checked before the first index is built."""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from collections.abc import Collection as Container

    from mnemic.api.cli.eval_costs import Costs
    from mnemic.eval.datasets import Dataset
    from mnemic.eval.measures import Measure
    from mnemic.eval.report import Result
    from mnemic.retrieval.encoders.opening import TextEncoder
    from mnemic.retrieval.protocols import Retriever
    from mnemic.sdk import Collection
    from mnemic.settings import Settings


def plan_of(
    names: Sequence[str],
    retrievers: Sequence[str],
    measure_names: Sequence[str],
    *,
    split: str,
    depth: int | None,
    encoders: Sequence[str] | None = (),
    store: tuple[Path, str] | None = None,
) -> Plan:
    """Read settings, measures, data sets and judgements; find the encoders that are needed.

    Args:
        names: Data sets.
        retrievers: Names and fusions.
        measure_names: Measures; none for the default ones.
        split: Which judgements.
        depth: Most hits per query.
        encoders: Encoders of the collections that are made; ``None`` for none, empty for those
            that the retrievers need.
        store: The folder and the name of a collection that is searched instead.

    Raises:
        NotFound: A data set, the split or a model does not exist.
        InvalidInput: A measure or a file is malformed, or two data sets have one name.
    """
    from mnemic.api.cli.eval_encoders import encoders_of, writer_of
    from mnemic.eval import datasets, measures
    from mnemic.settings import Settings

    settings = Settings.from_environment()
    opened = [] if store else encoders_of(retrievers, encoders, settings)
    chosen = parse_measures(measure_names)
    needed = measures.depth(chosen, asked=depth)
    loaded = [
        datasets.load(name, split=split, data=settings.data, cache=settings.cache)
        for name in dict.fromkeys(names)
    ]
    seen = [dataset.name for dataset in loaded]
    if len(set(seen)) < len(seen):
        raise InvalidInput(
            f"two data sets have one name: {', '.join(sorted(seen))}", hint="rename a folder"
        )
    return Plan(
        settings=settings,
        datasets=loaded,
        retrievers=tuple(dict.fromkeys(retrievers)),
        measures=chosen,
        depth=needed,
        encoders=opened,
        writer=None if store else writer_of(retrievers),
        store=store,
    )


def parse_measures(names: Sequence[str]) -> list[Measure]:
    """Measures by name, each once; the default ones when no name is given."""
    from mnemic.eval import measures

    return [measures.parse(name) for name in dict.fromkeys(names or measures.DEFAULT)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Checked arguments of ``mnemic eval run``; made by :func:`plan_of`."""

    settings: Settings
    datasets: list[Dataset]
    retrievers: tuple[str, ...]
    measures: list[Measure]
    depth: int
    encoders: list[TextEncoder]
    writer: str | None
    store: tuple[Path, str] | None

    def results(self, *, out: Path | None, resume: bool, within: str, quiet: bool) -> list[Result]:
        """Index and run everything, one data set after the other."""
        found: list[Result] = []
        with ExitStack() as stack:
            kept = out or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mnemic-")))
            for dataset in self.datasets:
                common = {"out": out, "resume": resume, "within": within}
                found += self._of(dataset, kept / "indexes", quiet=quiet, common=common)
        return found

    def _of(
        self, dataset: Dataset, folder: Path, *, quiet: bool, common: dict[str, Any]
    ) -> Iterator[Result]:
        from mnemic.api.cli import eval_anserini
        from mnemic.api.cli.eval_encoders import roles_of
        from mnemic.eval.outputs import slug
        from mnemic.eval.report import Result
        from mnemic.eval.runner import run
        from mnemic.eval.splits import is_tuning

        tuning = sum(is_tuning(dataset.name, dataset.split, q.id) for q in dataset.queries)
        with ExitStack() as stack:
            collection, costs = stack.enter_context(
                self._index(dataset, folder, resume=common["resume"], quiet=quiet)
            )
            if self.writer is not None:
                collection.index_tokens(self.writer)
            retriever: Retriever
            for name in self.retrievers:
                if name == eval_anserini.NAME:
                    place = folder / f"{slug(dataset.name)}.{name}"
                    retriever, identity, made = eval_anserini.reference(
                        dataset, place, settings=self.settings, resume=common["resume"]
                    )
                else:
                    retriever = collection.retriever(name)
                    roles = roles_of(retriever)
                    made, identity = costs.of(roles), _identity(collection, retriever.name, roles)
                with _progress(f"queries, {dataset.name}, {name}", quiet=quiet) as asked:
                    outcome = run(
                        dataset,
                        retriever,
                        name=name,
                        identity=identity,
                        k=self.depth,
                        measures=self.measures,
                        progress=asked,
                        **common,
                    )
                yield Result(outcome, made, tuning)

    @contextmanager
    def _index(
        self, dataset: Dataset, folder: Path, *, resume: bool, quiet: bool
    ) -> Iterator[tuple[Collection, Costs]]:
        """The collection that is searched: an existing one, or one that is made for it."""
        from mnemic.api.cli.eval_indexes import indexed, place_of
        from mnemic.api.cli.eval_stores import stored

        with ExitStack() as stack:
            if self.store is not None:
                found = stored(dataset, *self.store, settings=self.settings, check=self._check)
            else:
                found = indexed(
                    dataset,
                    place_of(dataset, folder, self.encoders),
                    encoders=self.encoders,
                    settings=self.settings,
                    resume=resume,
                    check=self._check,
                    progress=stack.enter_context(_bar(dataset, quiet=quiet)),
                    quiet=quiet,
                )
            yield stack.enter_context(found)

    def _check(self, empty: Collection) -> None:
        from mnemic.api.cli import eval_anserini

        for name in self.retrievers:
            if name == eval_anserini.NAME:
                eval_anserini.require(self.settings)
            else:
                empty.retriever(name)


def _identity(collection: Collection, retriever: str, roles: Container[str]) -> str:
    """What determines a retriever's rankings besides its name in results."""
    encoders = (each for each in collection.stats().encoders if each.role in roles)
    digests = (f"{each.role}={each.fingerprint}" for each in encoders)
    return " ".join([collection.analyzer.fingerprint.digest, retriever, *digests])


@contextmanager
def _bar(dataset: Dataset, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    with _progress(f"documents, {dataset.name}", quiet=quiet) as report:
        total = 0 if quiet else dataset.count_lines()
        yield lambda done: report(done, total)


@contextmanager
def _progress(unit: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar with the remaining time on stderr; nothing with --json or without a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    text = TextColumn("{task.description}", markup=False)
    screen = Console(stderr=True)
    with Progress(
        text, BarColumn(), MofNCompleteColumn(), Remaining(), console=screen, transient=True
    ) as bar:
        task = bar.add_task(unit, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)
