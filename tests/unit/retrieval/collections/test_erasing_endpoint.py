"""What an endpoint says of a text goes with the text; what it keeps is in the receipt."""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

import pytest
from tests.endpoint_server import KEY, endpoint_server, failing
from tests.hash_encoder import DENSE, HashModels
from tests.unit.retrieval.collections.embedded import opened, wait

from mnemic.errors import Unauthenticated
from mnemic.retrieval.collections import Workspace
from mnemic.retrieval.collections.unreachable import ALWAYS
from mnemic.retrieval.encoders.opening import open_encoder
from mnemic.retrieval.encoders.specs import spec_of
from mnemic.settings import Settings
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.endpoint_server import EndpointServer

    from mnemic.retrieval.collections import Collection

pytestmark = pytest.mark.usefixtures("impatient")

SENTINEL = "zyzzyva"
SECRET = Document(id="secret", text=f"The {SENTINEL} sleeps")


@pytest.fixture
def server() -> Iterator[EndpointServer]:
    with endpoint_server() as server:
        yield server


@pytest.fixture
def settings(server: EndpointServer) -> Settings:
    return Settings(openai_base_url=server.url, openai_api_key=KEY, encode_wait=0.0)


@pytest.fixture
def workspace(tmp_path: Path, settings: Settings) -> Iterator[Workspace]:
    workspace = Workspace.open(tmp_path / "data", settings=settings)
    yield workspace
    workspace.close()


@pytest.fixture
def papers(workspace: Workspace, settings: Settings) -> Collection:
    return workspace.create("papers", encoders=[open_encoder(spec_of("openai:tiny"), settings)])


def traces(folder: Path) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if SENTINEL.encode() in path.read_bytes()]


def errors(workspace: Workspace) -> list[str]:
    with workspace.catalogue.reading() as tx:
        return [job.error for job in tx.jobs.all() if job.kind.startswith("embed")]


def test_what_an_endpoint_quoted_is_erased_with_the_text(
    papers: Collection, workspace: Workspace, server: EndpointServer, tmp_path: Path
) -> None:
    papers.add([SECRET], encode="later")
    server.faults.append(failing(401, f"cannot embed {SECRET.text}"))
    with pytest.raises(Unauthenticated, match=SENTINEL):
        papers.embed()
    assert SENTINEL in "".join(errors(workspace))
    papers.erase(["secret"])
    assert errors(workspace) == [""]
    assert traces(tmp_path) == []


def test_what_an_endpoint_quotes_after_the_erasure_is_not_stored(
    papers: Collection, workspace: Workspace, server: EndpointServer, tmp_path: Path
) -> None:
    asked, answer = Event(), Event()

    def hold() -> None:
        asked.set()
        assert answer.wait(60.0)

    server.hold = hold
    server.faults.append(failing(401, f"cannot embed {SECRET.text}"))
    papers.add([SECRET])
    assert asked.wait(60.0)
    papers.erase(["secret"])
    answer.set()
    wait(papers)
    assert errors(workspace) == [""]
    assert traces(tmp_path) == []
    papers.add([Document(id="other", text="fox")])
    papers.embed()
    assert papers.stats().pending == 0


@pytest.mark.parametrize("encoded", [True, False])
def test_a_receipt_names_the_endpoint_that_texts_were_sent_to(
    papers: Collection, workspace: Workspace, settings: Settings, *, encoded: bool
) -> None:
    told = "what 127.0.0.1 keeps of texts that openai:tiny encoded"
    assert papers.erase(["secret"]).unreachable == (*ALWAYS, told)
    papers.add([SECRET], encode="later")
    if encoded:
        papers.embed()
    workspace.close()
    elsewhere = replace(settings, openai_base_url="http://user:password@elsewhere/v1")
    later = Workspace.open(workspace.path, settings=elsewhere)
    places = later.collection("papers").erase(["secret"]).unreachable
    later.close()
    assert places == (*ALWAYS, told if encoded else told.replace("127.0.0.1", "the endpoint"))


def test_a_receipt_names_no_endpoint_where_the_encoder_is_here(tmp_path: Path) -> None:
    models = HashModels()
    workspace = opened(tmp_path, models)
    papers = workspace.create("papers", encoders=[models.open(DENSE)])
    assert papers.erase(["secret"]).unreachable == ALWAYS
    workspace.close()
