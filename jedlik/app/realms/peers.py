"""Links to regions on other servers."""

from __future__ import annotations

import ssl

from jedlik.app.settings import Settings
from jedlik.auth.signing import SigningCredentials
from jedlik.kernel.remote.client import RemoteClient
from jedlik.kernel.remote.credentials import ANY
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.regions.region_link import RegionLink
from jedlik.services.dynamodb.replication.peers.link import SERVICE, PeerLink


def peer_links(settings: Settings, database: Database) -> dict[str, RegionLink]:
    """The links from a region of this server, by the regions to which they lead."""
    own = settings.credentials
    usual = ANY if own is None else SigningCredentials(own.access_key, own.secret_key)
    trusted = (
        None
        if settings.peer_ca is None
        else ssl.create_default_context(cafile=str(settings.peer_ca))
    )
    links: dict[str, RegionLink] = {}
    for peer in settings.peers:
        given = settings.peer_credentials.get(peer.region)
        credentials = (
            usual if given is None else SigningCredentials(given.access_key, given.secret_key)
        )
        client = RemoteClient(SERVICE, peer.url, peer.region, credentials, trusted, peer.seconds)
        links[peer.region] = PeerLink(database, peer.region, peer.url, client)
    return links
