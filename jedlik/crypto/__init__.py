"""Keys and what is sealed with them; knows nothing of requests or of storage.

root_key    the one key that comes from outside; everything stored is protected by it in the end
"""
