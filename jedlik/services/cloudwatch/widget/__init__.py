"""Graphs as images: `description` reads what GetMetricWidgetImage is given, `chart` draws it on a
`canvas`, and that is written as a PNG. Loaded with the first graph.
"""
