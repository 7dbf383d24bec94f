"""Regions on other servers.

protocol  names and versions
wire      messages as JSON, read strictly: the network may deliver anything
link      the link to another server: version, clock and region first, then messages
spec      the API that other servers call
api       its operations and permissions; loaded at the first request
audit     the audit records of its calls
"""
