"""The server's TLS: contexts that are reloaded, and a certificate authority of its own."""
