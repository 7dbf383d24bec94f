"""Metrics: services record what happens, and one store keeps the sums of all processes.

`metric` names a metric; `recorder` takes values on hot paths and sums them up in memory;
`aggregate` is such a sum, with its distribution; `flushing` stores them every few seconds; `points`
keeps and reads them, by the minute, by five minutes and by the hour, and `trimming` deletes old
ones.
"""
