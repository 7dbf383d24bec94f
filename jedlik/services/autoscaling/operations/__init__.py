"""The operations of auto scaling, one function each."""
