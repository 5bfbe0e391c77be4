"""Say by the exit status whether a PostgreSQL URL answers: ``python -m scripts.reachable URL``."""

from __future__ import annotations

import sys

import psycopg


def reachable(url: str) -> bool:
    """Whether a connection opens within five seconds; the driver part of the URL is dropped."""
    try:
        psycopg.connect(url.replace("+psycopg", "", 1), connect_timeout=5).close()
    except psycopg.Error as error:
        print(error, file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    sys.exit(not reachable(sys.argv[1]))
