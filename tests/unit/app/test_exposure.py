"""What may be served to whom."""

import pytest

from jedlik.app import listening
from jedlik.app.exposure import UnsafeSettings, check
from jedlik.app.settings import Credentials, Settings


@pytest.mark.parametrize("credentials", [None, Credentials("a", "b")])
@pytest.mark.parametrize("insecure", [False, True])
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_only_insecure_opens_other_addresses(host, insecure, credentials):
    sockets = listening.listen(host, 0)
    settings = Settings(host=host, insecure=insecure, credentials=credentials)
    try:
        if host == "127.0.0.1" or insecure:
            check(settings, sockets)
            return
        with pytest.raises(UnsafeSettings, match="--insecure") as refused:
            check(settings, sockets)
        assert ("without credentials" in str(refused.value)) is (credentials is None)
    finally:
        listening.close(sockets)


def test_the_secret_key_does_not_show():
    assert "hush" not in repr(Settings(credentials=Credentials("me", "hush")))
