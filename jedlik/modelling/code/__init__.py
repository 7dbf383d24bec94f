"""The tables of a model in the languages of tools: one function per tool, from a model to text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from jedlik.modelling.code.boto3_program import boto3_program
from jedlik.modelling.code.cdk import cdk
from jedlik.modelling.code.cloudformation import cloudformation
from jedlik.modelling.code.terraform import terraform
from jedlik.modelling.model import Model

WRITERS: Final[dict[str, Callable[[Model], str]]] = {
    "boto3": boto3_program,
    "cdk": cdk,
    "cloudformation": cloudformation,
    "terraform": terraform,
}
"""By the tool's name."""

__all__ = ["WRITERS"]
