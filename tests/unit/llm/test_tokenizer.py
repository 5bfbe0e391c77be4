"""The tokenizer of a model, without the model."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.models import pulled
from tests.unit.llm.tokenizers import characters, words

from mnemic.errors import IndexCorrupt, InvalidInput, NotFound, Unsupported
from mnemic.llm.models import locate
from mnemic.llm.tokenizer import Tokenizer, tokenizer_of

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.settings import Settings

TEXT = "héllo <|endoftext|> wörld 👩‍👩‍👧\n\n  and\ttabs"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return pulled(["smollm2"])


@pytest.fixture(scope="module")
def smollm2(settings: Settings) -> Tokenizer:
    return Tokenizer.open("smollm2", settings=settings)


def test_a_text_comes_back_with_its_special_tokens_as_characters(smollm2: Tokenizer) -> None:
    tokens = smollm2.encode(TEXT)
    assert tokens.dtype == np.int64
    assert smollm2.decode(tokens) == TEXT
    assert 0 not in tokens  # <|endoftext|> as a special token


def test_a_batch_is_the_same_as_one_by_one(smollm2: Tokenizer) -> None:
    texts = [TEXT, "", "x", TEXT * 40]
    batch = smollm2.encode_batch(texts)
    assert [row.tolist() for row in batch] == [smollm2.encode(each).tolist() for each in texts]
    assert smollm2.encode_batch([]) == []


def test_ids_are_below_the_size_of_the_vocabulary(smollm2: Tokenizer) -> None:
    assert smollm2.vocabulary_size == 49_152
    assert smollm2.decode([smollm2.vocabulary_size - 1])


@pytest.mark.parametrize("tokens", [[49_152], [-1], np.array([3, 2**40])])
def test_what_is_no_token_is_refused(smollm2: Tokenizer, tokens: list[int]) -> None:
    with pytest.raises(InvalidInput, match="ids end at 49151"):
        smollm2.decode(tokens)


def test_offsets_are_the_characters_of_each_token(smollm2: Tokenizer) -> None:
    spans = smollm2.offsets(TEXT)
    assert len(spans) == len(smollm2.encode(TEXT))
    assert spans[0, 0] == 0
    assert spans[-1, 1] == len(TEXT)
    assert np.all(spans[1:, 0] <= spans[:-1, 1])
    assert smollm2.offsets("").shape == (0, 2)


def test_the_identity_is_that_of_the_file_under_any_name(
    settings: Settings, smollm2: Tokenizer, tmp_path: Path
) -> None:
    shutil.copy(locate("smollm2", settings=settings) / "tokenizer.json", tmp_path)
    copy = Tokenizer.open(tmp_path)
    assert copy.fingerprint.digest == smollm2.fingerprint.digest
    assert copy.name != smollm2.name
    assert copy.encode(TEXT).tolist() == smollm2.encode(TEXT).tolist()


def test_a_file_that_was_replaced_is_another_tokenizer(tmp_path: Path) -> None:
    first = Tokenizer.open(words(tmp_path / "model", ["one", "two"]))
    second = Tokenizer.open(words(tmp_path / "model", ["two", "one", "three"]))
    assert first.fingerprint.digest != second.fingerprint.digest
    assert (first.vocabulary_size, second.vocabulary_size) == (2, 3)
    assert (first.encode("two").tolist(), second.encode("two").tolist()) == ([1], [0])


def test_an_altered_file_of_a_pulled_model_is_found(settings: Settings, tmp_path: Path) -> None:
    source = locate("smollm2", settings=settings)
    for name in ("tokenizer.json", "causal-v1.json"):
        shutil.copy(source / name, tmp_path)
    path = tmp_path / "tokenizer.json"
    path.write_bytes(path.read_bytes().replace(b"hello", b"hullo", 1))
    with pytest.raises(IndexCorrupt, match=r"tokenizer\.json: its sha256"):
        Tokenizer.open(tmp_path)


def test_what_is_not_there_or_no_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no tokenizer\.json"):
        Tokenizer.open(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(IndexCorrupt, match="cannot be read"):
        Tokenizer.open(tmp_path)


@pytest.mark.parametrize("text", ["\ud800", 7, b"bytes"])
def test_what_is_no_text_is_refused(smollm2: Tokenizer, text: str) -> None:
    for work in (smollm2.encode, smollm2.offsets):
        with pytest.raises(InvalidInput):
            work(text)


def test_a_word_that_a_tokenizer_does_not_know_is_refused(tmp_path: Path) -> None:
    tokenizer = Tokenizer.open(words(tmp_path, ["known"]))
    for work in (tokenizer.encode, tokenizer.offsets):
        with pytest.raises(InvalidInput, match="cannot tokenise"):
            work("known unknown")


def test_a_model_that_cannot_tell_its_tokenizer_is_refused() -> None:
    with pytest.raises(Unsupported, match="object does not tell"):
        tokenizer_of(object())


def test_it_needs_neither_torch_nor_transformers(settings: Settings) -> None:
    script = (
        "import sys; from mnemic.llm.tokenizer import Tokenizer; "
        f"Tokenizer.open({str(locate('smollm2', settings=settings))!r}).encode('text'); "
        "sys.exit(bool({'torch', 'transformers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_tokenizer_knows_whether_texts_come_back(smollm2: Tokenizer, tmp_path: Path) -> None:
    assert smollm2.lossless
    assert Tokenizer.open(characters(tmp_path / "bytes")).lossless
    assert not Tokenizer.open(words(tmp_path / "words", ["a", "b"])).lossless
    assert not Tokenizer.open(words(tmp_path / "unk", ["a", "b"], unknown="b")).lossless
