"""Random operations on segments of substrings against a dict."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from hypothesis import settings, stateful
from hypothesis import strategies as st
from tests.contracts import ngram_checks
from tests.contracts.ngram_checks import CHECKS
from tests.contracts.ngram_corpora import BYTES, made
from tests.contracts.ngram_mirror import Mirror
from tests.counts import scaled

from mnemic.indexes.storage import FileDirectory

if TYPE_CHECKING:
    from tests.contracts.ngram_oracle import Symbols

NUMBERS = st.lists(st.integers(0, 2), max_size=8)
QUICK = ("counts", "documents", "places")


class NgramMachine(stateful.RuleBasedStateMachine):
    """Bytes in blocks of 16 symbols; subclasses change that."""

    vocabulary: ClassVar[int] = BYTES
    block_symbols: ClassVar[int] = 16
    letters: ClassVar[tuple[int, ...]] = (0, 97, 255)

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="mnemic-ngram-"))
        self.mirror = Mirror(self.vocabulary, self.block_symbols)
        self.opened = 0
        self.patterns = [self.symbols(each) for each in ([0], [1, 1], [0, 1, 2], [2, 0], [2, 2, 2])]

    def symbols(self, numbers: list[int]) -> Symbols:
        return made([self.letters[number] for number in numbers], self.vocabulary)

    @stateful.rule(documents=st.lists(NUMBERS, max_size=6))
    def add(self, documents: list[list[int]]) -> None:
        self.mirror.add([self.symbols(numbers) for numbers in documents])

    @stateful.rule(chosen=st.lists(st.integers(0, 60), min_size=1, max_size=6))
    def delete(self, chosen: list[int]) -> None:
        self.mirror.delete(chosen)

    @stateful.rule()
    def delete_all(self) -> None:
        self.mirror.delete(list(self.mirror.live))

    @stateful.rule(start=st.integers(0, 4), number=st.integers(1, 4))
    def merge(self, start: int, number: int) -> None:
        self.mirror.merge(start, number)

    @stateful.rule()
    def save_and_reopen(self) -> None:
        self.opened += 1
        folder = self.folder / str(self.opened)
        folder.mkdir()
        self.mirror.reopen(FileDirectory(folder))

    @stateful.rule(pattern=NUMBERS.filter(bool), name=st.sampled_from(sorted(CHECKS)))
    def ask(self, pattern: list[int], name: str) -> None:
        if self.mirror.parts:
            CHECKS[name](self.mirror.index(), self.mirror.live, [self.symbols(pattern)])

    @stateful.rule(pattern=NUMBERS.filter(bool))
    def ask_for_some(self, pattern: list[int]) -> None:
        if self.mirror.parts:
            index, live = self.mirror.index(), self.mirror.live
            patterns = [self.symbols(pattern), *self.patterns]
            ngram_checks.check_allowed(index, live, patterns, self.mirror.bitmaps)
            ngram_checks.check_extract(index, live)

    @stateful.invariant()
    def holds_what_the_dict_holds(self) -> None:
        if self.mirror.parts:
            for name in QUICK:
                CHECKS[name](self.mirror.index(), self.mirror.live, self.patterns)

    @stateful.invariant()
    def counts_its_documents(self) -> None:
        stats, parts = self.mirror.index().stats(), self.mirror.parts
        total = sum(len(part.ordinals) for part in parts)
        assert (stats.documents, stats.segments) == (len(self.mirror.live), len(parts))
        assert stats.deleted == total - len(self.mirror.live)

    def teardown(self) -> None:
        shutil.rmtree(self.folder)


class TokenMachine(NgramMachine):
    vocabulary = 200_000
    letters = (0, 70_000, 199_999)


class OneBlockMachine(NgramMachine):
    block_symbols = 1 << 20


for machine in (NgramMachine, OneBlockMachine, TokenMachine):
    machine.TestCase.settings = settings(
        max_examples=scaled(12, 300), stateful_step_count=20, deadline=None
    )
TestBytes = NgramMachine.TestCase
TestBytesInOneBlock = OneBlockMachine.TestCase
TestTokens = TokenMachine.TestCase
