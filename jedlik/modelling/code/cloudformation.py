"""A CloudFormation template, in JSON: its resources have the members of CreateTable's input."""

from __future__ import annotations

import json

from jedlik.modelling.code.identifiers import pascal_case
from jedlik.modelling.model import Model


def cloudformation(model: Model) -> str:
    """A template with all tables of a model."""
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Tables of the model {model.name}",
        "Resources": {
            pascal_case(table.name): {
                "Type": "AWS::DynamoDB::Table",
                "Properties": table.definition,
            }
            for table in model.tables
        },
    }
    return json.dumps(template, indent=2) + "\n"
