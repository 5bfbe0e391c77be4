"""Folders with a model of the user's own: converted once, or refused with a reason."""

from __future__ import annotations

import json
import resource
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.llm.small_bert import make_bert
from tests.unit.retrieval.encoders.small_models import MODULES, POOLING, foreign, made, write_json

from mnemic.errors import (
    Forbidden,
    IndexCorrupt,
    LimitExceeded,
    NotFound,
    Unavailable,
    Unsupported,
)
from mnemic.retrieval.encoders.folders import CONVERTED
from mnemic.retrieval.encoders.layouts import read_layout
from mnemic.retrieval.encoders.opening import open_encoder
from mnemic.retrieval.encoders.specs import EncoderSpec, spec_of
from mnemic.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache=tmp_path / "cache", threads=1)


def test_a_foreign_folder_gives_the_vectors_of_its_graph(
    tmp_path: Path, settings: Settings
) -> None:
    ours = open_encoder(spec_of(str(made(tmp_path / "ours", window=24))), settings)
    theirs = open_encoder(spec_of(str(foreign(tmp_path / "theirs"))), settings)
    texts = ["w1 w2", "w3 " * 40]
    np.testing.assert_array_equal(
        theirs.encode_documents(texts).values, ours.encode_documents(texts).values
    )
    assert theirs.window == 24


def test_a_bare_transformer_is_sparse_when_the_spec_says_so(
    tmp_path: Path, settings: Settings
) -> None:
    folder = make_bert(tmp_path / "bare")
    ours = open_encoder(spec_of(str(made(tmp_path / "ours", head="splade"))), settings)
    theirs = open_encoder(EncoderSpec(str(folder), "sparse"), settings)
    found, expected = theirs.encode_queries(["w1 w2"]), ours.encode_queries(["w1 w2"])
    assert found.ids.tolist() == expected.ids.tolist()
    assert found.weights.tolist() == expected.weights.tolist()
    assert theirs.window == 64


def test_a_folder_is_converted_once_for_all_threads(tmp_path: Path, settings: Settings) -> None:
    spec = spec_of(str(foreign(tmp_path / "mine")))
    with ThreadPoolExecutor(4) as pool:
        encoders = list(pool.map(lambda _: open_encoder(spec, settings), range(4)))
    assert len({id(encoder) for encoder in encoders}) == 1
    (made_once,) = (settings.cache / CONVERTED).iterdir()
    stamps = {path.name: path.stat().st_mtime_ns for path in made_once.iterdir()}
    open_encoder(EncoderSpec(spec.model, "dense", query_prefix="q "), settings)
    assert {path.name: path.stat().st_mtime_ns for path in made_once.iterdir()} == stamps
    assert (tmp_path / "mine" / "modules.json").exists(), "the user's folder is left alone"


def test_other_weights_are_converted_apart(tmp_path: Path, settings: Settings) -> None:
    folder = foreign(tmp_path / "mine")
    before = open_encoder(spec_of(str(folder)), settings)
    make_bert(folder, seed=1)
    assert open_encoder(spec_of(str(folder)), settings).fingerprint != before.fingerprint
    assert len(list((settings.cache / CONVERTED).iterdir())) == 2


@pytest.mark.parametrize(
    "pooling",
    [
        {"pooling_mode_cls_token": True},
        {**POOLING, "pooling_mode_max_tokens": True},
        {"pooling_mode": "cls"},
    ],
)
def test_other_poolings_are_refused(tmp_path: Path, pooling: dict[str, Any]) -> None:
    with pytest.raises(Unsupported) as caught:
        read_layout(foreign(tmp_path, **pooling))
    assert "sentence-transformers:" in caught.value.hint


def test_a_pooling_without_the_prompt_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="leaves prompts out"):
        read_layout(foreign(tmp_path, **POOLING, include_prompt=False))


@pytest.mark.parametrize("tokens", [2, 0, -1, True, "24", float("inf"), float("nan")])
def test_a_window_that_fits_no_text_is_corrupt(tmp_path: Path, tokens: object) -> None:
    write_json(foreign(tmp_path) / "sentence_bert_config.json", {"max_seq_length": tokens})
    with pytest.raises(IndexCorrupt, match="its window is"):
        read_layout(tmp_path)


def test_a_transformer_in_its_own_folder_is_read_there(tmp_path: Path) -> None:
    foreign(tmp_path)
    modules = json.loads((tmp_path / "modules.json").read_text())
    modules[0]["path"] = "0_Transformer"
    write_json(tmp_path / "modules.json", modules)
    make_bert(tmp_path / "0_Transformer")
    settings = tmp_path / "0_Transformer" / "sentence_bert_config.json"
    write_json(settings, {"max_seq_length": 7})
    assert read_layout(tmp_path).window == 7
    write_json(settings, {"do_lower_case": True})
    with pytest.raises(Unsupported, match="lowers letters"):
        read_layout(tmp_path)


def test_both_ways_to_write_the_mean_are_read(tmp_path: Path) -> None:
    assert read_layout(foreign(tmp_path / "old")).head == "mean"
    assert read_layout(foreign(tmp_path / "new", pooling_mode="mean")).head == "mean"


@pytest.mark.parametrize(
    "kinds", [["models.Transformer", "models.Dense"], ["models.StaticEmbedding"]]
)
def test_other_modules_are_refused(tmp_path: Path, kinds: list[str]) -> None:
    foreign(tmp_path)
    modules = [{"idx": place, "path": "", "type": kind} for place, kind in enumerate(kinds)]
    write_json(tmp_path / "modules.json", modules)
    with pytest.raises(Unsupported, match=r"is made of"):
        read_layout(tmp_path)


@pytest.mark.parametrize("path", ["/etc", "../other", "a/../../b"])
def test_modules_stay_inside_their_folder(tmp_path: Path, path: str) -> None:
    foreign(tmp_path)
    modules = json.loads((tmp_path / "modules.json").read_text())
    for place in (0, 1):
        changed = [each | {"path": path} if each["idx"] == place else each for each in modules]
        write_json(tmp_path / "modules.json", changed)
        with pytest.raises(Unsupported, match="leads outside"):
            read_layout(tmp_path)


def test_splade_modules_are_read(tmp_path: Path) -> None:
    foreign(tmp_path)
    kinds = ("MLMTransformer", "SpladePooling")
    modules = [
        {"idx": i, "path": ("", "1")[i], "type": f"x.{kind}"} for i, kind in enumerate(kinds)
    ]
    write_json(tmp_path / "modules.json", modules)
    pooling = {"pooling_strategy": "max", "activation_function": "relu"}
    write_json(tmp_path / "1" / "config.json", pooling)
    assert read_layout(tmp_path).head == "splade"
    write_json(tmp_path / "1" / "config.json", {**pooling, "pooling_strategy": "sum"})
    with pytest.raises(Unsupported, match="pooling_strategy is 'sum'"):
        read_layout(tmp_path)


def test_vectors_that_need_their_length_are_refused(tmp_path: Path) -> None:
    foreign(tmp_path)
    modules = json.loads((tmp_path / "modules.json").read_text())
    write_json(tmp_path / "config_sentence_transformers.json", {"similarity_fn_name": "dot"})
    assert read_layout(tmp_path).head == "mean", f"{MODULES[2]} makes them all of length one"
    write_json(tmp_path / "modules.json", modules[:2])
    with pytest.raises(Unsupported, match="not normalised"):
        read_layout(tmp_path)


def test_letters_that_are_lowered_elsewhere_are_refused(tmp_path: Path) -> None:
    write_json(foreign(tmp_path) / "sentence_bert_config.json", {"do_lower_case": True})
    with pytest.raises(Unsupported, match="lowers letters"):
        read_layout(tmp_path)


def test_another_architecture_is_refused(tmp_path: Path, settings: Settings) -> None:
    folder = foreign(tmp_path / "mine")
    config = json.loads((folder / "config.json").read_text())
    write_json(folder / "config.json", {**config, "model_type": "roberta"})
    with pytest.raises(Unsupported, match="model_type"):
        open_encoder(spec_of(str(folder)), settings)
    assert list((settings.cache / CONVERTED).iterdir()) == [], "nothing is left of the attempt"


@pytest.mark.parametrize("name", ["modules.json", "config.json", "1_Pooling/config.json"])
@pytest.mark.parametrize("content", ["{", "[1]", "null"])
def test_broken_configurations_are_corrupt(tmp_path: Path, name: str, content: str) -> None:
    foreign(tmp_path)
    (tmp_path / name).write_text(content)
    with pytest.raises(IndexCorrupt, match=name.rpartition("/")[2]):
        read_layout(tmp_path)


def test_a_folder_that_went_away_is_not_found(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(NotFound, match="no model folder"):
        open_encoder(EncoderSpec(str(tmp_path / "gone"), "dense"), settings)


def test_a_full_disk_is_a_limit_and_leaves_nothing(tmp_path: Path, settings: Settings) -> None:
    spec = spec_of(str(foreign(tmp_path / "mine")))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(LimitExceeded):
            open_encoder(spec, settings)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list((settings.cache / CONVERTED).iterdir()) == []


def test_a_cache_that_is_no_folder_is_typed(tmp_path: Path) -> None:
    spec = spec_of(str(foreign(tmp_path / "mine")))
    (tmp_path / "file").write_text("")
    with pytest.raises((Forbidden, Unavailable), match="file"):
        open_encoder(spec, Settings(cache=tmp_path / "file"))
