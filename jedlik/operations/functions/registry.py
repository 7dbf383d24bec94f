"""Which operations of the Lambda API there are."""

from __future__ import annotations

from jedlik.operations.functions import function_answers
from jedlik.operations.functions.create_event_source_mapping import create_event_source_mapping
from jedlik.operations.functions.create_function import create_function
from jedlik.operations.functions.delete_event_source_mapping import delete_event_source_mapping
from jedlik.operations.functions.delete_function import delete_function
from jedlik.operations.functions.get_event_source_mapping import get_event_source_mapping
from jedlik.operations.functions.get_function import get_function
from jedlik.operations.functions.get_function_configuration import get_function_configuration
from jedlik.operations.functions.invoke import invoke
from jedlik.operations.functions.list_event_source_mappings import list_event_source_mappings
from jedlik.operations.functions.list_functions import list_functions
from jedlik.operations.functions.list_tags import list_tags
from jedlik.operations.functions.operation import Operation
from jedlik.operations.functions.tag_resource import tag_resource
from jedlik.operations.functions.untag_resource import untag_resource
from jedlik.operations.functions.update_event_source_mapping import update_event_source_mapping
from jedlik.operations.functions.update_function_code import update_function_code
from jedlik.operations.functions.update_function_configuration import update_function_configuration

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
