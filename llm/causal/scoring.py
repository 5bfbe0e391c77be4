"""How likely are these continuations? Rows of one batch, the head on the asked rows only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mnemic.llm.causal.prefixes import CachedPrefix
from mnemic.llm.extras import extra

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from mnemic.llm.causal.network import Network
    from mnemic.llm.protocols import TokenIds


@dataclass(frozen=True, slots=True)
class Item:
    """One continuation to score.

    Attributes:
        place: In the caller's list.
        prefix: What was computed before, if anything.
        given: int64 [at least 1], the tokens that are fed before the continuation.
        wanted: int64 [at least 1], the continuation.
    """

    place: int
    prefix: CachedPrefix | None
    given: TokenIds
    wanted: TokenIds

    @property
    def fed(self) -> TokenIds:
        """What the network sees: the last wanted token is only predicted."""
        return np.concatenate([self.given, self.wanted[:-1]])


def items(
    prompts: Sequence[TokenIds | CachedPrefix], continuations: Sequence[TokenIds]
) -> list[Item]:
    """What there is to score; an empty continuation is certain and left out."""
    found = []
    for place, (prompt, wanted) in enumerate(zip(prompts, continuations, strict=True)):
        if not len(wanted):
            continue
        if isinstance(prompt, CachedPrefix):
            found.append(Item(place, prompt, prompt.tokens[-1:], wanted))
        else:
            found.append(Item(place, None, prompt, wanted))
    return found


def score(network: Network, wanted: Iterable[Item], *, count: int) -> NDArray[np.float64]:
    """Natural-log probabilities by place: float64 [count]; 0 where there is no item."""
    groups: dict[int, list[Item]] = {}
    for item in wanted:
        groups.setdefault(id(item.prefix), []).append(item)
    scores = np.zeros(count)
    for group in groups.values():
        rows = [item.fed for item in group]
        for places, states in network.batches(rows, prefix=group[0].prefix):
            some = [group[place] for place in places]
            scores[[item.place for item in some]] = _sums(network, some, states)
    return scores


def _sums(network: Network, some: Sequence[Item], states: Any) -> NDArray[np.float64]:
    """Of each item of a batch, the sum over its tokens."""
    torch = extra("torch")
    counts = [len(item.wanted) for item in some]
    rows = np.repeat(np.arange(len(some)), counts)
    columns = [len(item.given) - 1 + np.arange(len(item.wanted)) for item in some]
    targets = torch.from_numpy(np.concatenate([item.wanted for item in some]))
    with torch.inference_mode():
        picked = states[torch.from_numpy(rows), torch.from_numpy(np.concatenate(columns))]
        parts: list[NDArray[np.float64]] = []
        start = 0
        for block in network.blocks(picked):
            logits = network.logits(block)
            ids = targets[start : start + len(block)].to(logits.device)[:, None]
            chosen = logits.gather(1, ids)[:, 0] - logits.logsumexp(1)
            parts.append(chosen.double().cpu().numpy())
            start += len(block)
    sums = np.zeros(len(some))
    np.add.at(sums, rows, np.concatenate(parts))
    return sums
