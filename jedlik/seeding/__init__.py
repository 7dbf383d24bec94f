"""Seeds: tables and items from files that users already have.

seed                the contents of a file: tables and items
reading             recognizes the kind of a file, by its name and content
cloudformation      templates of CloudFormation and SAM
template_functions  references, functions and conditions in them
terraform           plans of Terraform, as JSON
workbench           models of NoSQL Workbench
requests            input of the AWS CLI: create-table, batch-write-item, the answer of scan
item_files          items in CSV, or in DynamoDB JSON as in exports
planting            puts a seed into a server
"""
