"""How long a client waits, as pure functions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mnemic.llm.http.waiting import LONGEST, asked_wait, pause

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("attempt", range(21))
def test_waits_double_up_to_the_longest(attempt: int) -> None:
    most = pause(attempt, base=0.5, chance=1.0)
    assert most == min(LONGEST, 0.5 * 2**attempt)
    assert pause(attempt, base=0.5, chance=0.0) == 0.0
    assert pause(attempt, base=0.5, chance=0.25) == most / 4


@pytest.mark.parametrize("attempt", [0, 20])
@pytest.mark.parametrize("chance", [0.0, 0.5, 0.99])
def test_what_was_asked_for_is_never_undercut(attempt: int, chance: float) -> None:
    assert 7.0 <= pause(attempt, base=0.5, chance=chance, asked=7.0) < 7.5


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("0", 0.0),
        ("12", 12.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("Sat, 21 Nov 2026 12:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 13:00:30 +0100", 30.0),
        ("Sat, 21 Nov 2026 12:00:30 -0000", 30.0),
        ("Fri, 20 Nov 2026 12:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("Sat, 99 Nov 2026 12:00:30 GMT", None),
        ("Sat, 21 Nov 9999999 12:00:30 GMT", None),
        ("Sat, 21 Nov 2026 12:00:30 +99999999999999", None),
    ],
)
def test_both_forms_of_retry_after_are_read(given: str, seconds: float | None) -> None:
    assert asked_wait({"retry-after": given}, NOW) == seconds


def test_milliseconds_are_more_exact() -> None:
    assert asked_wait({"retry-after-ms": "250", "retry-after": "1"}, NOW) == 0.25
    assert asked_wait({"retry-after-ms": "x", "retry-after": "1"}, NOW) == 1.0
    assert asked_wait({}, NOW) is None
