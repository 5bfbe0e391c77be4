"""Arguments that many commands share, and the database that they lead to."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mnemic.sdk import Collection, Database

MOST_OVERLAP = 40
F = TypeVar("F", bound="Callable[..., Any]")


@dataclass(frozen=True, slots=True)
class Target:
    """Which database a command works on, and as whom."""

    folder: Path
    actor: str | None
    catalogue: str | None

    @contextmanager
    def database(self, *, create: bool = False, wait: float | None = None) -> Iterator[Database]:
        """The open database; closed at the end of the block.

        Args:
            create: Make it when there is none.
            wait: Seconds to wait for another writer; by default those of the environment.

        Raises:
            NotFound: There is none and ``create`` is false.
        """
        import mnemic
        from mnemic.settings import Settings

        settings = Settings.from_environment()
        if wait is not None:
            settings = replace(settings, lock_wait=wait)
        with mnemic.open(
            self.folder,
            actor=self.actor,
            catalogue=self.catalogue,
            create=create,
            settings=settings,
        ) as database:
            yield database

    @contextmanager
    def collection(self, name: str) -> Iterator[Collection]:
        """An existing collection of the database."""
        with self.collections(name) as [found]:
            yield found

    @contextmanager
    def collections(self, name: str | None = None) -> Iterator[list[Collection]]:
        """The collection of this name in a list; without a name, all that the actor may read."""
        with self.database() as database:
            if name is None:
                found = [database.collection(each) for each in database.collections()]
            else:
                with looking_for(name, database):
                    found = [database.collection(name)]
            yield found


@contextmanager
def looking_for(name: str, database: Database) -> Iterator[None]:
    """Say which command shows what a collection is really called, where none has this name."""
    from mnemic.errors import NotFound

    try:
        yield
    except NotFound as error:
        if name in database:
            raise
        hint = f"'{shlex.join(['mnemic', 'inspect', str(database.path)])}' lists those that exist."
        raise NotFound(error.message, hint=hint) from error


def examples(*lines: str) -> str:
    """The end of a help page: command lines as they are typed, not wrapped."""
    # The backspace is click's mark for a paragraph that keeps its lines.
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


def target(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add DIR, ``--actor`` and ``--catalogue``; they arrive as ``target``."""

    @wraps(function)
    def command(folder: Path, actor: str | None, catalogue: str | None, **arguments: Any) -> Any:
        return function(target=Target(folder, actor, catalogue), **arguments)

    for decorate in (
        click.option("--catalogue", metavar="URL", help="PostgreSQL URL instead of SQLite."),
        click.option("--actor", metavar="NAME", help="Act as NAME; default: administrator."),
        click.argument("folder", metavar="DIR", type=click.Path(path_type=Path)),
    ):
        command = decorate(command)
    return command


def collection(*, required: bool = True) -> Callable[[F], F]:
    """Add ``--collection NAME``."""
    return click.option(
        "--collection",
        "-c",
        "name",
        metavar="NAME",
        required=required,
        shell_complete=_complete_name,
        help="The collection." if required else "Only this collection; default: all.",
    )


def reading(formats: Sequence[str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options that say what is in the files and how they are cut and batched."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(_READING):
            function = option(function)
        return click.option(
            "--format",
            "format_name",
            type=click.Choice(formats),
            default="auto",
            show_default=True,
            help="What the files hold; auto goes by their names.",
        )(_with_fields(function))

    return decorate


_READING = (
    click.option("--id-field", metavar="NAME", help="Field of the id; default: _id or id."),
    click.option("--text-field", metavar="NAME", help="Field of the text; default: text."),
    click.option("--title-field", metavar="NAME", help="Field of the title; default: title."),
    click.option(
        "--numeric-field",
        metavar="NAME",
        multiple=True,
        help="Column of CSV or TSV that holds numbers; may be repeated.",
    ),
    click.option(
        "--chunk",
        metavar="TOKENS",
        type=click.IntRange(1),
        help="Store passages of so many tokens instead of whole documents.",
    ),
    click.option(
        "--overlap",
        metavar="TOKENS",
        type=click.IntRange(0),
        help="With --chunk: tokens that neighbours share; default: a fifth, at most 40.",
    ),
    click.option(
        "--batch",
        metavar="DOCUMENTS",
        type=click.IntRange(1, 100_000),
        default=5_000,
        show_default=True,
        help="Most documents in one transaction.",
    ),
    click.option("--restart", is_flag=True, help="Forget where an interrupted run stopped."),
)


def _with_fields(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def command(
        *,
        id_field: str | None,
        text_field: str | None,
        title_field: str | None,
        numeric_field: tuple[str, ...],
        chunk: int | None,
        overlap: int | None,
        **arguments: Any,
    ) -> Any:
        from mnemic.retrieval.ingestion import Fields

        if overlap is None:
            overlap = min(MOST_OVERLAP, (chunk or 0) // 5)
        fields = Fields(id=id_field, title=title_field, text=text_field, numeric=numeric_field)
        return function(fields=fields, chunk=chunk, overlap=overlap, **arguments)

    return command


def encoder(function: F) -> F:
    """Add ``--encoder``, repeatable; it arrives as ``encoders``, a tuple of names."""
    return click.option(
        "--encoder",
        "encoders",
        metavar="NAME",
        multiple=True,
        help="minilm, splade-tiny, ..., or none for no vectors; may be repeated.",
    )(function)


def wanted_encoders(names: Sequence[str]) -> list[str] | None:
    """What ``--encoder`` asks for; ``None`` for no vectors.

    Raises:
        UsageError: ``none`` stands beside a name.
    """
    listed = list(dict.fromkeys(names))
    if "none" in listed and len(listed) > 1:
        raise click.UsageError("--encoder none stands alone")
    return None if listed == ["none"] else listed


def as_json(function: F) -> F:
    """Add ``--json``; it arrives as ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")(
        function
    )


def _complete_name(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    from mnemic.errors import MnemicError

    # While the option still lacks its value, click keeps the arguments before it unparsed.
    folder = context.params.get("folder") or next(iter(context.args), None)
    if folder is None:
        return []
    try:
        with Target(Path(folder), None, None).database() as database:
            return [name for name in database.collections() if name.startswith(begun)]
    except MnemicError:
        # A completion has nowhere to print an error; the command itself will.
        return []
