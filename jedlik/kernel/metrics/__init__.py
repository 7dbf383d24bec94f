"""Metrics: services record what happens, and one store keeps the sums of all processes.

`metric` names one; `recorder` takes values on their hot paths and sums them up in memory;
`aggregate` is such a sum, with its distribution; `flushing` has them stored every few seconds;
`points` keeps and reads them, by the minute, by five minutes and by the hour, and `trimming` drops
what is too old.
"""
