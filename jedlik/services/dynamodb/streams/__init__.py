"""Streams: shards and their rotation, records written in the commit of the write, reading them."""
