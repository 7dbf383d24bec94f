"""Wires the concrete parts together and runs them in one process or several.

running         from settings to one process or several
process         runs a server in one process, from opening the store to the last answer
supervisor      runs several worker processes that share sockets and store
server          the parts of one process, wired; realms, functions, dax and admin are parts that
                most servers do without, loaded when they are needed
settings        the settings of a server
addresses       the addresses of a server, and which settings are safe on them
access_control  who may do what, determined when the store is open
apis            all APIs; `parts` is what they are made from
trail           the audit log
streaming       deliveries to Kinesis streams
suite           the controls of test suites; `seeds`: the contents that a server starts with
tls             certificates, and contexts that reload them
remote          another server, called as a client
verifying       `jedlik verify`, over the keyspaces of all services
freed_memory    keeps freed memory in the process; `secrets_in_memory` hides secrets in it
"""
