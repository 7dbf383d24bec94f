"""The implemented operations of the Lambda API."""

from __future__ import annotations

from jedlik.services.lambda_.operations import function_answers
from jedlik.services.lambda_.operations.create_event_source_mapping import (
    create_event_source_mapping,
)
from jedlik.services.lambda_.operations.create_function import create_function
from jedlik.services.lambda_.operations.delete_event_source_mapping import (
    delete_event_source_mapping,
)
from jedlik.services.lambda_.operations.delete_function import delete_function
from jedlik.services.lambda_.operations.get_event_source_mapping import get_event_source_mapping
from jedlik.services.lambda_.operations.get_function import get_function
from jedlik.services.lambda_.operations.get_function_configuration import get_function_configuration
from jedlik.services.lambda_.operations.invoke import invoke
from jedlik.services.lambda_.operations.list_event_source_mappings import list_event_source_mappings
from jedlik.services.lambda_.operations.list_functions import list_functions
from jedlik.services.lambda_.operations.list_tags import list_tags
from jedlik.services.lambda_.operations.operation import Operation
from jedlik.services.lambda_.operations.tag_resource import tag_resource
from jedlik.services.lambda_.operations.untag_resource import untag_resource
from jedlik.services.lambda_.operations.update_event_source_mapping import (
    update_event_source_mapping,
)
from jedlik.services.lambda_.operations.update_function_code import update_function_code
from jedlik.services.lambda_.operations.update_function_configuration import (
    update_function_configuration,
)

OPERATIONS: dict[str, Operation] = {
    "CreateEventSourceMapping": create_event_source_mapping,
    "CreateFunction": create_function,
    "DeleteEventSourceMapping": delete_event_source_mapping,
    "DeleteFunction": delete_function,
    "GetEventSourceMapping": get_event_source_mapping,
    "GetFunction": get_function,
    "GetFunctionCodeSigningConfig": function_answers.get_function_code_signing_config,
    "GetFunctionConcurrency": function_answers.get_function_concurrency,
    "GetFunctionConfiguration": get_function_configuration,
    "GetFunctionEventInvokeConfig": function_answers.get_function_event_invoke_config,
    "GetFunctionRecursionConfig": function_answers.get_function_recursion_config,
    "GetPolicy": function_answers.get_policy,
    "GetRuntimeManagementConfig": function_answers.get_runtime_management_config,
    "Invoke": invoke,
    "ListAliases": function_answers.list_aliases,
    "ListEventSourceMappings": list_event_source_mappings,
    "ListFunctions": list_functions,
    "ListTags": list_tags,
    "ListVersionsByFunction": function_answers.list_versions_by_function,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "UpdateEventSourceMapping": update_event_source_mapping,
    "UpdateFunctionCode": update_function_code,
    "UpdateFunctionConfiguration": update_function_configuration,
}
