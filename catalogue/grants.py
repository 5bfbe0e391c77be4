"""Who may do what in which collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from mnemic.catalogue.collections import lock_collection
from mnemic.catalogue.content import check_name, is_storable
from mnemic.catalogue.records import ROLES, Grant, Role
from mnemic.catalogue.tables import grants
from mnemic.errors import Forbidden, InvalidInput, NotFound

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from mnemic.catalogue.session import Session


class Grants:
    """The grants, as one transaction sees them; reader < writer < owner."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def give(self, collection_id: int, actor: str, role: Role) -> Grant:
        """Give an actor a role in a collection, in place of any other.

        Raises:
            NotFound: The collection does not exist.
            InvalidInput: The role does not exist, or the name cannot be stored.
        """
        row = {
            "collection_id": collection_id,
            "actor": check_name(actor, argument="actor"),
            "role": _checked(role),
        }
        lock_collection(self._session, collection_id)
        if not self._session.insert_missing(grants, row):
            self._session.write().execute(
                update(grants)
                .where(grants.c.collection_id == collection_id, grants.c.actor == actor)
                .values(role=role)
            )
        return Grant(collection_id, actor, role)

    def revoke(self, collection_id: int, actor: str) -> None:
        """Take an actor's role away.

        Raises:
            NotFound: The actor has none.
        """
        connection = self._session.write()
        if self.role(collection_id, actor) is None:
            raise NotFound(f"actor {actor!r} holds no grant here", hint="nothing to revoke")
        connection.execute(
            delete(grants).where(grants.c.collection_id == collection_id, grants.c.actor == actor)
        )

    def role(self, collection_id: int, actor: str) -> Role | None:
        """An actor's role, or ``None`` without one."""
        if not is_storable(actor):
            return None
        role: Role | None = self._session.connection.execute(
            select(grants.c.role).where(
                grants.c.collection_id == collection_id, grants.c.actor == actor
            )
        ).scalar_one_or_none()
        return role

    def require(self, collection_id: int, actor: str, role: Role) -> None:
        """Go on only if the actor holds the role or a higher one.

        Raises:
            Forbidden: The actor does not.
        """
        held = self.role(collection_id, actor)
        if held is None or ROLES.index(held) < ROLES.index(_checked(role)):
            raise Forbidden(
                f"actor {actor!r} is {held or 'nothing'} here, and this needs {role}",
                hint="ask an owner of the collection for a grant",
            )

    def of_collection(self, collection_id: int) -> list[Grant]:
        """Every grant in a collection, by actor."""
        return self._select(grants.c.collection_id == collection_id)

    def of_actor(self, actor: str) -> list[Grant]:
        """Every grant of an actor, by collection."""
        return self._select(grants.c.actor == actor)

    def _select(self, condition: ColumnElement[bool]) -> list[Grant]:
        rows = self._session.connection.execute(
            select(grants.c.collection_id, grants.c.actor, grants.c.role)
            .where(condition)
            .order_by(grants.c.collection_id, grants.c.actor)
        )
        return [Grant(*row) for row in rows]


def _checked(role: Role) -> Role:
    if role not in ROLES:
        raise InvalidInput(f"role {role!r} does not exist", hint=f"use {', '.join(ROLES)}")
    return role
