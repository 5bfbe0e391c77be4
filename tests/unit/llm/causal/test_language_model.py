"""The in-process model beyond its contract: batches, limits, layers, identity, damaged folders."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file
from tests.contracts.small_llama import LAYERS, WIDTH, WINDOW, small_llama

from mnemic.errors import (
    IndexCorrupt,
    InvalidInput,
    LimitExceeded,
    MnemicError,
    NotFound,
    Unavailable,
    Unsupported,
)
from mnemic.llm.causal import TransformersModel
from mnemic.llm.extras import extra
from mnemic.llm.protocols import LanguageModel
from mnemic.llm.tokenizer import Tokenizer, tokenizer_of
from mnemic.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from mnemic.llm.protocols import Prefix, TokenIds

TOKENS = st.lists(st.integers(0, 250), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def model() -> TransformersModel:
    return TransformersModel.open(small_llama(), dtype="float32", device="cpu")


@pytest.fixture(scope="module")
def narrow() -> TransformersModel:
    """The same model, a batch for nearly every row."""
    return TransformersModel.open(small_llama(), dtype="float32", device="cpu", batch_tokens=5)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(small_llama(), tmp_path / "copy")


def ids(*tokens: int) -> TokenIds:
    return np.array(tokens, np.int64)


def rows(lists: list[list[int]]) -> list[TokenIds]:
    return [ids(*each) for each in lists]


def test_it_is_a_language_model(model: TransformersModel) -> None:
    assert isinstance(model, LanguageModel)
    assert (model.window, model.network.layers, model.network.width) == (WINDOW, LAYERS, WIDTH)


def test_its_tokenizer_is_the_one_that_opens_without_it(model: TransformersModel) -> None:
    alone = Tokenizer.open(small_llama())
    assert tokenizer_of(model).digest == alone.fingerprint.digest
    text = "Some text <|endoftext|>, and more."
    assert alone.encode(text).tolist() == model.encode(text).tolist()


@given(pairs=st.lists(st.tuples(TOKENS, TOKENS), min_size=1, max_size=6))
def test_batches_change_nothing(
    model: TransformersModel, narrow: TransformersModel, pairs: list[tuple[list[int], list[int]]]
) -> None:
    prompts, wanted = rows([pair[0] for pair in pairs]), rows([pair[1] for pair in pairs])
    asks: list[Callable[[TransformersModel], NDArray[np.floating[Any]]]] = [
        lambda which: which.log_likelihood(prompts, wanted),
        lambda which: which.next_logits(prompts, [3, 250, 3]),
        lambda which: which.hidden_states(prompts, [-1, 0]),
    ]
    for ask in asks:
        np.testing.assert_allclose(ask(narrow), ask(model), atol=1e-4)


@given(prompt=TOKENS, wanted=st.lists(TOKENS, min_size=1, max_size=5), beams=st.integers(1, 3))
def test_a_prefix_of_any_length_is_its_prompt(
    model: TransformersModel, prompt: list[int], wanted: list[list[int]], beams: int
) -> None:
    plain, prefix = ids(*prompt), model.prefix(ids(*prompt))
    mixed: list[TokenIds | Prefix] = [prefix, plain, *[prefix] * len(wanted)]
    likely = model.log_likelihood(mixed, rows([wanted[0], wanted[0], *wanted]))
    expected = model.log_likelihood([plain] * len(wanted), rows(wanted))
    np.testing.assert_allclose(likely, [expected[0], expected[0], *expected], atol=1e-4)
    found, again = (model.generate(given, max_tokens=1, beams=beams) for given in (prefix, plain))
    scores = [one.log_probability for one in again]
    assert [one.log_probability for one in found] == pytest.approx(scores, abs=1e-4)


def test_a_prefix_cannot_be_changed(model: TransformersModel) -> None:
    prompt = ids(1, 2, 3)
    prefix = model.prefix(prompt)
    prompt[0] = 9
    assert prefix.tokens.tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="read-only"):
        prefix.tokens[0] = 9


def test_numbers_are_those_of_transformers(model: TransformersModel) -> None:
    torch = extra("torch")
    prompt = [7, 40, 12, 200]
    with torch.inference_mode():
        expected = model.network.module(torch.tensor([prompt]), output_hidden_states=True)
    logits = expected.logits[0, -1].numpy()
    np.testing.assert_allclose(model.next_logits([ids(*prompt)], range(257))[0], logits, atol=1e-5)
    for layer in range(-LAYERS - 1, LAYERS + 1):
        found = model.hidden_states([ids(*prompt)], [0, 3, -2], layer=layer)
        states = expected.hidden_states[layer][0, [0, 3, 2]].numpy()
        np.testing.assert_allclose(found[0], states, atol=1e-5)
    scores = expected.logits[0].log_softmax(-1).numpy()
    total = sum(scores[place, token] for place, token in enumerate(prompt[1:]))
    assert model.log_likelihood([ids(7)], [ids(*prompt[1:])])[0] == pytest.approx(total, abs=1e-4)


def test_a_special_token_in_a_text_is_only_characters(model: TransformersModel) -> None:
    tokens = model.encode("a<end>b")
    assert model.end_of_sequence not in tokens
    assert model.decode(tokens) == "a<end>b"
    assert model.decode(ids(model.end_of_sequence)) == "<end>"


def test_nothing_in_gives_nothing_out(model: TransformersModel) -> None:
    assert model.next_logits([], [1]).shape == (0, 1)
    assert model.next_logits([ids(1)], []).shape == (1, 0)
    assert model.hidden_states([], [0]).shape == (0, 1, WIDTH)
    assert model.hidden_states([ids(1)], []).shape == (1, 0, WIDTH)
    assert model.decode(ids()) == ""


REFUSED: list[tuple[Callable[[TransformersModel], object], str]] = [
    (lambda m: m.generate(ids(), max_tokens=1), "prompt has no token"),
    (lambda m: m.generate(ids(1), max_tokens=1, temperature=float("nan")), "temperature is nan"),
    (lambda m: m.generate(ids(1, 257), max_tokens=1), "prompt: 257 is no token"),
    (lambda m: m.prefix(ids()), r"prompts\[0\] has no token"),
    (lambda m: m.next_logits([ids(1), ids(-1)], [1]), r"prompts\[1\]: -1 is no token"),
    (lambda m: m.next_logits([ids(1)], [257]), "tokens: 257 is no token"),
    (lambda m: m.next_logits([np.ones((1, 1), np.int64)], [1]), "are no token ids"),
    (lambda m: m.next_logits([np.ones(1)], [1]), "are no token ids"),  # type: ignore[list-item]
    (lambda m: m.next_logits([[[1], [2, 3]]], [1]), "different lengths"),  # type: ignore[list-item]
    (lambda m: m.log_likelihood([ids(1)], []), "1 prompts, but 0 continuations"),
    (lambda m: m.log_likelihood([ids(1)], [ids(257)]), r"continuations\[0\]: 257"),
    (lambda m: m.log_likelihood([ids(1), ids()], [ids(1)] * 2), r"prompts\[1\] has no token"),
    (lambda m: m.hidden_states([ids(1, 2), ids(1)], [1]), r"prompts\[1\] has 1 tokens"),
    (lambda m: m.hidden_states([ids(1)], [-2]), r"prompts\[0\] has 1 tokens"),
    (lambda m: m.hidden_states([ids(1)], [0], layer=3), "layer is 3"),
    (lambda m: m.hidden_states([ids(1)], [0], layer=-4), "layer is -4"),
    (lambda m: m.decode(ids(257)), "tokens: 257 is no token"),
    (lambda m: m.encode("\ud800"), "text 0 is not valid"),
]


@pytest.mark.parametrize(("ask", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_what_cannot_be_used_is_named(model: TransformersModel, ask: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        ask(model)


def test_the_prefix_of_another_model_is_refused(
    model: TransformersModel, narrow: TransformersModel
) -> None:
    with pytest.raises(InvalidInput, match="prefix of another model"):
        model.generate(narrow.prefix(ids(1)), max_tokens=1)


def test_the_window_is_a_limit(model: TransformersModel) -> None:
    full = np.arange(WINDOW)
    assert np.isfinite(model.next_logits([full], [0])).all()
    assert np.isfinite(model.log_likelihood([full[:-1]], [ids(0)])).all()
    assert model.generate(full[:-1], max_tokens=1)
    asks: list[Callable[[], object]] = [
        lambda: model.next_logits([np.arange(WINDOW + 1)], [0]),
        lambda: model.log_likelihood([full], [ids(0)]),
        lambda: model.generate(full, max_tokens=1),
        lambda: model.generate(model.prefix(full), max_tokens=1),
    ]
    for ask in asks:
        with pytest.raises(LimitExceeded, match=r"65 tokens, but .* takes 64"):
            ask()


def test_identity_follows_weights_tokenizer_and_dtype(copy: Path) -> None:
    def digest(dtype: str = "float32") -> str:
        return TransformersModel.open(copy, dtype=dtype, device="cpu").fingerprint.digest

    digests = [digest(), digest("bfloat16")]
    tensors = load_file(copy / "model.safetensors")
    tensors["model.norm.weight"][0] += 1
    save_file(tensors, copy / "model.safetensors", {"format": "pt"})
    digests.append(digest())
    text = (copy / "tokenizer.json").read_text()
    (copy / "tokenizer.json").write_text(text + "\n")
    digests.append(digest())
    assert len(set(digests)) == 4
    assert digest() == digests[-1]


def without(file: Path) -> None:
    file.unlink()


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def empty(file: Path) -> None:
    file.write_text("{}")


HARM: list[tuple[Callable[[Path], None], str, type[MnemicError], str]] = [
    (without, "model.safetensors", Unsupported, "has no safetensors"),
    (without, "config.json", NotFound, r"no config\.json"),
    (without, "tokenizer.json", NotFound, r"no tokenizer\.json"),
    (without, "tokenizer_config.json", IndexCorrupt, r"tokenizer_config\.json cannot be read"),
    (cut, "model.safetensors", IndexCorrupt, "cannot be loaded"),
    (cut, "config.json", IndexCorrupt, r"config\.json cannot be read"),
    (cut, "tokenizer.json", IndexCorrupt, r"tokenizer\.json cannot be read"),
    (empty, "config.json", Unsupported, "None is no causal model"),
    (empty, "tokenizer_config.json", Unsupported, "names no end-of-sequence"),
]


@pytest.mark.parametrize(
    ("harm", "file", "error", "said"), HARM, ids=[f"{row[0].__name__}-{row[1]}" for row in HARM]
)
def test_damaged_folders_are_typed_errors(
    copy: Path, harm: Callable[[Path], None], file: str, error: type[MnemicError], said: str
) -> None:
    harm(copy / file)
    with pytest.raises(error, match=said):
        TransformersModel.open(copy, device="cpu")


def test_a_pickle_is_never_opened(copy: Path) -> None:
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(Unsupported, match="has no safetensors"):
        TransformersModel.open(copy, device="cpu")


def test_code_of_a_model_is_never_run(copy: Path) -> None:
    (copy / "code.py").write_text("raise SystemExit('imported')")
    content = json.loads((copy / "config.json").read_text())
    names = {"AutoConfig": "code.Config", "AutoModelForCausalLM": "code.Model"}
    (copy / "config.json").write_text(json.dumps(content | {"auto_map": names}))
    assert TransformersModel.open(copy, dtype="float32", device="cpu").window == WINDOW
    own = content | {"auto_map": names, "model_type": "mine"}
    (copy / "config.json").write_text(json.dumps(own))
    with pytest.raises(Unsupported, match="'mine' is no causal model"):
        TransformersModel.open(copy, device="cpu")


def test_a_tensor_that_is_missing_is_not_drawn_at_random(copy: Path) -> None:
    tensors = load_file(copy / "model.safetensors")
    del tensors["model.layers.1.mlp.up_proj.weight"]
    save_file(tensors, copy / "model.safetensors", {"format": "pt"})
    with pytest.raises(IndexCorrupt, match=r"1 tensors are missing, such as .*up_proj"):
        TransformersModel.open(copy, device="cpu")


def test_numbers_that_are_none_are_corrupt(copy: Path) -> None:
    tensors = load_file(copy / "model.safetensors")
    tensors["model.norm.weight"][3] = np.nan
    save_file(tensors, copy / "model.safetensors", {"format": "pt"})
    with pytest.raises(IndexCorrupt, match="logits are not numbers"):
        TransformersModel.open(copy, device="cpu")


@pytest.mark.parametrize("kind", [["llama"], {"llama": 1}, 7, None])
def test_a_kind_that_is_no_name_is_refused(copy: Path, kind: object) -> None:
    content = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(content | {"model_type": kind}))
    with pytest.raises(Unsupported, match="is no causal model"):
        TransformersModel.open(copy, dtype="float32", device="cpu")


def test_logits_that_the_head_does_not_give_are_refused(copy: Path) -> None:
    content = json.loads((copy / "config.json").read_text())
    granite = {"model_type": "granite", "architectures": ["GraniteForCausalLM"]}
    scaled = content | granite | {"logits_scaling": 3.0}
    (copy / "config.json").write_text(json.dumps(scaled))
    with pytest.raises(Unsupported, match="not those of its head alone"):
        TransformersModel.open(copy, dtype="float32", device="cpu")


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(Unsupported, match="torch") as error:
        TransformersModel.open(small_llama(), device="cpu")
    assert "pip install 'mnemic[llm]'" in error.value.hint


def test_a_model_that_was_not_pulled_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="smollm2 is not pulled") as error:
        TransformersModel.open("smollm2", settings=Settings(cache=tmp_path))
    assert "mnemic models pull smollm2" in error.value.hint


@pytest.mark.parametrize(
    ("dtype", "device", "batch", "error", "said"),
    [
        ("int8", "cpu", 9, InvalidInput, "dtype 'int8'"),
        ("float32", "meta", 9, InvalidInput, "device 'meta'"),
        ("float32", "cuda:99", 9, Unavailable, "no device cuda:99"),
        ("float32", "cpu", 0, InvalidInput, "batch_tokens is 0"),
    ],
)
def test_impossible_options_are_refused(
    dtype: str, device: str, batch: int, error: type[MnemicError], said: str
) -> None:
    with pytest.raises(error, match=said):
        TransformersModel.open(small_llama(), dtype=dtype, device=device, batch_tokens=batch)
