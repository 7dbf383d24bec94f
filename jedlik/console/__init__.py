"""The console: pages on which people look at tables, items, traffic and permissions.

It serves files and a few facts about the server, and has no access to data: the pages call the
APIs, as every client does.

mode       whether there is a console
router     answers requests to its addresses
pages      its files, read at the first request; `headers`: the browser's permissions for them
models     checks data models for the Model page; `traffic` is for the Traffic page
audit      describes calls of the Traffic page for the audit log
read_only  refuses the writes of pages
static     the pages: ES modules as they are written, without a build step
"""
