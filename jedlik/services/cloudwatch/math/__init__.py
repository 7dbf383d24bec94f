"""Metric math: `grammar` parses expressions, `evaluation` evaluates them over lines of values, and
`search` finds the metrics of a SEARCH.

CloudWatch user guide, "Using math expressions with CloudWatch metrics". Arithmetic, SUM, AVG, MIN,
MAX, METRICS and SEARCH are implemented; other functions are refused by name.
"""
