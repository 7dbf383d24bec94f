"""What passes between front doors and services, and which service a request is for.

exchange          a request, and the answer to it
apis              what an API is; which of them a request is for
router            all APIs behind one method
late_api          one whose code is loaded at its first request
protocols         how requests of AWS's protocols look from the outside
verifier          who sent a request
pipeline          the way of a request of every API but DynamoDB's, which has its own for speed
task_per_request  the frame of that: a task for each request
known_errors      what a client is shown of an error
operation         what an operation is
audit             who asked for what, when, and with which outcome
accepting         new connections, many in one turn of the event loop
writing           to connections, so that what is not read can be counted
shared_limit      what several have together, each half of what the others leave
"""
