"""Buckets: where exports and imports write and read, in directories or in S3.

bucket     the interface of buckets, and their failures
buckets    the buckets that the server was started with
directory  a directory as a bucket
s3         a bucket in any store with S3's API
"""
