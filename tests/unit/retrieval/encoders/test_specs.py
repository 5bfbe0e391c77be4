"""Specs: what names stand for, what is refused, and that they survive storage."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.llm.small_bert import make_bert
from tests.unit.retrieval.encoders.small_models import foreign, made, write_json

from mnemic.errors import InvalidInput, NotFound, Unsupported
from mnemic.retrieval.encoders.specs import EncoderSpec, available, names, spec_of
from mnemic.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "model", "kind"),
    [
        ("default", "minilm", "dense"),
        ("minilm", "minilm", "dense"),
        ("wordllama", "wordllama", "dense"),
        ("splade-tiny", "splade-tiny", "sparse"),
        ("openai:text-embedding-3-small", "openai:text-embedding-3-small", "dense"),
    ],
)
def test_what_names_stand_for(name: str, model: str, kind: str) -> None:
    spec = spec_of(name)
    assert (spec.model, spec.kind) == (model, kind)
    assert spec_of(spec) is spec


@pytest.mark.parametrize("name", ["nothing", "smollm2", "", "a\x00b", "x" * 5000, "/no/such", 7])
def test_other_names_are_refused_with_those_that_are_known(name: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        spec_of(name)
    assert all(known in caught.value.hint for known in names())


def test_a_folder_says_its_kind_and_its_prompts(tmp_path: Path) -> None:
    folder = foreign(tmp_path / "mine")
    prompts = {"query": "query: ", "passage": "passage: "}
    write_json(folder / "config_sentence_transformers.json", {"prompts": prompts})
    assert spec_of(str(folder)) == EncoderSpec(
        str(folder), "dense", query_prefix="query: ", document_prefix="passage: "
    )
    assert spec_of(str(made(tmp_path / "sparse", head="splade"))).kind == "sparse"


def test_relative_folders_are_stored_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    assert spec_of("mine").model == str(tmp_path / "mine")


def test_a_word_head_leaves_the_kind_open(tmp_path: Path) -> None:
    config = json.loads((make_bert(tmp_path) / "config.json").read_text())
    write_json(tmp_path / "config.json", {**config, "architectures": ["BertForMaskedLM"]})
    with pytest.raises(InvalidInput, match="dense or sparse") as caught:
        spec_of(str(tmp_path))
    assert "EncoderSpec" in caught.value.hint


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"lacks config.json, model.safetensors"):
        spec_of(str(tmp_path))
    foreign(tmp_path, pooling_mode_cls_token=True)
    with pytest.raises(Unsupported, match="pooling_mode_cls_token"):
        spec_of(str(tmp_path))


FULL = EncoderSpec(
    "splade-tiny",
    "sparse",
    query_prefix="q: ",
    document_prefix="d: ",
    metric="ip",
    passage_tokens=100,
    passage_overlap=0,
    top_k=128,
    query_top_k=32,
)


@pytest.mark.parametrize("spec", [FULL, EncoderSpec("minilm", "dense"), spec_of("openai:x")])
def test_specs_survive_storage(spec: EncoderSpec) -> None:
    assert EncoderSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"model": "minilm", "kind": "dense", "colour": 1}, "colour"),
        ({"model": "minilm"}, "kind"),
        ({}, "kind, model"),
        (["model"], "list"),
    ],
)
def test_stored_specs_of_another_form_are_refused(data: Any, named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        EncoderSpec.from_json(data)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", ""),
        ("model", " "),
        ("model", 3),
        ("kind", "static"),
        ("kind", ["dense"]),
        ("query_prefix", None),
        ("document_prefix", "\ud800"),
        ("metric", "dot"),
        ("dims", 0),
        ("dims", 2.0),
        ("passage_tokens", 0),
        ("passage_tokens", True),
        ("passage_overlap", -1),
        ("passage_overlap", None),
        ("top_k", 4),
        ("query_top_k", 4),
    ],
)
def test_values_out_of_range_are_named(field: str, value: Any) -> None:
    wrong: dict[str, Any] = {"model": "minilm", "kind": "dense", field: value}
    with pytest.raises(InvalidInput, match=f"EncoderSpec.{field}"):
        EncoderSpec(**wrong)


def test_a_sparse_encoder_has_no_width_to_ask_for() -> None:
    with pytest.raises(InvalidInput, match="dims is not for sparse"):
        EncoderSpec("splade-tiny", "sparse", dims=5)


def test_what_is_not_there_is_not_available(tmp_path: Path) -> None:
    settings = Settings(cache=tmp_path)
    found = {name: available(name, settings) for name in (*names(), "default", "nothing", "/no")}
    assert not any(found.values()), found
    assert available(str(foreign(tmp_path / "mine")), settings)
    assert available(str(made(tmp_path / "ours")), settings)
    assert available("openai:x", settings)
