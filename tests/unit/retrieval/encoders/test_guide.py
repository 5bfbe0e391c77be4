"""The encoders guide: its example runs, and it names every encoder and every field of a spec."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from tests.models import pulled

from mnemic.retrieval.encoders.specs import ENDPOINT, SENTENCE, EncoderSpec, names

GUIDE = (Path(__file__).parents[4] / "docs" / "guides" / "encoders.md").read_text("utf-8")


def test_the_example_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = pulled(["minilm", "splade-tiny"]).cache
    monkeypatch.setenv("MNEMIC_CACHE", str(cache))
    (example,) = re.findall(r"^```python\n(.*?)^```", GUIDE, re.M | re.S)
    exec(compile(example, "docs/guides/encoders.md", "exec"), {})
    shown = capsys.readouterr().out.splitlines()
    assert (shown[0], shown[2]) == ("(1, 384)", "encoder:minilm 256")


@pytest.mark.parametrize("name", [*names(), f"{SENTENCE}NAME_OR_FOLDER", f"{ENDPOINT}NAME"])
def test_every_name_stands_in_the_guide(name: str) -> None:
    assert re.search(rf"^\| `{re.escape(name)}`", GUIDE, re.M)


@pytest.mark.parametrize("field", [field.name for field in fields(EncoderSpec)])
def test_every_field_stands_in_the_guide(field: str) -> None:
    assert re.search(rf"^\| .*`{field}`.* \|", GUIDE, re.M)
