"""Tables and statements for tests of PartiQL."""

from __future__ import annotations

from typing import Any

from tests.control_plane import ControlPlane, attributes, index, on_demand


def create_music(plane: ControlPlane) -> None:
    """Music, as in the developer guide: Artist and SongTitle are its key; two indexes."""
    plane.call(
        "CreateTable",
        **on_demand(
            "Music",
            "Artist",
            "/SongTitle",
            AttributeDefinitions=attributes("Artist", "SongTitle", "Genre", "Year:N"),
            LocalSecondaryIndexes=[index("ByYear", "Artist", "/Year", kind="KEYS_ONLY")],
            GlobalSecondaryIndexes=[
                index("ByGenre", "Genre", "/Year", kind="INCLUDE", include=["Label"])
            ],
        ),
    )


class Statements:
    """Runs statements; a last argument that is a list has the parameters."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane

    def run(self, text: str, *parameters: Any, **members: Any) -> dict[str, Any]:
        return self.plane.call("ExecuteStatement", **_request(text, parameters, members))

    def items(self, text: str, *parameters: Any, **members: Any) -> list[dict[str, Any]]:
        """The items of all pages."""
        found = []
        while True:
            answer = self.run(text, *parameters, **members)
            found += answer["Items"]
            if "NextToken" not in answer:
                return found
            members["NextToken"] = answer["NextToken"]

    def invalid(self, text: str, *parameters: Any, **members: Any) -> str:
        """The text of its ValidationException."""
        error = self.plane.refusal("ExecuteStatement", **_request(text, parameters, members))
        assert error.code() == "ValidationException", error.code()
        return error.message

    def refusal(self, text: str, *parameters: Any, **members: Any) -> Any:
        return self.plane.refusal("ExecuteStatement", **_request(text, parameters, members))


def _request(text: str, parameters: tuple[Any, ...], members: dict[str, Any]) -> dict[str, Any]:
    if parameters:
        members = {**members, "Parameters": list(parameters)}
    return {"Statement": text, **members}
