"""What passes between front doors and services, and which service a request is for.

exchange          a request, and the answer to it
apis              what an API is; which of them a request is for
router            all APIs behind one method
protocols         how requests of AWS's protocols look from the outside
verifier          who sent a request
pipeline          the way of a request of every API but DynamoDB's, which has its own for speed
task_per_request  the frame of that: a task for each request
known_errors      what a client is shown of an error
operation         what an operation is
audit             who asked for what, when, and with which outcome
"""
