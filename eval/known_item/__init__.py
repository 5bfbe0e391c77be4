"""Can a known item be found again? A test collection from the documentation every Python has."""

from mnemic.eval.known_item.collection import Report, build

__all__ = ["Report", "build"]
