"""What can be asked of a collection: by retrievers, analytics, and whoever counts substrings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mnemic.errors import Unsupported
from mnemic.retrieval import filters
from mnemic.retrieval.collections.catching_up import CatchingUp
from mnemic.retrieval.collections.substrings import Substrings
from mnemic.retrieval.collections.token_view import check_tokens, token_view
from mnemic.retrieval.collections.wanted import is_of_tokens, wanted
from mnemic.retrieval.vectors.track import NEXT
from mnemic.retrieval.vectors.track_pieces import TOKENS

if TYPE_CHECKING:
    from mnemic.catalogue import Role
    from mnemic.indexes.protocols import Bitmap
    from mnemic.retrieval.analysis import Analyzer
    from mnemic.retrieval.collections.embedding import Embedder
    from mnemic.retrieval.collections.replica import Replica
    from mnemic.retrieval.collections.snapshot import Snapshot
    from mnemic.retrieval.collections.wanted import Wanted
    from mnemic.retrieval.collections.writer import Writer
    from mnemic.retrieval.encoders.opening import TextEncoder
    from mnemic.retrieval.ngram.tokens import Tokens
    from mnemic.retrieval.vectors import Track
    from mnemic.types import Filter, Fingerprint

REFRESH_SECONDS = 0.5


class CollectionView:
    """A collection as one actor may read it; the part of ``Collection`` that searches stand on.

    Args:
        replica: This process's view of the segments and the tail.
        writer: The way to change it.
        actor: Who asks; ``None`` is the local administrator.
        embedder: Gives documents their vectors.
        encode_wait: Seconds that a search by vectors waits for documents that this process is
            encoding.
    """

    def __init__(
        self,
        replica: Replica,
        writer: Writer,
        *,
        actor: str | None,
        embedder: Embedder,
        encode_wait: float = 0.0,
    ) -> None:
        self._replica = replica
        self._writer = writer
        self._actor = actor
        self._embedder = embedder
        self._catching_up = CatchingUp(replica.name, embedder, encode_wait, self._fresh)

    @property
    def name(self) -> str:
        """The user's name for it."""
        return self._replica.name

    @property
    def id(self) -> int:
        """The catalogue's number for it."""
        return self._replica.id

    @property
    def analyzer(self) -> Analyzer:
        """What turns its texts and its queries into terms."""
        return self._replica.analyzer

    def view(self, filter: Any) -> tuple[Snapshot, tuple[Bitmap, ...] | None]:
        """What a search that starts now sees, and what a filter allows of it (for retrievers)."""
        self._require("reader")
        parsed: Filter | None = filters.parse(filter)
        snapshot = self._fresh()
        return snapshot, snapshot.allowed(parsed, self._matching)

    @property
    def substrings(self) -> Substrings:
        """Counts and finds exact substrings of titles and texts."""
        return Substrings(self._replica, self.view)

    @property
    def encoders(self) -> tuple[Wanted, ...]:
        """The encoders that it shall have."""
        return wanted(self._replica.settings)

    @property
    def roles(self) -> tuple[str, ...]:
        """What it has besides words: ``dense``, ``sparse``."""
        tracks = self._fresh().tracks
        served = {role for role in tracks if not role.endswith(NEXT) and not is_of_tokens(role)}
        return tuple(sorted(served | {want.role for want in self.encoders}))

    def encoder(self, track: Track) -> TextEncoder:
        """The encoder that made a track (for retrievers).

        Raises:
            NotFound: Its model is not there; the hint has the command that fetches it.
            DimensionMismatch: The model that is there is another one.
        """
        return self._embedder.encoders.encoder(track.spec, track.fingerprint.digest)

    def vectors(
        self, role: str, filter: Any
    ) -> tuple[Snapshot, Track | None, tuple[Bitmap, ...] | None]:
        """What a search by vectors that starts now sees, and what a filter allows of it.

        Raises:
            InvalidInput: The filter is malformed.
            Unsupported: The collection has no such vectors.
        """
        self._require("reader")
        parsed: Filter | None = filters.parse(filter)
        self._check_role(role)
        self._catching_up.wait(role)
        snapshot = self._fresh()
        if role not in snapshot.tracks:
            return snapshot, None, None
        return snapshot, snapshot.tracks[role], snapshot.allowed_in(role, parsed, self._matching)

    def tokens(self, filter: Any = None, *, tokenizer: Fingerprint | None = None) -> Tokens:
        """What a search over tokens that starts now sees (for retrievers and analytics).

        An index always comes: an empty one while nothing has been tokenised yet.

        Args:
            filter: JSON filter on metadata.
            tokenizer: Whose ids will be asked for, as ``tokenizer_of(model)`` says; ``None`` where
                the caller uses the tokenizer that comes back.

        Raises:
            InvalidInput: The filter is malformed.
            Unsupported: The collection has no token-level index; the hint has the command.
            NotFound: The tokenizer's model is not there; the hint has the command that fetches it.
            DimensionMismatch: ``tokenizer``, or the one that is there, is not that of the tokens.
        """
        self._require("reader")
        parsed: Filter | None = filters.parse(filter)
        check_tokens(self._replica, self._fresh(), tokenizer)
        self._catching_up.wait(TOKENS)
        snapshot = self._fresh()
        made = check_tokens(self._replica, snapshot, tokenizer)
        opened = self._embedder.encoders.tokenizer(made.spec, made.digest)
        if TOKENS not in snapshot.tracks:
            return token_view(snapshot, opened, None)
        allowed = snapshot.allowed_in(TOKENS, parsed, self._matching)
        return token_view(snapshot, opened, allowed)

    def check_tokenizer(self) -> None:
        """Whether texts can be turned into the tokens of the token-level index.

        Raises:
            Unsupported: The collection has no such index; the hint has the command.
            NotFound: The tokenizer's model is not there; the hint has the command that fetches it.
            DimensionMismatch: The tokenizer that is there is another one.
        """
        made = check_tokens(self._replica, self._fresh(), None)
        self._embedder.encoders.tokenizer(made.spec, made.digest)

    def check_encoder(self, role: str) -> None:
        """Whether questions can be encoded for one of its roles; loads no model.

        Raises:
            Unsupported: The collection has no such vectors.
            NotFound: The model is not there; the hint has the command that fetches it.
            DimensionMismatch: The model that is there is another one.
        """
        self._check_role(role)
        track = self._fresh().tracks.get(role)
        wants = [(want.spec, want.digest) for want in self.encoders if want.role == role]
        made = [] if track is None else [(track.spec, track.fingerprint.digest)]
        self._embedder.encoders.encoder(*[*made, *wants][0])

    def _check_role(self, role: str) -> None:
        if role not in self.roles:
            model = "minilm" if role == "dense" else "splade-tiny"
            # A reindex names all encoders that the collection shall have.
            kept = [str(want.spec["model"]) for want in self.encoders]
            named = " ".join(f"--encoder {each}" for each in [*kept, model])
            raise Unsupported(
                f"collection {self.name!r} has no {role} vectors",
                hint=f"mnemic models pull {model}, then mnemic reindex DIR --collection "
                f"{self.name} {named}",
            )

    def _matching(self, filter: Filter) -> Any:
        with self._replica.catalogue.reading() as tx:
            return tx.documents.matching(self._replica.id, filter)

    def _fresh(self) -> Snapshot:
        if self._writer.lease.held and not self._replica.behind:
            return self._replica.snapshot
        return self._replica.fresh(REFRESH_SECONDS)

    def _require(self, role: Role) -> None:
        """Refuse an actor without the role, before anything is done or waited for."""
        if self._actor is not None:
            with self._replica.catalogue.reading() as tx:
                tx.grants.require(self._replica.id, self._actor, role)
