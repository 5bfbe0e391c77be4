"""Keys and values of a prompt, computed once and continued many times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mnemic.errors import Unsupported
from mnemic.llm.extras import extra

if TYPE_CHECKING:
    from mnemic.llm.causal.network import Network
    from mnemic.llm.protocols import TokenIds


@dataclass(frozen=True, slots=True, eq=False)
class CachedPrefix:
    """A prompt and the keys and values of all its tokens but the last.

    The last token is fed again with each continuation: so there always is a token to feed, and
    the state that predicts the first continued token needs no case of its own.

    Attributes:
        network: Whose keys and values they are.
        tokens: int64 [length], read-only.
        pairs: Keys and values of each layer: torch [1, heads, length - 1, width].
    """

    network: Network
    tokens: TokenIds
    pairs: tuple[tuple[Any, Any], ...]

    @property
    def length(self) -> int:
        """Tokens that the cache covers."""
        return len(self.tokens) - 1

    def cache(self, rows: int) -> Any:
        """A cache of transformers for so many rows, which may grow without changing this."""
        cache = empty_cache()
        with extra("torch").inference_mode():
            for layer, (keys, values) in enumerate(self.pairs):
                shape = (rows, -1, -1, -1)
                cache.update(keys.expand(shape), values.expand(shape), layer)
        return cache


def empty_cache() -> Any:
    """A cache that keeps every token, also in layers that look back only a little."""
    return extra("transformers").DynamicCache()


def compute(network: Network, tokens: TokenIds) -> CachedPrefix:
    """Run the network over a prompt of at least one token.

    Raises:
        Unsupported: The network keeps something else than keys and values.
    """
    own = tokens.copy()
    own.setflags(write=False)
    if len(own) == 1:
        return CachedPrefix(network, own, ())
    cache = empty_cache()
    network.states(own[None, :-1].copy(), cache=cache)
    pairs = tuple((layer.keys, layer.values) for layer in cache.layers)
    if any(keys is None or keys.shape[-2] != len(own) - 1 for keys, _ in pairs):
        raise Unsupported(f"{network.name} keeps other states than keys and values")
    return CachedPrefix(network, own, pairs)
