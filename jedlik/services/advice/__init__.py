"""Advice from the traffic of several days: what tables cost, and possible improvements.

`report` makes a report: for each table `traffic` reads its recorded traffic, `samples` reads some
of its items, `cost` computes its cost for a month by the list of `prices`, and `rules` derive the
advice. Nothing here changes anything.
"""
