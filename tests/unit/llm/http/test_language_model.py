"""The model on an endpoint does what endpoints can, equals the oracle, and refuses the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.contracts.bigram_model import END, LETTERS, BigramModel, Remembered
from tests.contracts.language_model_contract import (
    GenerationContract,
    LikelihoodContract,
    TokenContract,
    ids,
)
from tests.contracts.trie import trie
from tests.endpoint_server import KEY, SHOWN, changing, endpoint_server, failing

from mnemic.errors import (
    DimensionMismatch,
    IndexCorrupt,
    InvalidInput,
    NotFound,
    Unavailable,
    Unsupported,
)
from mnemic.llm.http import Endpoint, EndpointLanguageModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.endpoint_server import EndpointServer

    from mnemic.llm.protocols import LanguageModel

ORACLE = BigramModel()


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One token a letter, as the model behind the server has them."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

    vocabulary = {text: token for token, text in enumerate(SHOWN)}
    letters = Tokenizer(models.WordLevel(vocabulary, unk_token=" "))
    letters.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    letters.decoder = decoders.Fuse()
    letters.add_special_tokens(["</s>"])
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    letters.save(str(path))
    return path


@pytest.fixture(scope="module")
def running() -> Iterator[EndpointServer]:
    with endpoint_server() as server:
        yield server


@pytest.fixture(scope="module")
def reached(running: EndpointServer) -> Iterator[Endpoint]:
    with Endpoint(base_url=running.url, api_key=KEY, backoff_s=0.001) as endpoint:
        yield endpoint


@pytest.fixture
def server(running: EndpointServer) -> Iterator[EndpointServer]:
    running.received.clear()
    yield running
    assert not running.faults, "a fault was not met"


@pytest.fixture
def model(reached: Endpoint, tokenizer: Path) -> EndpointLanguageModel:
    return EndpointLanguageModel(reached, "bigram", tokenizer=tokenizer, end_of_sequence=END)


class WhatAnEndpointCan(TokenContract, GenerationContract, LikelihoodContract):
    """All but constraints and states."""


class TestTokens(WhatAnEndpointCan):
    tolerance = 1e-5

    @pytest.fixture(scope="class")
    @classmethod
    def model(cls, reached: Endpoint, tokenizer: Path) -> LanguageModel:
        return EndpointLanguageModel(reached, "bigram", tokenizer=tokenizer, end_of_sequence=END)


class TestTexts(WhatAnEndpointCan):
    tolerance = 1e-5

    @pytest.fixture(scope="class")
    @classmethod
    def model(cls, reached: Endpoint, tokenizer: Path) -> LanguageModel:
        return EndpointLanguageModel(
            reached,
            "bigram",
            tokenizer=tokenizer,
            end_of_sequence=END,
            prompts="text",
            top=20,
        )


def test_answers_are_those_of_the_oracle(model: EndpointLanguageModel) -> None:
    prompt, ending = model.encode("the red"), model.encode(" fox")
    assert model.log_likelihood([prompt], [ending]) == pytest.approx(
        ORACLE.log_likelihood([prompt], [ending])
    )
    (ours,), (theirs,) = (each.generate(prompt, max_tokens=9) for each in (model, ORACLE))
    np.testing.assert_array_equal(ours.tokens, theirs.tokens)
    assert ours.log_probability == pytest.approx(theirs.log_probability)
    assert ours.finished == theirs.finished


@pytest.mark.parametrize(
    ("options", "requests"), [({"top": 28}, 2), ({"top": 1}, 2 + 2 * 28 - 2)], ids=["top", "echo"]
)
def test_logits_of_all_tokens_by_both_ways(
    reached: Endpoint,
    server: EndpointServer,
    tokenizer: Path,
    options: dict[str, Any],
    requests: int,
) -> None:
    model = EndpointLanguageModel(reached, "bigram", tokenizer=tokenizer, **options)
    prompts = [model.encode("the"), model.encode("a fox")]
    logits = model.next_logits(prompts, range(28))
    expected = [ORACLE.log_probabilities(prompt.tolist()) for prompt in prompts]
    np.testing.assert_allclose(logits, expected, atol=1e-5)
    assert len(server.received) == requests


@pytest.mark.parametrize(
    "ask",
    [
        lambda model: model.generate(ids(1), max_tokens=2, constraint=trie([(1,)], 28)),
        lambda model: model.generate(ids(1), max_tokens=2, beams=2),
        lambda model: model.generate(Remembered(ids(1)), max_tokens=2),
        lambda model: model.log_likelihood([Remembered(ids(1))], [ids(2)]),
        lambda model: model.hidden_states([ids(1)], [0]),
        lambda model: model.prefix(ids(1)),
    ],
    ids=["constraint", "beams", "prefix", "likelihood of a prefix", "states", "cache"],
)
def test_what_endpoints_cannot_do_names_what_can(
    model: EndpointLanguageModel, server: EndpointServer, ask: Callable[[Any], object]
) -> None:
    with pytest.raises(Unsupported, match=r"bigram at 127\.0\.0\.1 cannot") as caught:
        ask(model)
    assert "runs in process" in caught.value.hint
    assert server.received == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda model: model.encode("a"),
        lambda model: model.decode(ids(1)),
        lambda model: model.vocabulary_size,
        lambda model: model.generate(ids(1), max_tokens=1),
        lambda model: model.next_logits([ids(1)], [1]),
        lambda model: model.log_likelihood([ids(1)], [ids(1)]),
    ],
    ids=["encode", "decode", "size", "generate", "logits", "likelihood"],
)
def test_without_a_tokenizer_there_are_no_token_ids(
    reached: Endpoint, ask: Callable[[Any], object]
) -> None:
    with pytest.raises(Unsupported, match="has no token ids") as caught:
        ask(EndpointLanguageModel(reached, "bigram"))
    assert "tokenizer=PATH" in caught.value.hint


def test_without_an_end_there_is_no_end(reached: Endpoint, tokenizer: Path) -> None:
    model = EndpointLanguageModel(reached, "bigram", tokenizer=tokenizer)
    with pytest.raises(Unsupported, match="end_of_sequence"):
        _ = model.end_of_sequence


def first(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda content: content["choices"][0].__setitem__(key, value)


def stopped_with(logprobs: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    changes = {"logprobs": logprobs, "finish_reason": "stop"}
    return lambda content: content["choices"][0].update(changes)


def tokens_of(content: dict[str, Any]) -> dict[str, Any]:
    logprobs: dict[str, Any] = content["choices"][0]["logprobs"]
    return logprobs


def one_more(content: dict[str, Any]) -> None:
    for values in tokens_of(content).values():
        values.insert(1, values[-1])
        values.insert(1, values[-1])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (first("logprobs", None), Unsupported, "shows no log-probabilities"),
        (first("finish_reason", "content_filter"), Unavailable, "content_filter"),
        (lambda c: tokens_of(c).update(tokens=["xyz"] * 4), Unavailable, "no single token"),
        (lambda c: tokens_of(c).update(tokens=["a"]), Unavailable, "1 tokens with 4"),
        (lambda c: tokens_of(c).update(token_logprobs=[None] * 4), Unavailable, "no probability"),
        (one_more, Unavailable, "6 tokens where 4 were asked"),
        (lambda c: c.update(choices=[]), Unavailable, "0 choices"),
    ],
)
def test_odd_generations_are_refused(
    model: EndpointLanguageModel,
    server: EndpointServer,
    change: Callable[[dict[str, Any]], Any],
    error: type[Exception],
    message: str,
) -> None:
    server.faults.append(changing(change))
    with pytest.raises(error, match=message):
        model.generate(model.encode("the red fox"), max_tokens=4)


def test_shown_ids_and_a_shown_end_are_read(
    model: EndpointLanguageModel, server: EndpointServer
) -> None:
    shown = {"tokens": ["token_id:3", f"token_id:{END}"], "token_logprobs": [-1.0, -2.0]}
    for last in (f"token_id:{END}", "</s>", ""):
        logprobs = {**shown, "tokens": ["token_id:3", last], "top_logprobs": None}
        server.faults.append(changing(stopped_with(logprobs)))
        (found,) = model.generate(model.encode("a"), max_tokens=4)
        assert (found.tokens.tolist(), found.log_probability, found.finished) == ([3], -1.0, True)


def test_an_endpoint_that_does_not_echo(
    model: EndpointLanguageModel, server: EndpointServer
) -> None:
    server.faults.append(
        changing(lambda c: [v.__delitem__(slice(3)) for v in tokens_of(c).values()])
    )
    with pytest.raises(Unsupported, match="does not echo"):
        model.log_likelihood([model.encode("ab")], [model.encode("c")])


def test_another_tokenizer_than_the_endpoints(
    model: EndpointLanguageModel, server: EndpointServer
) -> None:
    server.faults.append(changing(one_more))
    with pytest.raises(DimensionMismatch, match="sees 6 tokens where the tokenizer has 3"):
        model.log_likelihood([model.encode("ab")], [model.encode("c")])


def test_an_endpoint_that_refuses_echo_says_so(
    model: EndpointLanguageModel, server: EndpointServer
) -> None:
    server.faults.append(failing(400, "echo is not supported"))
    with pytest.raises(InvalidInput, match="echo is not supported"):
        model.log_likelihood([model.encode("ab")], [model.encode("c")])


def test_impossible_questions_are_refused(model: EndpointLanguageModel) -> None:
    with pytest.raises(InvalidInput, match="prompt 1 is empty"):
        model.log_likelihood([ids(1), ids()], [ids(1), ids(1)])
    with pytest.raises(InvalidInput, match="2 prompts with 1"):
        model.log_likelihood([ids(1), ids()], [ids(1)])
    with pytest.raises(InvalidInput, match="28 is no token"):
        model.next_logits([ids(1)], [28])
    assert model.next_logits([], [1]).shape == (0, 1)
    assert model.next_logits([ids(1)], []).shape == (1, 0)


def test_a_text_that_has_other_tokens_is_not_sent(
    reached: Endpoint, server: EndpointServer, tokenizer: Path
) -> None:
    model = EndpointLanguageModel(reached, "bigram", tokenizer=tokenizer, prompts="text")
    with pytest.raises(InvalidInput, match="not those of its text"):
        model.generate(ids(1, END), max_tokens=1)
    assert server.received == []


def test_impossible_models_are_refused(reached: Endpoint, tokenizer: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="top is 0"):
        EndpointLanguageModel(reached, "bigram", top=0)
    with pytest.raises(InvalidInput, match="end_of_sequence is 28"):
        EndpointLanguageModel(reached, "bigram", tokenizer=tokenizer, end_of_sequence=28)
    with pytest.raises(NotFound, match="missing"):
        EndpointLanguageModel(reached, "bigram", tokenizer=tmp_path / "missing")
    broken = tmp_path / "tokenizer.json"
    broken.write_text("{")
    with pytest.raises(IndexCorrupt, match=r"tokenizer\.json"):
        EndpointLanguageModel(reached, "bigram", tokenizer=broken)


def test_the_fingerprint_covers_the_tokenizer(reached: Endpoint, tokenizer: Path) -> None:
    with_one = EndpointLanguageModel(reached, "bigram", tokenizer=tokenizer).fingerprint
    without = EndpointLanguageModel(reached, "bigram").fingerprint
    assert with_one.name == without.name == "model:openai:bigram"
    assert with_one.digest != without.digest
    assert len(LETTERS) == END
