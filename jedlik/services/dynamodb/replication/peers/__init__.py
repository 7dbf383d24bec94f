"""Regions on other servers.

protocol  names and versions
wire      messages as JSON, read strictly: the network may deliver anything
link      the link to another server: version, clock and region first, then messages

The API that they call is package `peer_api`.
"""
