"""Between front doors and services: requests, answers, and which API a request is for.

exchange          a request, and the answer to it
apis              the description of an API; which API a request is for
router            all APIs behind one method
lazy_api          an API whose code is loaded at its first request; `unloaded`: if that fails
protocols         how to recognize requests of AWS's protocols
query             the query of a request's target
query_protocol    the protocol of IAM, STS and CloudWatch: forms, and answers in XML
content           the body, without its content coding
verifier          determines the sender of a request
pipeline          the steps of requests of all APIs but DynamoDB's, which has its own for speed
json_pipeline     the same for APIs in JSON 1.1
task_per_request  the base of both: a task for each request
known_errors      the part of an error that clients see
operation         the types of operations
middleware        layers in front of the APIs
audit             the audit log
web_pages         which web page a request comes from
accepting         new connections, many in one turn of the event loop
writing           to connections, so that what the client has not read is counted
shared_limit      a limit of which each user may have half of what the others leave
client_networks   which addresses are one client, for limits on what one may have
"""
