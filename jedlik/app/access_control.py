"""Who may do what, determined when the store is open.

no --access-key, no administrator in the store    open: any credentials have all permissions
--access-key                                      that key has all permissions; identities as below
an administrator in the store (`jedlik keys`)     requests are signed by identities of the
                                                  store, and their policies decide
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from jedlik.app.settings import Credentials
from jedlik.auth.sessions import Sessions
from jedlik.auth.sigv4 import DYNAMODB, OpenVerifier, Verifier
from jedlik.base.clock import Clock
from jedlik.gateway.apis import EVERYWHERE
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.services.dynamodb.api.authorizer import TableAuthorizer


class VerifierOf(Protocol):
    """Makes the verifier of a service's signatures; other arguments as `Verifier` takes them."""

    def __call__(
        self, service: str, input_headers: tuple[bytes, ...] = (), /, *, token_signed: bool = True
    ) -> OpenVerifier | Verifier: ...


class AccessControl(NamedTuple):
    """How callers are recognized, and what they may do: everything, if there is no authorizer.

    `verifier` is for DynamoDB's signatures; `verifier_of` makes those for other services."""

    verifier: OpenVerifier | Verifier
    verifier_of: VerifierOf
    sessions: Sessions
    authorizer: TableAuthorizer | None


async def access_control_of(
    database: Database,
    credentials: Credentials | None,
    clock: Clock,
    regions: tuple[str, ...] | None = None,
) -> AccessControl:
    """The access control of a server with these credentials.

    `regions` are those that requests may be for; None: any."""
    store, arns = database.identities, database.arns
    await store.refresh()
    if credentials is None and not store.now.closed:
        verifier = OpenVerifier(account=arns.account, regions=regions, everywhere=EVERYWHERE)
        sessions = Sessions(clock, store.seal, proven=False)

        def open_verifier_of(*_of: object, **_how: object) -> OpenVerifier:
            return verifier

        return AccessControl(verifier, open_verifier_of, sessions, None)
    # Loading policies takes longer than a server without identities takes to start.
    from jedlik.services.dynamodb.api.authorizer import TableAuthorizer  # noqa: PLC0415

    if credentials is not None:
        store.secrets.fix({credentials.access_key: credentials.secret_key})
    sessions = Sessions(clock, store.seal)

    def verifier_of(
        service: str, input_headers: tuple[bytes, ...] = (), /, *, token_signed: bool = True
    ) -> Verifier:
        return Verifier(
            store.secrets.__getitem__,
            clock,
            services=(service,),
            regions=None if service in EVERYWHERE else regions,
            account=arns.account,
            sessions=sessions,
            input_headers=input_headers,
            token_signed=token_signed,
            note=database.key_uses.note,
        )

    administrator = None if credentials is None else credentials.access_key
    authorizer = TableAuthorizer(database, administrator)
    return AccessControl(verifier_of(DYNAMODB[0]), verifier_of, sessions, authorizer)


def access_control_in(home: AccessControl, database: Database) -> AccessControl:
    """The same access control for another region of the account."""
    if home.authorizer is None:
        return home
    from jedlik.services.dynamodb.api.authorizer import TableAuthorizer  # noqa: PLC0415

    return home._replace(authorizer=TableAuthorizer(database, home.authorizer.administrator))
