"""Wires the concrete parts together and runs them in one process or several.

settings    what a server is started with
addresses   where it is reached, and what may be served to whom
guard       who may do what, chosen once the store is open
server      the parts of one process, wired; those that most servers do without have rooms of
            their own, and are loaded where they are used: realms, functions, dax, admin
process     runs a server in one process, from its opening to its last answer
supervisor  runs several worker processes that share sockets and store
running     chooses between the two
"""
