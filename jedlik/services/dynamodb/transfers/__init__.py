"""Tables written to buckets and read from them: exports and imports.

An export is a backup that is written to files: the items are copied as they were at its moment (see
`backups`), then written to the bucket file by file, and the copy is deleted. So files can be
written for hours without delaying anything else, and a server that was killed resumes with the file
that it was writing.

model           exports and imports as they are stored
operation_list  exports, imports and bulk operations found and listed
names           their ids and ARNs
ion             attribute values as Ion text
data_files      items and changes as the lines of data files
filtering       which items an export contains, and which parts of them
manifests       manifest-summary.json, manifest-files.json and their checksums
gathering       the items of an incremental export, from the log
export_work     the job that writes an export
exports         exports found, listed and described

input_objects   the objects of an import or a bulk put, from the job's position
input_lines     the lines of an object, decompressed; some are `unreadable`
input_items     lines as items: CSV and DynamoDB JSON; `ion_input`: and Ion
import_work     the job that makes a table from them
imports         imports found, listed and described
"""
