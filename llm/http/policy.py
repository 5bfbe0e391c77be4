"""How patient and how greedy a client is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mnemic.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Limits of time and size, each within reason.

    Attributes:
        timeout_s: Seconds of one attempt.
        deadline_s: Seconds of one request with all its attempts and waits.
        retries: Attempts after the first.
        backoff_s: Most seconds before the second attempt.
        concurrency: Most requests at the same time.
        batch_texts: Most texts of one request for embeddings.
        response_bytes: Largest answer.
    """

    LIMITS: ClassVar[dict[str, tuple[float, float]]] = {
        "timeout_s": (0.001, 3_600.0),
        "deadline_s": (0.001, 86_400.0),
        "retries": (0, 20),
        "backoff_s": (0.0, 60.0),
        "concurrency": (1, 256),
        "batch_texts": (1, 2_048),
        "response_bytes": (1_024, 2**31),
    }

    timeout_s: float
    deadline_s: float
    retries: int
    backoff_s: float
    concurrency: int
    batch_texts: int
    response_bytes: int

    def __post_init__(self) -> None:
        for name, (least, most) in self.LIMITS.items():
            given = getattr(self, name)
            if not least <= given <= most:
                raise InvalidInput(f"{name} is {given}", hint=f"It is {least:,} to {most:,}.")
