"""`jedlik mcp`: a running server as tools of the Model Context Protocol, for agents.

command     options, and what is missing
server      the available tools, by the options
calling     how tools call the server, and how they fail
reading     tables and items
explaining  the cost of a read, and better ways
advising    models, advice, the manual: no data at all
writing     items, tables and seeds; with --allow-writes
rolling     snapshots, for servers with --testing

It is a client of the server's API with the user's credentials: what a tool may touch is what the
server's policies say of them. Values are DynamoDB's JSON ({"N": "1"}), which is exact both ways.
The SDK is an extra and loaded here alone; stdout belongs to the protocol.
"""
