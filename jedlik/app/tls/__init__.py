"""TLS of the server: contexts that reload, and a certificate authority of its own."""
