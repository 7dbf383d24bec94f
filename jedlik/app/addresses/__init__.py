"""The addresses of a server, and who may reach them.

hosts          the hosts of options: this machine, or all of its addresses
listening      the sockets, bound first
access_points  separate listeners, like the endpoints of a VPC
exposure       which settings are safe on which addresses
"""
