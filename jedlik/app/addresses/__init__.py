"""Where a server is reached, and by whom.

hosts          what the hosts of options mean: this machine, all of its addresses
listening      the sockets, bound first
access_points  listeners of their own, like the endpoints of a VPC
exposure       what may be served to whom
"""
