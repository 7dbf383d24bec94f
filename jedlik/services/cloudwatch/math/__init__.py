"""Metric math: `grammar` parses expressions, `evaluation` evaluates them over lines of values, and
`search` finds the metrics of a SEARCH. Queries of Metrics Insights are parsed by `metrics_query`,
with `reserved` words; `groups` makes lines of what they find. `labels` replaces the dynamic parts
of lines' labels.

CloudWatch user guide, "Using math expressions with CloudWatch metrics" and "Query your metrics with
CloudWatch Metrics Insights". Arithmetic, SUM, AVG, MIN, MAX, METRICS and SEARCH are implemented;
other functions are refused by name.
"""
