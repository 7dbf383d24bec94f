"""The console: pages with which people look at tables, items, traffic and permissions.

A front door of its own for browsers, in front of what is no API's: it hands out files and a few
facts about the server, and has no power over data. The pages call the APIs as every client does.

`mode` says whether there is a console, `door` answers its addresses, `pages` reads its files at the
first request, `headers` says what a browser may do with them, `read_only` refuses what pages write.
The pages themselves are in `static`: ES modules as they are written, without a build step.
"""
