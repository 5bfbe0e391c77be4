from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mnemic.catalogue import Grant
from mnemic.errors import Forbidden, InvalidInput, NotFound

if TYPE_CHECKING:
    from mnemic.catalogue import Catalogue, Role

ORDER: tuple[Role, ...] = ("reader", "writer", "owner")


@pytest.mark.parametrize("held", ORDER)
@pytest.mark.parametrize("needed", ORDER)
def test_a_role_includes_the_lower_ones(
    catalogue: Catalogue, papers: int, held: Role, needed: Role
) -> None:
    with catalogue.transaction() as transaction:
        transaction.grants.give(papers, "alice", held)
        if ORDER.index(held) >= ORDER.index(needed):
            transaction.grants.require(papers, "alice", needed)
        else:
            with pytest.raises(Forbidden, match=f"'alice' is {held} here.* needs {needed}"):
                transaction.grants.require(papers, "alice", needed)


def test_nobody_has_a_role_by_default(catalogue: Catalogue, papers: int) -> None:
    with catalogue.reading() as transaction:
        assert transaction.grants.role(papers, "alice") is None
        with pytest.raises(Forbidden, match="nothing"):
            transaction.grants.require(papers, "alice", "reader")
        with pytest.raises(Forbidden):
            transaction.grants.require(papers, "\ud800\0", "reader")


def test_a_later_grant_replaces_the_earlier(catalogue: Catalogue, papers: int) -> None:
    with catalogue.transaction() as transaction:
        transaction.grants.give(papers, "alice", "owner")
        transaction.grants.give(papers, "alice", "reader")
        assert transaction.grants.of_collection(papers) == [Grant(papers, "alice", "reader")]
        assert transaction.grants.of_actor("alice") == [Grant(papers, "alice", "reader")]


def test_revoke_takes_effect_at_once(catalogue: Catalogue, papers: int) -> None:
    with catalogue.transaction() as transaction:
        transaction.grants.give(papers, "alice", "owner")
        transaction.grants.revoke(papers, "alice")
        assert transaction.grants.role(papers, "alice") is None
        with pytest.raises(NotFound, match="'alice' holds no grant"):
            transaction.grants.revoke(papers, "alice")


def test_grants_of_nothing_are_refused(catalogue: Catalogue, papers: int) -> None:
    with catalogue.transaction() as transaction:
        with pytest.raises(NotFound):
            transaction.grants.give(99, "alice", "owner")
        with pytest.raises(InvalidInput, match="'king' does not exist"):
            transaction.grants.give(papers, "alice", "king")  # type: ignore[arg-type]
        with pytest.raises(InvalidInput, match="actor"):
            transaction.grants.give(papers, "", "owner")
