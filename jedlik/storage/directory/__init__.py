"""The data directory.

    DIR/format        its format (see `format_file`)
    DIR/lock          locks of the main process and the workers (see `locks`)
    DIR/workers.lock
    DIR/store/        format 5: the engine's files (see `lmdb`)
    DIR/sealed/       format 4: the engine's files (see `sealed_file`)
    DIR/key           format 4: the database key, wrapped (see `key_file`)
    DIR/new           until the engine has been opened for the first time (see `completeness`)

data_directory  an open directory: opened, joined by workers, or only read
format_file     the file with its format
locks           who may have it open
unusable        why it cannot be used
"""
