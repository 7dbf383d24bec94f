"""`jedlik verify`: is everything in a store as the layouts and the rules between them say?

`verification` walks over all keys and says in which order and why; each of the others looks at one
kind of them as it comes by.
"""
