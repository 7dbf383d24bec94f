"""Regions and accounts of one process.

realm      what a process runs for one region of one account; every server has its home realm
realms     several of them behind one front door, loaded only if there are some
admission  how many accounts a server may have
links      links between the regions of this process
peers      links to servers that have other regions
"""
