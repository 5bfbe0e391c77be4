"""Text and Markdown files: ids, titles, front matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_text_is_named_by_its_path(load: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").write_bytes(b"\xef\xbb\xbfhello\r\n")
    assert load(tmp_path).documents == [Document(id="sub/a.txt", text="hello\r\n")]
    assert load(tmp_path / "sub" / "a.txt").ids == ["a.txt"]


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("# One\n## Two", "One"),
        ("text\n\n### Three ###\n", "Three"),
        ("Under\n=====\n", "Under"),
        ("```\n# code\n```\n# Real", "Real"),
        ("#hashtag only", ""),
        ("", ""),
        ("\n---\n", ""),
    ],
)
def test_first_heading_is_the_title(
    load: Callable[..., Any], tmp_path: Path, content: str, title: str
) -> None:
    (tmp_path / "a.md").write_text(content)
    (document,) = load(tmp_path).documents
    assert (document.title, document.text) == (title, content)


def test_simple_front_matter_is_metadata(load: Callable[..., Any], tmp_path: Path) -> None:
    matter = '---\ntitle: "T"\nyear: 2024\ntags: [a, b]\nzip: 0123\ndone: true\nnone:\n---\nBody\n'
    (tmp_path / "a.md").write_text(matter)
    (document,) = load(tmp_path).documents
    assert (document.title, document.text) == ("T", "Body\n")
    assert document.metadata == {
        "title": "T",
        "year": 2024,
        "tags": ["a", "b"],
        "zip": "0123",
        "done": True,
        "none": None,
    }


@pytest.mark.parametrize(
    "matter", ["a:\n  b: 1", "- item", "text: |\n  x", "a: {b: 1}", "no colon"]
)
def test_other_front_matter_stays_in_the_text(
    load: Callable[..., Any], tmp_path: Path, matter: str
) -> None:
    content = f"---\n{matter}\n---\nBody"
    (tmp_path / "a.md").write_text(content)
    (document,) = load(tmp_path).documents
    assert (document.text, document.metadata) == (content, {})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfeh\0", "UTF-16"),
        (b"ok \xff", "invalid UTF-8 at byte 3"),
        (b"x" * 101, "101 bytes"),
    ],
)
def test_unreadable_text_is_reported(
    load: Callable[..., Any], tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    (tmp_path / "b.txt").write_bytes(b"good")
    outcome = load(tmp_path, largest_record=100)
    assert outcome.ids == ["b.txt"]
    assert message in outcome.errors[0].message
