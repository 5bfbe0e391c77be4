"""The protocol ``LanguageModel`` by a causal network of transformers, in this process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.llm.causal import beams as beam_search
from mnemic.llm.causal import loading, scoring
from mnemic.llm.causal.checking import check_length, check_prompt, check_request, check_tokens
from mnemic.llm.causal.prefixes import CachedPrefix, compute
from mnemic.llm.causal.stepping import Stepper
from mnemic.llm.folders import find_folder
from mnemic.llm.identity import identify_tokenizer
from mnemic.llm.texts import check_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.llm.causal.network import Network
    from mnemic.llm.protocols import Constraint, Generation, Prefix, TokenIds
    from mnemic.settings import Settings
    from mnemic.types import Fingerprint

BATCH_TOKENS = 4_096


@dataclass(frozen=True, slots=True)
class TransformersModel:
    """A causal language model in this process; immutable, threads may share it.

    In bfloat16 results differ in the third digit by how rows were batched; in float32 in the
    sixth. torch's number of threads is the process's and is left alone: ``OMP_NUM_THREADS`` or
    ``torch.set_num_threads`` choose it.

    Attributes:
        network: The weights under torch.
        tokenizer: ``tokenizers.Tokenizer`` that adds nothing and knows no special tokens in texts.
        fingerprint: Identity of weights, tokenizer and dtype.
        end_of_sequence: The token id that ends a generation.
    """

    network: Network
    tokenizer: Any
    fingerprint: Fingerprint
    end_of_sequence: int

    @classmethod
    def open(
        cls,
        source: str | Path,
        *,
        dtype: str = "bfloat16",
        device: str = "auto",
        batch_tokens: int = BATCH_TOKENS,
        settings: Settings | None = None,
    ) -> Self:
        """A model that is on this machine; nothing is downloaded and no code of it is run.

        All of its files are hashed, about a second a gigabyte.

        Args:
            source: The name of a pulled model, a folder as transformers saves it, or a hub name
                whose files are in the local hub cache.
            dtype: ``bfloat16`` (half the memory; twice as fast where the processor has it) or
                ``float32``.
            device: ``cpu``, ``cuda``, ``cuda:1``..., or ``auto`` for CUDA where there is one.
            batch_tokens: Most tokens of a batch: memory against speed.
            settings: Whose cache of pulled models; the environment's by default.

        Raises:
            InvalidInput: An argument is none of those.
            NotFound: The model is not here; the hint has the command that fetches it.
            Unsupported: The extra ``[llm]`` is not installed; or the model is no causal one, not
                in safetensors, or needs code of its own.
            IndexCorrupt: A file is damaged.
            Unavailable: There is no such device.
        """
        folder = find_folder(source, settings=settings)
        name = folder.name if Path(source).is_dir() else str(source)
        fingerprint = loading.fingerprint_of(folder, name=name, dtype=dtype)
        tokenizer = loading.load_tokenizer(folder)
        return cls(
            loading.load_network(folder, dtype=dtype, device=device, batch_tokens=batch_tokens),
            tokenizer,
            fingerprint,
            loading.end_of_sequence(folder, tokenizer),
        )

    @property
    def vocabulary_size(self) -> int:
        """Width of logits and masks."""
        return self.network.vocabulary

    @property
    def tokenizer_fingerprint(self) -> Fingerprint:
        """Identity of the tokenizer alone, as indexes over token ids keep it."""
        files = self.fingerprint.settings["files"]
        name = self.fingerprint.name.removeprefix("model:")
        return identify_tokenizer(name, files[loading.TOKENIZER])

    @property
    def window(self) -> int:
        """Most tokens of prompt and continuation together; 0 for no stated limit."""
        return self.network.window

    def encode(self, text: str) -> TokenIds:
        """Token ids of a text; the characters of a special token are read as characters.

        Raises:
            InvalidInput: It is no string or no valid Unicode.
        """
        check_texts([text])
        return np.array(self.tokenizer.encode(text, add_special_tokens=False).ids, np.int64)

    def decode(self, tokens: TokenIds) -> str:
        """Text of token ids, special ones included.

        Raises:
            InvalidInput: One is no token.
        """
        ids = check_tokens("tokens", tokens, vocabulary=self.vocabulary_size)
        return str(self.tokenizer.decode(ids.tolist(), skip_special_tokens=False))

    def generate(
        self,
        prompt: TokenIds | Prefix,
        *,
        max_tokens: int,
        beams: int = 1,
        temperature: float = 0.0,
        seed: int = 0,
        constraint: Constraint | None = None,
    ) -> tuple[Generation, ...]:
        """The ``beams`` best continuations by log-probability, or one sample at temperature > 0.

        Beams compete with the end-of-sequence token's probability, which the results leave out.

        Raises:
            InvalidInput: ``max_tokens`` or ``beams`` below 1, a temperature that is none, or a
                prompt without tokens.
            LimitExceeded: Prompt and ``max_tokens`` are more than the window, or memory is short.
        """
        check_request(max_tokens=max_tokens, beams=beams, temperature=temperature)
        known = check_prompt("prompt", prompt, self.network)
        check_length("prompt and max_tokens", len(_tokens(known)) + max_tokens, self.network)
        plan = beam_search.Plan(
            max_tokens=max_tokens,
            beams=beams,
            end=self.end_of_sequence,
            vocabulary=self.vocabulary_size,
            temperature=temperature,
            seed=seed,
        )
        return beam_search.search(Stepper(self.network, known), plan, constraint)

    def next_logits(
        self, prompts: Sequence[TokenIds], tokens: Sequence[int]
    ) -> NDArray[np.float32]:
        """Logits of chosen next tokens after each prompt: float32 [prompts, tokens].

        Raises:
            InvalidInput: A prompt has no token, or a token is none of the vocabulary.
            LimitExceeded: A prompt is longer than the window.
        """
        rows = self._rows(prompts)
        wanted = check_tokens("tokens", list(tokens), vocabulary=self.vocabulary_size)
        logits = np.zeros((len(rows), len(wanted)), np.float32)
        for places, states in self.network.batches(rows):
            ends = [len(rows[place]) - 1 for place in places]
            last = states[list(range(len(places))), ends]
            found = [self.network.logits(block)[:, wanted] for block in self.network.blocks(last)]
            logits[places] = np.concatenate([part.cpu().numpy() for part in found])
        return logits

    def log_likelihood(
        self, prompts: Sequence[TokenIds | Prefix], continuations: Sequence[TokenIds]
    ) -> NDArray[np.float64]:
        """Natural-log probability of each continuation after its prompt: float64 [prompts].

        Continuations of one prefix are scored together, without computing the prefix again.

        Raises:
            InvalidInput: There are not as many continuations as prompts, or one is not valid.
            LimitExceeded: A sequence is longer than the window.
        """
        if len(prompts) != len(continuations):
            raise InvalidInput(f"{len(prompts)} prompts, but {len(continuations)} continuations")
        known, wanted = [], []
        for place, (prompt, tokens) in enumerate(zip(prompts, continuations, strict=True)):
            known.append(check_prompt(f"prompts[{place}]", prompt, self.network))
            name = f"continuations[{place}]"
            wanted.append(check_tokens(name, tokens, vocabulary=self.vocabulary_size))
            check_length(name, len(_tokens(known[-1])) + len(wanted[-1]), self.network)
        return scoring.score(self.network, scoring.items(known, wanted), count=len(known))

    def hidden_states(
        self, prompts: Sequence[TokenIds], positions: Sequence[int], *, layer: int = -1
    ) -> NDArray[np.float32]:
        """Hidden states at chosen positions: float32 [prompts, positions, width].

        Args:
            prompts: The token ids.
            positions: Places in every prompt; negative ones count from its end.
            layer: 0 is the embedding, -1 the last layer after the final norm.

        Raises:
            InvalidInput: A prompt has no such position, or the network no such layer.
            LimitExceeded: A prompt is longer than the window.
        """
        rows, at = self._rows(prompts), np.asarray(positions, np.int64).reshape(-1)
        layers = self.network.layers
        if not -layers - 1 <= layer <= layers:
            raise InvalidInput(f"layer is {layer}, but there are {layers}")
        for place, row in enumerate(rows):
            if len(at) and not (-len(row) <= at.min() and at.max() < len(row)):
                raise InvalidInput(f"prompts[{place}] has {len(row)} tokens, positions are {at}")
        found = np.zeros((len(rows), len(at), self.network.width), np.float32)
        for places, states in self.network.batches(rows, layer=layer):
            for place, state in zip(places, states, strict=True):
                columns = np.where(at < 0, at + len(rows[place]), at)
                found[place] = state[columns.tolist()].float().cpu().numpy()
        return found

    def prefix(self, prompt: TokenIds) -> Prefix:
        """Compute a prompt's cache once, to be continued many times.

        Raises:
            InvalidInput: It has no token.
            LimitExceeded: It is longer than the window.
            Unsupported: The network keeps something else than keys and values.
        """
        (row,) = self._rows([prompt])
        return compute(self.network, row)

    def _rows(self, prompts: Sequence[TokenIds]) -> list[TokenIds]:
        rows = []
        for place, prompt in enumerate(prompts):
            row = _tokens(check_prompt(f"prompts[{place}]", prompt, self.network))
            check_length(f"prompts[{place}]", len(row), self.network)
            rows.append(row)
        return rows


def _tokens(prompt: TokenIds | CachedPrefix) -> TokenIds:
    return prompt.tokens if isinstance(prompt, CachedPrefix) else prompt
