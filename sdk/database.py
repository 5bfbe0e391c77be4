"""The database that a user holds: a folder with a catalogue and collections."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from mnemic.errors import Conflict, InvalidInput, NotFound
from mnemic.sdk import arguments, encoders
from mnemic.sdk.collection import Collection
from mnemic.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from mnemic.catalogue import CollectionRecord, Transaction
    from mnemic.retrieval.analysis import AnalyzerSpec
    from mnemic.retrieval.collections import Workspace
    from mnemic.retrieval.encoders.specs import EncoderSpec

Role = Literal["reader", "writer", "owner"]


def open(
    path: str | os.PathLike[str],
    *,
    actor: str | None = None,
    catalogue: str | None = None,
    create: bool = True,
    settings: Settings | None = None,
) -> Database:
    """Open a data folder.

    Args:
        path: The folder; made when it does not exist.
        actor: Who asks. ``None`` is the local administrator, who may do everything.
        catalogue: SQLAlchemy URL of the catalogue; by default ``MNEMIC_CATALOGUE``, or a SQLite
            file inside the folder.
        create: ``False`` refuses a folder that holds no database, instead of making one.
        settings: Threads and waiting times; by default those of the environment.

    Raises:
        InvalidInput: The path is a file, or an argument has the wrong form.
        NotFound: There is no database and ``create`` is false.
        Forbidden: The folder cannot be written.
        FormatTooNew: A newer mnemic wrote it.
    """
    from mnemic.retrieval.collections import Workspace

    folder = _folder(path)
    if actor is not None:
        arguments.actor_name(actor)
    settings = Settings.from_environment() if settings is None else settings
    if catalogue is not None:
        settings = replace(settings, catalogue=catalogue)
    return Database(Workspace.open(folder, settings=settings, create=create), folder, actor)


class Database:
    """Collections under one catalogue; made by ``mnemic.open``. Use it in a ``with`` block."""

    def __init__(self, workspace: Workspace, path: Path, actor: str | None) -> None:
        self._workspace = workspace
        self._path = path
        self._actor = actor
        self._open: dict[str, Collection] = {}
        self._closed = False

    @property
    def path(self) -> Path:
        """The data folder."""
        return self._path

    @property
    def actor(self) -> str | None:
        """Who asks; ``None`` is the local administrator."""
        return self._actor

    def collection(
        self,
        name: str,
        *,
        create: bool = False,
        language: str | None = None,
        analyzer: AnalyzerSpec | None = None,
        encoder: str | EncoderSpec | Sequence[str | EncoderSpec] | None = "default",
    ) -> Collection:
        """A collection by name.

        Args:
            name: 1 to 128 visible characters.
            create: Make it when it does not exist.
            language: Language of its texts when it is made; English when left out.
            analyzer: All settings of the analysis instead of ``language``.
            encoder: What gives its documents vectors when it is made: ``"minilm"``,
                ``"splade-tiny"``, ``"wordllama"``, ``"sentence-transformers:NAME"``,
                ``"openai:NAME"``, a folder with a model, an ``EncoderSpec``, a list of one dense
                and one sparse encoder, or ``None`` for no vectors. ``"default"`` is ``minilm``
                where it has been pulled, else none.

        Raises:
            NotFound: It does not exist and ``create`` is false, or the encoder's model is not here.
            Conflict: It exists with another analysis or another encoder than the one asked for.
            Forbidden: The actor holds no grant for it.
        """
        workspace = self._usable()
        arguments.collection_name(name)
        spec = _analysis(language, analyzer)
        # Asked for anew every time: another process may have dropped it and made it again.
        engine = self._find(workspace, name, spec, encoder, create=create)
        if name not in self._open or self._open[name].id != engine.id:
            self._open[name] = Collection(engine, workspace.settings)
        collection = self._open[name]
        if spec is not None and collection.analyzer.spec != spec:
            raise Conflict(
                f"collection {name!r} has {collection.analyzer.spec}, asked for was {spec}",
                hint="Leave language and analyzer out, or make a collection of another name.",
            )
        if encoder != "default":
            asked = encoders.opened(encoder, workspace.settings)
            encoders.check_same(self._record(name), asked)
        return collection

    def _find(
        self,
        workspace: Workspace,
        name: str,
        spec: AnalyzerSpec | None,
        encoder: Any,
        *,
        create: bool,
    ) -> Any:
        try:
            return workspace.collection(name, actor=self._actor)
        except NotFound:
            if not create:
                raise
        from mnemic.retrieval.analysis import AnalyzerSpec

        chosen = encoders.for_new(encoder, workspace.settings)
        try:
            return workspace.create(
                name, actor=self._actor, analyzer=spec or AnalyzerSpec(), encoders=chosen
            )
        except Conflict:
            # Another process made it between the two calls; only its absence would be an error.
            return workspace.collection(name, actor=self._actor)

    def collections(self) -> list[str]:
        """Names of the collections that the actor may read, sorted."""
        return sorted(self._usable().names(actor=self._actor))

    def __contains__(self, name: object) -> bool:
        return name in self.collections()

    def drop(self, name: str) -> None:
        """Remove a collection with all its documents and files.

        Raises:
            NotFound: It does not exist.
            Forbidden: The actor does not own it.
        """
        workspace = self._usable()
        arguments.collection_name(name)
        self._open.pop(name, None)
        workspace.drop(name, actor=self._actor)

    def grant(self, name: str, actor: str, role: Role) -> None:
        """Let somebody read, write or own a collection.

        Raises:
            Forbidden: The asking actor does not own it.
            NotFound: The collection does not exist.
        """
        arguments.actor_name(actor)
        with self._owning(name) as (tx, collection_id):
            tx.grants.give(collection_id, actor, role)
            tx.audit.append(self._actor or "local", "grant", name, {"actor": actor, "role": role})

    def revoke(self, name: str, actor: str) -> None:
        """Take somebody's grant for a collection away.

        Raises:
            Forbidden: The asking actor does not own it.
            NotFound: The collection does not exist, or there was no grant.
        """
        arguments.actor_name(actor)
        with self._owning(name) as (tx, collection_id):
            tx.grants.revoke(collection_id, actor)
            tx.audit.append(self._actor or "local", "revoke", name, {"actor": actor})

    @contextmanager
    def _owning(self, name: str) -> Iterator[tuple[Transaction, int]]:
        arguments.collection_name(name)
        with self._usable().catalogue.transaction() as tx:
            record = tx.collections.get(name)
            if self._actor is not None:
                tx.grants.require(record.id, self._actor, "owner")
            yield tx, record.id

    def storage_key(self, name: str) -> str:
        """The random name of a collection's folder; another one after a drop and a new start.

        Raises:
            NotFound: The collection does not exist.
        """
        return self._record(arguments.collection_name(name)).storage_key

    def _record(self, name: str) -> CollectionRecord:
        with self._usable().catalogue.reading() as tx:
            return tx.collections.get(name)

    def close(self) -> None:
        """Flush and close every collection and the catalogue; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._workspace.close()

    def _usable(self) -> Workspace:
        if self._closed:
            raise InvalidInput(
                f"the database {self._path} is closed", hint="Call mnemic.open again."
            )
        return self._workspace

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        who = "administrator" if self._actor is None else f"actor {self._actor!r}"
        state = ", closed" if self._closed else ""
        return f"<mnemic.Database {str(self._path)!r}, {who}{state}>"


def _folder(path: str | os.PathLike[str]) -> Path:
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise InvalidInput(f"path={path!r} is not a folder", hint='Write mnemic.open("./data").')
    folder = Path(os.fspath(path))
    if "\0" in str(folder):
        raise InvalidInput(f"path={str(folder)!r} holds a NUL character")
    if folder.exists() and not folder.is_dir():
        raise InvalidInput(
            f"{folder} is a file, not a folder", hint="Name the folder that holds the database."
        )
    return folder


def _analysis(language: str | None, analyzer: AnalyzerSpec | None) -> AnalyzerSpec | None:
    if language is None:
        return analyzer
    if analyzer is not None:
        raise InvalidInput("language and analyzer are both given", hint="Give one of them.")
    from mnemic.retrieval.analysis import AnalyzerSpec

    return AnalyzerSpec(language=language)
