"""What loading does to the process, and what a folder may not make transformers do."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.llm.small_bert import make_bert

from mnemic.errors import MnemicError, Unsupported
from mnemic.llm.extras import extra
from mnemic.llm.foreign import refuse_foreign, refuse_options
from mnemic.llm.silence import quiet
from mnemic.llm.torch_loading import choose_device, choose_dtype, pretrained

if TYPE_CHECKING:
    from pathlib import Path


def switches() -> tuple[int, bool]:
    logging: Any = extra("transformers").utils.logging
    return logging.get_verbosity(), logging.is_progress_bar_enabled()


def test_those_who_load_together_leave_the_switches_as_they_were() -> None:
    before = switches()
    first, second = ExitStack(), ExitStack()
    first.enter_context(quiet())
    silent = switches()
    second.enter_context(quiet())
    first.close()
    assert switches() == silent != before
    second.close()
    assert switches() == before


def test_a_failure_leaves_the_switches_as_they_were() -> None:
    before = switches()
    with pytest.raises(ZeroDivisionError), quiet():
        raise ZeroDivisionError
    assert switches() == before


FOREIGN: dict[str, dict[str, Any]] = {
    "a kernel of the hub": {"attn_implementation": "owner/kernel"},
    "a kernel in private": {"_attn_implementation": "owner/kernel"},
    "a kernel of a part": {"text_config": {"attn_implementation": "owner/kernel"}},
    "a kernel in a list": {"parts": [{"attn_implementation": "owner/kernel"}]},
    "a kernel for a part": {"attn_implementation": {"text": "owner/kernel"}},
    "another package": {"attn_implementation": "flash_attention_2"},
}


def load(folder: Path) -> object:
    return pretrained(
        "AutoModel",
        folder,
        dtype=choose_dtype("float32"),
        device=choose_device("cpu"),
        spare="pooler.",
    )


@pytest.mark.parametrize("change", FOREIGN.values(), ids=FOREIGN)
def test_foreign_attention_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    folder = make_bert(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | change))
    with pytest.raises(Unsupported, match="asks for the attention"):
        load(folder)


@pytest.mark.parametrize("name", ["eager", "sdpa", None])
def test_the_attention_of_torch_is_taken(tmp_path: Path, name: str | None) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"attn_implementation": name}))
    refuse_foreign(tmp_path)


def test_an_adapter_is_refused(tmp_path: Path) -> None:
    folder = make_bert(tmp_path)
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(Unsupported, match="holds an adapter") as caught:
        load(folder)
    assert "merge_and_unload" in caught.value.hint


@pytest.mark.parametrize("part", ["model", "config", "tokenizer", "processor"])
@pytest.mark.parametrize("form", ["args", "kwargs"])
@pytest.mark.parametrize(
    "options", [{"allow_all_kernels": True}, {"gguf_file": "x"}, {"adapter_kwargs": {}}], ids=str
)
def test_options_that_are_passed_on_are_refused(
    tmp_path: Path, part: str, form: str, options: dict[str, Any]
) -> None:
    with pytest.raises(MnemicError, match=f"passes {next(iter(options))} on"):
        refuse_options(tmp_path, {f"{part}_{form}": options})
    refuse_options(tmp_path, {f"{part}_{form}": {"padding_side": "left"}})
