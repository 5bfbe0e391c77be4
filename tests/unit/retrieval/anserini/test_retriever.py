"""What goes to Anserini and what comes back, with shell scripts in Java's place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.retrieval.anserini.fake_java import runtime

from mnemic.errors import Conflict, InvalidInput, NotFound, Unavailable, Unsupported
from mnemic.retrieval.anserini import build_index, from_name, pyserini
from mnemic.retrieval.protocols import Retriever
from mnemic.types import Query

if TYPE_CHECKING:
    from pathlib import Path

ANSWER = """cat > "$output" <<'END'
0 Q0 b 1 1 2.500000 Anserini
0 Q0 a 2 1.250000 Anserini
2 Q0 ö 東 1 0.500000 Anserini
2 Q0 b 1 2 0.500000 Anserini
2 Q0 b 1 3 0.100000 Anserini
END"""
INDEXED = """mkdir -p "$index"; touch "$index/segments_1" "$index/write.lock"
echo '2026-11-21 INFO [main] X (X.java:1) - indexed:            1,002'
echo '2026-11-21 INFO [main] X (X.java:1) - unindexable:            0'
echo '2026-11-21 INFO [main] X (X.java:1) - empty:                  3'
"""


@pytest.fixture
def index(tmp_path: Path) -> Path:
    folder = tmp_path / "an index"
    folder.mkdir()
    (folder / "segments_1").touch()
    return folder


def test_answers_belong_to_their_questions(tmp_path: Path, index: Path) -> None:
    retriever = pyserini(index, runtime=runtime(tmp_path, ANSWER))
    assert isinstance(retriever, Retriever)
    queries = [Query("one", "q1"), Query(" \n", "q2"), Query("three", "q3")]
    first, second, third = retriever.search(queries, 5)
    assert [(hit.id, hit.score) for hit in first] == [("b 1", 2.5), ("a", 1.25)]
    assert (second.query.id, len(second)) == ("q2", 0)
    assert [(hit.id, hit.score) for hit in third] == [("b 1", 0.5), ("ö 東", 0.5)]


def test_questions_and_options_are_handed_over(tmp_path: Path, index: Path) -> None:
    keep = f'cp "$topics" "{tmp_path}/topics"; echo "$all" > "{tmp_path}/options"; touch "$output"'
    retriever = pyserini(index, k1=1.2, b=0.75, threads=2, runtime=runtime(tmp_path, keep))
    texts = ["a\tb\r\nc $(touch x) `x` \\", "", "\x00", "-index\u2028/etc"]
    assert [len(ranking) for ranking in retriever.search(texts, 7)] == [0, 0, 0, 0]
    asked = (tmp_path / "topics").read_text()
    assert asked == "0\ta b c $(touch x) `x` \\\n3\t-index /etc\n"
    options = (tmp_path / "options").read_text()
    assert options.startswith(f"-index {index} -topics ")
    assert options.endswith("-hits 7 -parallelism 2 -bm25 -bm25.k1 1.2 -bm25.b 0.75\n")


def test_an_impact_index_gets_repeated_terms(tmp_path: Path, index: Path) -> None:
    keep = f'cp "$topics" "{tmp_path}/topics"; echo "$all" > "{tmp_path}/options"; touch "$output"'
    retriever = pyserini(
        index,
        impact=True,
        weigh=lambda texts: [dict.fromkeys(text.split(), 0.2) for text in texts],
        scale=10,
        runtime=runtime(tmp_path, keep),
    )
    retriever.search(["red fox", ""], 3)
    assert (tmp_path / "topics").read_text() == "0\tred red fox fox\n"
    assert (tmp_path / "options").read_text().endswith("-impact -pretokenized\n")


def test_a_weigher_answers_every_text(tmp_path: Path, index: Path) -> None:
    machine = runtime(tmp_path, "exit 1")
    retriever = pyserini(index, impact=True, weigh=lambda texts: [], runtime=machine)
    with pytest.raises(InvalidInput, match="0 vectors for 1 texts"):
        retriever.search(["fox"], 3)
    assert retriever.search([], 3) == []


def test_nothing_to_ask_starts_nothing(tmp_path: Path, index: Path) -> None:
    retriever = pyserini(index, runtime=runtime(tmp_path, "exit 1"))
    assert retriever.search([], 5) == []
    assert [len(ranking) for ranking in retriever.search(["", "\t"], 5)] == [0, 0]
    assert [len(ranking) for ranking in retriever.search(["fox"], 0)] == [0]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"k": -1}, InvalidInput),
        ({"k": 5, "filter": {"$bogus": 1}}, InvalidInput),
        ({"k": 5, "filter": {"year": 1}}, Unsupported),
    ],
)
def test_what_it_cannot_do_is_refused(
    tmp_path: Path, index: Path, arguments: dict[str, Any], error: type[Exception]
) -> None:
    retriever = pyserini(index, runtime=runtime(tmp_path, "exit 1"))
    with pytest.raises(error):
        retriever.search(["fox"], **arguments)
    assert retriever.search(["fox"], 0, filter={})[0].hits == ()


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("echo 'Error: no index' >&2", "failed: Error: no index"),
        ("echo 'Error: broken' >&2; exit 1", "failed: Error: broken"),
        ('echo "0 Q0 a 1 x Anserini" > "$output"', "line 1, cannot be read"),
        ('echo "0 Q0 a 1 NaN Anserini" > "$output"', "line 1, cannot be read"),
        ('echo "1 Q0 a 1 1.0 Anserini" > "$output"', "line 1, cannot be read"),
        ('echo "-1 Q0 a 1 1.0 Anserini" > "$output"', "line 1, cannot be read"),
        ('echo "0 Q0 a" > "$output"', "line 1, cannot be read"),
        ('printf "0 Q0 \\377 1 1.0 A\\n" > "$output"', "line 1, cannot be read"),
    ],
)
def test_bad_answers_are_unavailable(tmp_path: Path, index: Path, body: str, problem: str) -> None:
    retriever = pyserini(index, runtime=runtime(tmp_path, body))
    with pytest.raises(Unavailable) as caught:
        retriever.search(["fox"], 5)
    assert problem in caught.value.message


def test_no_answer_in_time_is_unavailable(tmp_path: Path, index: Path) -> None:
    retriever = pyserini(index, runtime=runtime(tmp_path, "exec sleep 60", seconds=0.2))
    with pytest.raises(Unavailable, match="longer than"):
        retriever.search(["fox"], 5)


@pytest.mark.parametrize(
    "given",
    [
        {"k1": -1.0},
        {"k1": float("nan")},
        {"k1": float("inf")},
        {"b": 1.5},
        {"b": float("nan")},
        {"threads": 0},
        {"scale": 0.0},
        {"weigh": list},
    ],
)
def test_parameters_are_checked(tmp_path: Path, index: Path, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        pyserini(index, runtime=runtime(tmp_path, ""), **given)


def test_a_folder_is_an_index_or_refused(tmp_path: Path) -> None:
    machine = runtime(tmp_path, "")
    with pytest.raises(NotFound, match="there is no folder"):
        pyserini(tmp_path / "none", runtime=machine)
    with pytest.raises(InvalidInput, match="no segments file"):
        pyserini(tmp_path, runtime=machine)
    with pytest.raises(InvalidInput, match="is no folder"):
        pyserini("a\0b", runtime=machine)


def test_dots_are_folders_and_nothing_is_none(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = runtime(tmp_path, "")
    monkeypatch.chdir(index)
    assert pyserini(".", runtime=machine).folder == index
    with pytest.raises(InvalidInput, match="no segments file"):
        pyserini("..", runtime=machine)
    for name in ("", " "):
        with pytest.raises(InvalidInput, match="is no folder of an index"):
            pyserini(name, runtime=machine)


def test_names_lead_to_folders(tmp_path: Path) -> None:
    assert from_name("bm25") is None
    assert from_name("pyserini") is None
    for prefix in ("pyserini:", "pyserini-impact:"):
        with pytest.raises(NotFound, match="nowhere"):
            from_name(f"{prefix}{tmp_path}/nowhere")
        with pytest.raises(InvalidInput, match="no segments file"):
            from_name(f"{prefix}{tmp_path}")


def test_an_index_appears_when_it_is_whole(tmp_path: Path) -> None:
    (tmp_path / "json").mkdir()
    made = build_index(tmp_path / "json", tmp_path / "i", runtime=runtime(tmp_path, INDEXED))
    assert (made.documents, made.empty, made.bytes) == (1002, 3, 0)
    assert [path.name for path in (tmp_path / "i").iterdir()] == ["segments_1"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("exit 1", Unavailable),
        ("echo 'Error: bad option'", Unavailable),
        (INDEXED + "echo 'X - errors:    2'", InvalidInput),
        (INDEXED + "echo 'ERROR pool-2: Unexpected Exception:'", InvalidInput),
    ],
)
def test_half_an_index_is_not_kept(tmp_path: Path, body: str, error: type[Exception]) -> None:
    (tmp_path / "json").mkdir()
    machine = runtime(tmp_path, body)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(error):
        build_index(tmp_path / "json", tmp_path / "i", runtime=machine)
    assert sorted(tmp_path.iterdir()) == before


def test_indexing_checks_its_places(tmp_path: Path, index: Path) -> None:
    machine = runtime(tmp_path, INDEXED)
    with pytest.raises(NotFound, match="is no folder"):
        build_index(tmp_path / "none", tmp_path / "i", runtime=machine)
    with pytest.raises(Conflict, match="not empty"):
        build_index(index, index, runtime=machine)
    with pytest.raises(InvalidInput, match="threads"):
        build_index(index, tmp_path / "i", threads=0, runtime=machine)
