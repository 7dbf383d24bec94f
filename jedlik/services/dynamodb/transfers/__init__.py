"""Tables taken to buckets and brought back: exports and imports.

An export is a backup that is written to files: the items are copied as they were at its moment (see
`backups`), then file by file written to the bucket, and the copy is given up. So files can be
written for hours without holding anything up, and a server that is killed goes on with the file
that it was at.

model         exports as they are stored
names         ids and ARNs of exports and imports
ion           attribute values as Ion text
data_files    items and changes as the lines of data files
manifests     manifest-summary.json, manifest-files.json and their checksums
gathering     which items an incremental export is about, from the log
export_work   the job that writes an export
"""
