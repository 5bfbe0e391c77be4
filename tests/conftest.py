"""Fixtures and rules that hold for every test: data sets, services, environment, hypothesis."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from tests.counts import FULL, scaled
from tests.datasets import find_data_set, unpacked

from mnemic.settings import FOREIGN, OPENAI, PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
# Read before the environment is cleaned; relative paths are the caller's, so they are fixed here.
DATA = Path(os.environ.get("MNEMIC_DATA") or ROOT.parent / "shared" / "data").resolve()
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mnemic-test-data"

pytest.register_assert_rewrite(
    "tests.contracts.encoder_contract",
    "tests.contracts.index_contract",
    "tests.contracts.language_model_contract",
    "tests.contracts.reranker_contract",
    "tests.contracts.retriever_contract",
    "tests.contracts.trie",
)

hypothesis.settings.register_profile(
    "mnemic",
    max_examples=scaled(25, 500),
    print_blob=True,
    deadline=None,
    derandomize=False,
    suppress_health_check=[
        # The machine is shared; a slow draw says nothing about the code.
        hypothesis.HealthCheck.too_slow,
        # Contract suites are inherited: one property runs once per subclass.
        hypothesis.HealthCheck.differing_executors,
    ],
)
hypothesis.settings.load_profile("mnemic")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out full counts and Java where nobody asks for them; skip what has no service."""
    left_out = [item for item in items if item.get_closest_marker("full") and not FULL]
    if os.environ.get("MNEMIC_TEST_ANSERINI") != "1":
        left_out += [item for item in items if item.get_closest_marker("anserini")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    if not os.environ.get("MNEMIC_TEST_POSTGRES"):
        reason = "no PostgreSQL: MNEMIC_TEST_POSTGRES is not set; run `make services`"
        for item in items:
            if item.get_closest_marker("postgres"):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session", autouse=True)
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test, and no child that a test starts, sees the caller's variables or pulled models."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in [key for key in os.environ if key.startswith(PREFIX)]:
            if variable not in FOREIGN:
                patch.delenv(variable)
        for variable in OPENAI:
            patch.delenv(variable, raising=False)
        patch.setenv("MNEMIC_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Ctrl-C works: a shell that starts the tests in the background has them ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def data_folder() -> Callable[[str], Path]:
    """``data_folder("scifact")`` is the unpacked folder; the test skips where it is missing."""

    def find(name: str) -> Path:
        source = find_data_set(name, DATA)
        if source is None:
            pytest.skip(f"no data set {name} in {DATA}; set MNEMIC_DATA")
        return source if source.is_dir() else unpacked(source, CACHE)

    return find


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The server of ``make services``; the test skips where there is none."""
    url = os.environ.get("MNEMIC_TEST_POSTGRES", "")
    if not url:
        pytest.skip("no PostgreSQL: MNEMIC_TEST_POSTGRES is not set; run `make services`")
    return url
