"""Sentence-transformers' folders: equal to plain numpy, near the 8-bit graph, nothing foreign."""

from __future__ import annotations

import json
import shutil
import sys
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tests.unit.llm.numpy_bert import mean_vector
from tests.unit.llm.sentence_folders import make_sentence
from tests.unit.llm.small_bert import WIDTH, make_bert

from mnemic.errors import (
    IndexCorrupt,
    InvalidInput,
    MnemicError,
    NotFound,
    Unavailable,
    Unsupported,
)
from mnemic.llm.onnx.weights import read_bert
from mnemic.llm.sentence import SentenceModel
from mnemic.llm.sentence_folder import read_folder

if TYPE_CHECKING:
    from mnemic.llm.onnx.text_model import TextModel

TOPICS = (
    "photosynthesis in desert plants",
    "a central bank's interest rates",
    "the siege of Constantinople",
    "a recipe for lentil soup",
    "pandas.DataFrame.groupby",
    "la lumière des étoiles",
    "die Geschichte der Eisenbahn",
    "東京の地下鉄",
    "RFC 9110, section 15.5.5",
    "🦊🌊",
)
FORMS = (
    "{}",
    "What is known about {}?",
    "She wrote to her brother that {} had changed how she saw the whole matter.",
    "TODO: see {} (line 42) - 3.14 % of cases, $1,200.50 each!",
    "{0} and {0}; or neither {0} nor anything like it.",
    "def f(x):\n    # {}\n    return x ** 2",
    "“{}”, it said in capitals: NOT FOR SALE",
    "On 12 May 2021 at 09:30 the committee heard three witnesses on {}. The first had little to "
    "add. The second, an engineer, spoke for an hour and was asked eleven questions.",
    "  {}\t\n",
    "yesterday i asked u about {} lol idk",
)
TEXTS = tuple(form.format(topic) for form, topic in product(FORMS, TOPICS))


@pytest.fixture(scope="module")
def real(minilm: Path, tmp_path_factory: pytest.TempPathFactory) -> SentenceModel:
    folder = make_sentence(tmp_path_factory.mktemp("st") / "minilm", minilm, window=256)
    return SentenceModel.open(folder, device="cpu")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("small")
    return make_sentence(root / "st", make_bert(root / "bert"), window=8)


@pytest.fixture(scope="module")
def opened(small: Path) -> SentenceModel:
    return SentenceModel.open(small, device="cpu")


@pytest.fixture
def copy(small: Path, tmp_path: Path) -> Path:
    return shutil.copytree(small, tmp_path / "copy")


def test_eight_bits_are_near_torch_in_full_precision(real: SentenceModel, model: TextModel) -> None:
    cosines = (real.encode(TEXTS) * model.encode(TEXTS)).sum(axis=1)
    assert cosines.mean() >= 0.99, cosines
    assert cosines.min() >= 0.97, TEXTS[int(cosines.argmin())]


def test_torch_is_plain_numpy(real: SentenceModel, model: TextModel, minilm: Path) -> None:
    texts = TEXTS[::17]
    bert = read_bert(minilm)
    expected = [mean_vector(bert, row) for row in model.tokenize(texts).rows]
    np.testing.assert_allclose(real.encode(texts), expected, atol=1e-5)


def test_the_model_says_what_it_is(opened: SentenceModel) -> None:
    assert (opened.dims, opened.window, opened.prompts) == (WIDTH, 8, {"query": "ask: "})
    assert {"model.safetensors", "tokenizer.json", "1_Pooling/config.json"} <= set(
        opened.fingerprint.settings["files"]
    )
    assert json.loads(json.dumps(opened.fingerprint.settings)) == opened.fingerprint.settings


def test_vectors_stand_in_the_order_of_texts(opened: SentenceModel) -> None:
    texts = [" ".join(f"w{place}" for place in range(count)) for count in (1, 6, 2, 5, 3, 0)]
    together = opened.encode(texts)
    assert together.dtype == np.float32
    assert together.shape == (6, WIDTH)
    for text, vector in zip(texts, together, strict=True):
        np.testing.assert_allclose(opened.encode([text])[0], vector, atol=1e-6)
    np.testing.assert_array_equal(opened.encode(texts), together)
    assert opened.encode([]).shape == (0, WIDTH)


def test_what_is_over_the_window_is_cut_and_named(opened: SentenceModel) -> None:
    texts = ["w1 w2 w3 w4 w5 w6", "w1 w2 w3 w4 w5 w6 w7", "w1"]
    assert opened.truncated(texts) == (1,)
    full, cut, _ = opened.encode(texts)
    np.testing.assert_allclose(cut, full, atol=1e-6)
    assert [opened.count_tokens(text) for text in texts] == [6, 7, 1]


@pytest.mark.parametrize("text", [None, 3, "\ud800"])
def test_a_bad_text_is_named_by_its_place(opened: SentenceModel, text: Any) -> None:
    for ask in (opened.encode, opened.truncated):
        with pytest.raises(InvalidInput, match="text 1 is"):
            ask(["fine", text])


def test_bfloat16_is_near_and_another_model(small: Path, opened: SentenceModel) -> None:
    half = SentenceModel.open(small, dtype="bfloat16", device="cpu")
    assert half.fingerprint.digest != opened.fingerprint.digest
    found = half.encode(["w1 w2 w3"])
    assert found.dtype == np.float32
    assert float((found * opened.encode(["w1 w2 w3"])).sum()) > 0.99


def edit(path: Path, change: Any) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


FOREIGN: list[tuple[str, str, str, type[MnemicError], str]] = [
    ("a module that comes with the model", "type", "custom.Transformer", Unsupported, "custom"),
    ("one that loads pickles", "type", "sentence_transformers.models.BoW", Unsupported, "BoW"),
    ("a path outside", "path", "../other", Unsupported, "leads outside"),
    ("an absolute path", "path", "/tmp", Unsupported, "leads outside"),
]


@pytest.mark.parametrize(
    ("key", "value", "error", "said"), [row[1:] for row in FOREIGN], ids=[row[0] for row in FOREIGN]
)
def test_foreign_modules_are_refused(
    copy: Path, key: str, value: str, error: type[MnemicError], said: str
) -> None:
    edit(copy / "modules.json", lambda rows: rows[1].update({key: value}))
    with pytest.raises(error, match=said):
        SentenceModel.open(copy, device="cpu")


OPTIONS = {"allow_all_kernels": True}
PASSED_ON: list[tuple[str, dict[str, Any], str]] = [
    ("sentence_bert_config.json", {"model_args": OPTIONS}, "passes allow_all_kernels on"),
    ("sentence_roberta_config.json", {"config_kwargs": OPTIONS}, "passes allow_all_kernels on"),
    ("config.json", {"attn_implementation": "owner/kernel"}, "asks for the attention"),
    ("adapter_config.json", {}, "holds an adapter"),
    ("1_Pooling/config.json", {"include_prompt": False}, "left out of the pooling"),
]


@pytest.mark.parametrize(("file", "change", "said"), PASSED_ON, ids=str)
def test_what_a_folder_may_not_ask_for_is_refused(
    copy: Path, file: str, change: dict[str, Any], said: str
) -> None:
    content = json.loads((copy / file).read_text()) if (copy / file).exists() else {}
    (copy / file).write_text(json.dumps(content | change))
    with pytest.raises(Unsupported, match=said):
        SentenceModel.open(copy, device="cpu")


@pytest.mark.parametrize(
    ("prompts", "expected"),
    [
        ({"query": "q: ", "document": None}, {"query": "q: "}),
        (None, {}),
        ([], None),
        ({"a": 7}, None),
    ],
)
def test_prompts_are_texts_by_name(copy: Path, prompts: object, expected: object) -> None:
    path = copy / "config_sentence_transformers.json"
    path.write_text(json.dumps({"prompts": prompts}))
    if expected is None:
        with pytest.raises(IndexCorrupt, match="prompt"):
            read_folder(copy)
    else:
        assert read_folder(copy).prompts == expected


def test_only_safetensors_are_opened(copy: Path) -> None:
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(Unsupported, match="has no safetensors"):
        SentenceModel.open(copy, device="cpu")


def test_a_folder_without_modules_is_named(copy: Path) -> None:
    (copy / "modules.json").unlink()
    with pytest.raises(NotFound, match=r"has no modules\.json"):
        SentenceModel.open(copy, device="cpu")


def test_a_tensor_that_is_missing_is_not_drawn_at_random(copy: Path) -> None:
    tensors = load_file(copy / "model.safetensors")
    name = next(name for name in tensors if "query.weight" in name)
    kept = {key: tensor for key, tensor in tensors.items() if key != name}
    save_file(kept, copy / "model.safetensors")
    with pytest.raises(IndexCorrupt, match=r"1 tensors are missing, such as .*query\.weight"):
        SentenceModel.open(copy, device="cpu")


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "modules.json"])
def test_a_cut_file_is_corrupt(copy: Path, file: str) -> None:
    data = (copy / file).read_bytes()
    (copy / file).unlink()
    (copy / file).write_bytes(data[: len(data) // 2])
    with pytest.raises(IndexCorrupt, match="cannot be"):
        SentenceModel.open(copy, device="cpu")


def test_numbers_that_are_none_are_corrupt(copy: Path) -> None:
    tensors = load_file(copy / "model.safetensors")
    name = next(name for name in tensors if "word_embeddings" in name)
    tensors[name][4] = np.nan
    save_file(tensors, copy / "model.safetensors")
    broken = SentenceModel.open(copy, device="cpu")
    with pytest.raises(IndexCorrupt, match="no finite vector for text 1"):
        broken.encode(["w1", "w0 w1"])


def test_without_the_extra_the_error_says_what_to_install(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(Unsupported, match="sentence_transformers") as error:
        SentenceModel.open(small, device="cpu")
    assert "pip install 'mnemic[llm]'" in error.value.hint


@pytest.mark.parametrize(
    ("source", "error", "hint"),
    [
        ("nobody/has-this-model", NotFound, "hf download nobody/has-this-model"),
        ("no such name", InvalidInput, ""),
        ("./nowhere", NotFound, "folder"),
        (Path("nowhere"), NotFound, "folder"),
    ],
    ids=str,
)
def test_a_missing_model_says_how_to_get_it(
    source: str | Path, error: type[MnemicError], hint: str
) -> None:
    with pytest.raises(error) as raised:
        SentenceModel.open(source, device="cpu")
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    ("dtype", "device", "error"),
    [
        ("int8", "cpu", InvalidInput),
        ("float32", "nonsense", InvalidInput),
        ("float32", "meta", InvalidInput),
        ("float32", "cuda:99", Unavailable),
    ],
)
def test_impossible_options_are_refused(
    small: Path, dtype: str, device: str, error: type[MnemicError]
) -> None:
    with pytest.raises(error, match=device if dtype == "float32" else dtype):
        SentenceModel.open(small, dtype=dtype, device=device)
