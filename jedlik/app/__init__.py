"""Wires the concrete parts together and runs them in one process or several.

running         from settings to one process or several
process         runs a server in one process, from opening the store to the last answer
supervisor      runs several worker processes that share sockets and store
server          the parts of one process, wired; realms, functions, dax and admin are what most
                servers do without, and are loaded only where they are used
settings        what a server is started with
addresses       where it is reached, and which addresses are safe for what
access_control  who may do what, decided once the store is open
apis            all APIs; `parts` is what they are made from
trail           the audit log
streaming       deliveries to Kinesis streams
suite           what test suites may do to a server; `seeds`: what it starts with
tls             certificates, and contexts that reload them
remote          another server, as a client of it
verifying       `jedlik verify`, over the keyspaces of all services
freed_memory    memory is kept by the process; `secrets_in_memory`: secrets are hidden in it
"""
