"""CloudWatch: metrics, alarms, and reports of who uses what most.

`spec` says which requests are its own, in any of the three protocols that clients of it speak;
`wire` reads and writes those; `api` is the way of a request; `errors` what it answers when it
refuses.
"""
