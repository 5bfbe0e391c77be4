"""Opening: what is loaded when, what is shared, and what missing or altered files say."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.models import CACHE, pulled
from tests.unit.retrieval.encoders.small_models import made

from mnemic.errors import IndexCorrupt, NotFound, Unsupported
from mnemic.llm.onnx.convert import GRAPH, RECEIPT
from mnemic.retrieval.encoders.opening import open_encoder
from mnemic.retrieval.encoders.specs import EncoderSpec, names, spec_of
from mnemic.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.retrieval.encoders.opening import TextEncoder

HEAVY = {"onnxruntime", "onnx", "tokenizers", "torch", "transformers", "faiss", "sqlalchemy"}


@pytest.mark.parametrize("name", names())
def test_a_model_that_is_not_pulled_names_the_command(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound) as caught:
        open_encoder(spec_of(name), Settings(cache=tmp_path))
    assert f"mnemic models pull {name}" in caught.value.hint


def test_importing_and_identifying_load_no_model() -> None:
    pulled(names())
    code = (
        "import json, sys; from pathlib import Path; import mnemic\n"
        "from mnemic.retrieval.encoders import inputs, opening, specs\n"
        "from mnemic.settings import Settings\n"
        "settings = Settings(cache=Path(sys.argv[1]))\n"
        "for name in specs.names():\n"
        "    assert specs.available(name, settings)\n"
        "    opening.open_encoder(specs.spec_of(name), settings).fingerprint\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    child = [sys.executable, "-c", code, str(CACHE)]
    done = subprocess.run(child, capture_output=True, text=True, check=True)
    assert not HEAVY & set(json.loads(done.stdout))


def test_all_who_ask_share_one_encoder_and_one_model(tmp_path: Path) -> None:
    spec, settings = spec_of(str(made(tmp_path))), Settings(threads=1)
    start = Barrier(8)

    def ask(place: int) -> tuple[TextEncoder, bytes]:
        start.wait()
        encoder = open_encoder(spec, settings)
        return encoder, encoder.encode_queries([f"w{place % 2}", "w5"]).values.tobytes()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert len({id(encoder) for encoder, _ in answers}) == 1
    assert len({vectors for _, vectors in answers[::2]}) == 1
    assert len({vectors for _, vectors in answers}) == 2


def test_a_model_that_was_made_anew_is_opened_anew(tmp_path: Path) -> None:
    spec, settings = spec_of(str(made(tmp_path))), Settings(threads=1)
    before = open_encoder(spec, settings)
    vectors = before.encode_queries(["w1"]).values
    made(tmp_path, seed=1)
    after = open_encoder(spec, settings)
    assert after.fingerprint.digest != before.fingerprint.digest
    assert not np.allclose(after.encode_queries(["w1"]).values, vectors)
    np.testing.assert_array_equal(before.encode_queries(["w1"]).values, vectors)


def test_a_model_that_changes_before_it_is_loaded_is_refused(tmp_path: Path) -> None:
    encoder = open_encoder(spec_of(str(made(tmp_path))), Settings(threads=1))
    made(tmp_path, seed=1)
    with pytest.raises(IndexCorrupt, match="anew"):
        encoder.encode_queries(["w1"])


@pytest.mark.parametrize("name", [GRAPH, "tokenizer.json"])
def test_altered_files_are_corrupt(tmp_path: Path, name: str) -> None:
    folder = made(tmp_path)
    encoder = open_encoder(spec_of(str(folder)), Settings(threads=1))
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(IndexCorrupt, match=name):
        encoder.encode_queries(["w1"])
    with pytest.raises(IndexCorrupt, match=name):
        encoder.count_tokens("w1")


@pytest.mark.parametrize("name", ["tokenizer.json", "model.safetensors"])
def test_altered_files_of_pulled_models_are_corrupt(tmp_path: Path, name: str) -> None:
    settings = pulled(["wordllama"])
    shutil.copytree(settings.cache / "models" / "wordllama", tmp_path / "models" / "wordllama")
    path = tmp_path / "models" / "wordllama" / name
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)
    encoder = open_encoder(spec_of("wordllama"), Settings(cache=tmp_path))
    with pytest.raises(IndexCorrupt, match="sha256"):
        encoder.encode_queries(["a red fox"])
    path.write_bytes(data[:-1])
    with pytest.raises(IndexCorrupt, match="bytes, expected"):
        open_encoder(spec_of("wordllama"), Settings(cache=tmp_path))


def test_a_broken_receipt_or_configuration_is_corrupt(tmp_path: Path) -> None:
    spec = spec_of(str(made(tmp_path)))
    (tmp_path / "config.json").write_text('{"hidden_size": "16"}')
    with pytest.raises(IndexCorrupt, match="hidden_size"):
        open_encoder(spec, Settings(threads=1))
    (tmp_path / RECEIPT).write_text("{")
    with pytest.raises(IndexCorrupt, match=RECEIPT):
        open_encoder(spec, Settings(threads=1))


def test_what_a_model_does_not_make_is_refused(tmp_path: Path) -> None:
    folder = str(made(tmp_path))
    with pytest.raises(Unsupported, match="makes dense vectors"):
        open_encoder(EncoderSpec(folder, "sparse"), Settings())
    with pytest.raises(Unsupported, match="of 16 numbers, not 8"):
        open_encoder(EncoderSpec(folder, "dense", dims=8), Settings())
