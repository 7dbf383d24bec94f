"""What the traffic of days says about tables: what they cost, and what would be better.

`report` puts a report together: for each table `traffic` reads what was recorded of it, `samples`
looks at some of its items, `cost` says what a month of it costs by the list of `prices`, and
`rules` draw the advice from all that. Nothing here changes anything.
"""
