"""Tables taken to buckets and brought back: exports and imports.

An export is a backup that is written to files: the items are copied as they were at its moment (see
`backups`), then file by file written to the bucket, and the copy is given up. So files can be
written for hours without holding anything up, and a server that is killed goes on with the file
that it was at.

model          exports and imports as they are stored
kept           exports, imports and bulk operations found and listed
names          their ids and ARNs
ion            attribute values as Ion text
data_files     items and changes as the lines of data files
filtering      which items an export has, and what of them
manifests      manifest-summary.json, manifest-files.json and their checksums
gathering      which items an incremental export is about, from the log
export_work    the job that writes an export
exports        what is said of one

input_lines    the lines of an object, decompressed
input_items    lines as items: CSV and DynamoDB JSON
ion_input      and Ion
input_objects  the objects of an import or a bulk put, from wherever a job is
import_work    the job that makes a table of them
imports        what is said of it
"""
