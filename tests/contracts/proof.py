"""Proof that a contract suite can fail: every check is broken on purpose at least once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


def checks_of(contract: type[object]) -> set[str]:
    """The names of a suite's checks, inherited ones included."""
    return {name for name in dir(contract) if name.startswith("test_")}


def assert_caught(contract: type[object], check: str, **fixtures: Any) -> None:
    """Run one check as pytest would, and demand that it fails by assertion."""
    run: Callable[..., None] = getattr(contract(), check)
    with pytest.raises((AssertionError, ExceptionGroup)) as caught:
        run(**fixtures)
    for error in leaves(caught.value):
        assert isinstance(error, AssertionError), f"{check} broke instead of failing: {error!r}"


def leaves(error: BaseException) -> list[BaseException]:
    """The errors of a group, or the one error."""
    if isinstance(error, BaseExceptionGroup):
        return [leaf for part in error.exceptions for leaf in leaves(part)]
    return [error]
