"""What passes between front doors and services, and which service a request is for.

exchange          a request, and the answer to it
apis              what an API is; which of them a request is for
router            all APIs behind one method
lazy_api          an API whose code is loaded at its first request; `unloaded`: where that fails
protocols         how to recognize requests of AWS's protocols
query             the query of a request's target
query_protocol    the protocol of IAM, STS and CloudWatch: forms, and answers in XML
content           the body, without its content coding
verifier          who sent a request
pipeline          the steps of a request of every API but DynamoDB's, which has its own for speed
json_pipeline     the same for APIs in JSON 1.1
task_per_request  the base of both: a task for each request
known_errors      what a client is shown of an error
operation         the types of operations
middleware        what sees requests before the APIs do
audit             who called what, when, and with which outcome
web_pages         which web page a request comes from
accepting         new connections, many in one turn of the event loop
writing           to connections, so that what the client has not read is counted
shared_limit      a limit of which each user may have half of what the others leave
"""
