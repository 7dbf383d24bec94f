"""The places where credentials are found, in order."""

from __future__ import annotations

from pathlib import Path

from jedlik.auth.signing import SigningCredentials
from jedlik.kernel.remote.credentials import ANY, _from_file, find_credentials


def test_the_environment_comes_first() -> None:
    found = find_credentials({"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"})
    assert found == SigningCredentials("key", "secret")
    assert ANY.token is None


def test_the_shared_file_by_profile(tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text(
        "[default]\naws_access_key_id = a\naws_secret_access_key = b%c\n"
        "[work]\naws_access_key_id = d\naws_secret_access_key = e\naws_session_token = f\n"
        "[half]\naws_access_key_id = g\n"
    )
    place = {"AWS_SHARED_CREDENTIALS_FILE": str(file)}
    assert _from_file(place) == SigningCredentials("a", "b%c")
    assert _from_file({**place, "AWS_PROFILE": "work"}) == SigningCredentials("d", "e", "f")
    assert _from_file({**place, "AWS_PROFILE": "half"}) is None
    assert _from_file({**place, "AWS_PROFILE": "none"}) is None
    file.write_bytes(b"\xff[")
    assert _from_file(place) is None
