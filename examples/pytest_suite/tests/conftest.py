import os

import pytest
from jedlik.testing import local_aws
from shop import Shop, create_table

os.environ.update(
    AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1"
)


@pytest.fixture
def shop():
    with local_aws():
        create_table()
        yield Shop()
