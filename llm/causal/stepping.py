"""The network a token at a time, for every live sequence at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mnemic.llm.causal.prefixes import CachedPrefix, empty_cache
from mnemic.llm.extras import extra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.llm.causal.network import Network
    from mnemic.llm.protocols import TokenIds


class Stepper:
    """One generation's cache; call it as ``beams.Steps`` says.

    Args:
        network: The model.
        prompt: At least one token, or a prefix, which is not changed.
    """

    def __init__(self, network: Network, prompt: TokenIds | CachedPrefix) -> None:
        self._network = network
        if isinstance(prompt, CachedPrefix):
            self._cache: Any = prompt.cache(1)
            self._given = prompt.tokens[-1:]
        else:
            self._cache = empty_cache()
            self._given = prompt

    def __call__(
        self, tokens: NDArray[np.int64], parents: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Log-probabilities of the next token: float32 [rows, vocabulary]."""
        torch = extra("torch")
        fed = tokens[:, -1:] if tokens.shape[1] else self._given[None]
        if tokens.shape[1]:
            with torch.inference_mode():
                self._cache.batch_select_indices(torch.from_numpy(parents).to(self._network.device))
        states = self._network.states(np.array(fed, np.int64), cache=self._cache)
        with torch.inference_mode():
            logits = self._network.logits(states[:, -1])
            found: NDArray[np.float32] = logits.log_softmax(-1).cpu().numpy()
        return found
