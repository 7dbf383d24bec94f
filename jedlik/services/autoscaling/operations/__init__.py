"""What auto scaling does, an operation a function."""
