"""Reading can stop after any record and go on there, and no bytes make it fail."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mnemic.retrieval.ingestion import Record, RecordError, read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

IN_ONE_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
LINES = st.one_of(
    st.builds(
        lambda key, text: json.dumps({"_id": key, "text": text}, ensure_ascii=False).encode(),
        st.text(st.characters(codec="utf-8"), max_size=5),
        st.text(st.characters(codec="utf-8"), max_size=20),
    ),
    st.sampled_from(
        [b"", b"{", b"[]", b'{"_id": 1}\r', b"\xff", b'"open', b'1,"a', b'2,"b\n"', b"3,c"]
    ),
    st.binary(max_size=10),
)


def run(
    path: Path, start: Mapping[str, int] | None = None
) -> tuple[list[Record], list[RecordError]]:
    errors: list[RecordError] = []
    records = list(read([path], on_error=errors.append, resume_from=start, largest_record=60))
    return records, errors


@IN_ONE_FOLDER
@given(st.lists(LINES, max_size=8), st.sampled_from(["jsonl", "csv", "tsv", "jsonl.gz", "csv.gz"]))
def test_resuming_after_any_record_gives_the_rest(
    tmp_path: Path, lines: list[bytes], kind: str
) -> None:
    path = tmp_path / f"a.{kind}"
    content = b"\n".join([b"id,text" if "csv" in kind else b"id\ttext", *lines])
    path.write_bytes(gzip.compress(content, 1) if kind.endswith("gz") else content)
    records, errors = run(path)
    for done, record in enumerate(records, start=1):
        rest, later = run(path, {str(path): record.position})
        assert [r.document for r in rest] == [r.document for r in records[done:]]
        assert [r.position for r in rest] == [r.position for r in records[done:]]
        assert later == [error for error in errors if error in later]


@IN_ONE_FOLDER
@given(
    st.binary(max_size=60),
    st.sampled_from(["jsonl", "csv", "tsv", "txt", "md", "jsonl.gz", "csv.gz", "parquet"]),
)
def test_any_bytes_give_documents_or_errors(tmp_path: Path, content: bytes, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    path.write_bytes(content)
    records, errors = run(path)
    for record in records:
        assert record.document.id
        assert (record.document.text + record.document.title).encode() is not None
    assert all(error.message and error.hint for error in errors)
