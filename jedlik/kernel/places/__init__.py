"""Places outside of the store that requests name as buckets: directories, and S3.

bucket     what every place can do, and how it fails
places     the buckets that the server was started with
directory  a directory as a bucket
s3         a bucket of any store that speaks S3's API
"""
