"""Fingerprints: everything that changes vectors changes them, and nothing else does."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.models import pulled
from tests.unit.retrieval.encoders.small_models import foreign, made

from mnemic.llm.models.table import find
from mnemic.retrieval.encoders.opening import open_encoder
from mnemic.retrieval.encoders.specs import EncoderSpec, spec_of
from mnemic.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.types import Fingerprint


def identity(spec: EncoderSpec, settings: Settings | None = None) -> Fingerprint:
    return open_encoder(spec, settings or Settings()).fingerprint


@pytest.mark.parametrize("head", ["mean", "splade"])
def test_every_setting_counts(tmp_path: Path, head: Any) -> None:
    spec = spec_of(str(made(tmp_path, head=head)))
    changes: dict[str, Any] = {
        "query_prefix": "q",
        "document_prefix": "d",
        "metric": "l2",
        "passage_tokens": 20,
        "passage_overlap": 7,
    }
    if head == "splade":
        changes |= {"top_k": 3, "query_top_k": 4}
    specs = [spec, *(replace(spec, **{name: value}) for name, value in changes.items())]
    digests = [identity(each).digest for each in specs]
    assert len(set(digests)) == len(changes) + 1
    assert identity(spec).digest == digests[0]


def test_every_file_counts_and_no_place_does(tmp_path: Path) -> None:
    folders = {
        "same": made(tmp_path / "a" / "model"),
        "weights": made(tmp_path / "b" / "model", seed=1),
        "window": made(tmp_path / "c" / "model", window=16),
        "tokenizer": made(tmp_path / "d" / "model"),
    }
    tokenizer = folders["tokenizer"] / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text() + "\n")
    found = {name: identity(spec_of(str(folder))) for name, folder in folders.items()}
    assert len({each.digest for each in found.values()}) == len(folders)
    moved = shutil.copytree(folders["same"], tmp_path / "elsewhere" / "model")
    assert identity(spec_of(str(moved))) == found["same"]
    assert str(tmp_path) not in json.dumps(dict(found["same"].settings))
    assert found["same"].name == "encoder:model"


def test_a_converted_folder_is_known_by_its_weights(tmp_path: Path) -> None:
    settings = Settings(cache=tmp_path / "cache")
    found = identity(spec_of(str(foreign(tmp_path / "mine"))), settings)
    assert found.name == "encoder:mine"
    assert (found.settings["pooling"], found.settings["precision"]) == ("mean", "int8")
    assert identity(spec_of(str(foreign(tmp_path / "b" / "mine"))), settings) == found


@pytest.mark.parametrize("name", ["minilm", "splade-tiny", "wordllama"])
def test_pulled_models_are_known_by_their_pins(name: str) -> None:
    found = identity(spec_of(name), pulled([name]))
    pins = {file.name: file.sha256 for file in find(name).files}
    assert found.name == f"encoder:{name}"
    assert found.settings["weights"] == pins["model.safetensors"]
    assert found.settings["tokenizer"] == pins["tokenizer.json"]
    expected = {"minilm": (384, 256), "splade-tiny": (30522, 256), "wordllama": (256, 512)}
    assert (found.settings["dims"], found.settings["window"]) == expected[name]
