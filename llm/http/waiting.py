"""How long to wait before asking again. Pure: clocks and chance come from outside.

Exponential backoff with full jitter: Brooker, "Exponential Backoff and Jitter", AWS Architecture
Blog, 2015. ``Retry-After``: RFC 9110, section 10.2.3.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 30.0  # seconds, of backoff that nobody asked for


def pause(attempt: int, *, base: float, chance: float, asked: float | None = None) -> float:
    """Seconds to wait after a failed attempt.

    Args:
        attempt: 0 for the first.
        base: Most seconds after the first attempt; doubles from one to the next.
        chance: Uniform in [0, 1).
        asked: What the endpoint asked for; it is never undercut, and clients that were told the
            same are spread over ``base`` seconds.
    """
    if asked is not None:
        return asked + chance * base
    return chance * min(LONGEST, base * 2.0**attempt)


def asked_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that headers ask a client to wait; ``None`` when they do not say or make no sense.

    Args:
        headers: With lower-case names.
        now: With its time zone.
    """
    milliseconds = _seconds(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1_000
    given = headers.get("retry-after", "")
    seconds = _seconds(given)
    return _until(given, now) if seconds is None else seconds


def _seconds(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return max(0.0, value) if math.isfinite(value) else None


def _until(text: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
