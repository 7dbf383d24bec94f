"""Metric math: `grammar` reads expressions, `evaluation` works them out over lines of values, and
`search` finds the metrics that a SEARCH is about.

CloudWatch user guide, "Using math expressions with CloudWatch metrics". Built are arithmetic, SUM,
AVG, MIN, MAX, METRICS and SEARCH; other functions are refused by name.
"""
