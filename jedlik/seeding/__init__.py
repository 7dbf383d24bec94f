"""Seeds: tables and items from the files that people have already.

seed             what a file says: tables and items
reading          which kind of file it is, by its name and content
cloudformation   templates of CloudFormation and SAM
terraform        plans of Terraform, as JSON
workbench        models of NoSQL Workbench
requests         input of the AWS CLI: create-table, batch-write-item, the answer of scan
item_files       items in CSV, or in DynamoDB JSON as exports have it
planting         puts a seed into a server
"""
