"""What a server can tell of the requests that it gets, where somebody asks for it.

recording   requests and answers as they passed, for tests that look at what a program did
"""
