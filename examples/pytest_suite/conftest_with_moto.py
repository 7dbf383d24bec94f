import os

import pytest
from moto import mock_aws
from shop import Shop, create_table

os.environ.update(
    AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1"
)


@pytest.fixture
def shop():
    with mock_aws():
        create_table()
        yield Shop()
