"""Graphs as images: `description` parses the input of GetMetricWidgetImage, `chart` draws it on a
`canvas`, which is written as a PNG. Loaded with the first graph.
"""
