"""`jedlik mcp`: a running server as tools of the Model Context Protocol, for agents.

command     the command line
server      the available tools, depending on the options
calling     types of arguments, and errors as text
reading     tools that read tables and items
explaining  the tool that reports the cost of a read
advising    tools for models, advice and the manual, which read no items
writing     tools that change items and tables, with --allow-writes
rolling     snapshots of a server with --testing

It is a client of the server's API with the user's credentials, so the server's policies decide
what a tool may do. Values are DynamoDB JSON ({"N": "1"}), which loses nothing in either direction.
The SDK is an extra and only imported here. Nothing but the protocol may write to stdout.
"""
