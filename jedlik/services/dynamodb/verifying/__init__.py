"""`jedlik verify`: does everything in a store follow the layouts and the rules between them?

`verification` walks over all keys, and documents their order and its reasons; each of the other
modules checks one kind of keys during the walk.
"""
