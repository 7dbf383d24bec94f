"""Buckets: where exports and imports write and read, in directories or in S3.

bucket     what every bucket can do, and how it fails
buckets    those that the server was started with
directory  a directory as a bucket
s3         a bucket of any store that speaks S3's API
"""
