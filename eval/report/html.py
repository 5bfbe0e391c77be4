"""One HTML page that holds everything: tables, figures, style; no script and no network."""

from __future__ import annotations

import platform
from itertools import combinations, islice
from typing import TYPE_CHECKING, Any

import mnemic
from mnemic.eval.intervals import bootstrap
from mnemic.eval.report.plots import differences_plot, latency_plot, measures_plot
from mnemic.eval.report.table import LEVEL, probability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.eval.measures import Evaluation
    from mnemic.eval.report.results import Result, Section

_MOST_PAIRS = 6


def page(
    title: str, sections: Sequence[Section], *, results: Sequence[Result] = (), date: str = ""
) -> str:
    """The report as HTML text; user strings are escaped.

    Args:
        title: Heading of the page.
        sections: Runs side by side, each with at least one evaluation.
        results: What the runs cost, when they were made just now.
        date: When; left out when empty, so that equal results give equal bytes.
    """
    return rendered(
        "page.html.j2",
        title=clean(title),
        facts=facts(date),
        results=list(results),
        sections=[_view(section) for section in sections],
        probability=probability,
        level=LEVEL,
    )


def rendered(name: str, **values: Any) -> str:
    """One of the templates beside this module, filled in; every string is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("mnemic.eval.report", "."),
        # The style is ours, and no text of a user gets into it.
        autoescape=select_autoescape(default=True, disabled_extensions=["css"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(clean=clean, **values)


def facts(date: str) -> dict[str, str]:
    """What made the page: versions, machine, and the date where it is given."""
    machine = f"{platform.system()} {platform.machine()}"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    made = {"mnemic": mnemic.__version__, "Python": python, "machine": machine}
    return {"date": date, **made} if date else made


def _view(section: Section) -> dict[str, Any]:
    from markupsafe import Markup

    # The figures are ours and their text is escaped already; everything else is escaped below.
    figures = [Markup(figure) for figure in _figures(section)]
    return {
        "name": section.name,
        "measures": list(section.evaluations[0].values),
        "rows": [_row(item) for item in section.evaluations],
        "comparisons": section.comparisons,
        "figures": figures,
    }


def _figures(section: Section) -> list[str]:
    figures = [measures_plot(section.evaluations)]
    measure = next(iter(section.evaluations[0].values))
    for first, second in islice(combinations(section.evaluations, 2), _MOST_PAIRS):
        figures.append(differences_plot(first, second, measure))
    if section.latencies:
        figures.append(latency_plot(section.latencies))
    return figures


def _row(item: Evaluation) -> dict[str, Any]:
    cells = [(item.means[name], *bootstrap(values)) for name, values in item.values.items()]
    return {"run": item.run, "cells": cells, "queries": len(item.queries), "missing": item.missing}


def clean(text: str) -> str:
    """A user's string without characters that HTML cannot hold, such as NUL and surrogates."""
    return "".join(char if char.isprintable() else "?" for char in text)
