"""The OpenAPI document, completed: problems as they are sent, who may call what, and nothing that the framework only supposes."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from dispatch.api.access import declared_roles, routes_of
from dispatch.api.envelope import SAFE_METHODS
from dispatch.api.problems import BODY_TOO_LARGE, FOREIGN_PAGE, Problem, documented

_REF: Final = "#/components/schemas/{model}"
_SUPPOSED: Final = ("HTTPValidationError", "ValidationError")


def install(app: FastAPI) -> None:
    """Have `app.openapi()` return the completed document, made once when it is first asked for."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(
                app, get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            )
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(app: FastAPI, document: dict[str, Any]) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _SUPPOSED:
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template=_REF)
    schemas |= {**problem.pop("$defs"), "Problem": problem}
    for route in routes_of(app):
        for method in route.methods or ():
            operation = document["paths"].get(route.path_format, {}).get(method.lower())
            if operation is not None:
                _complete_operation(operation, method, declared_roles(route))
    return document


def _complete_operation(operation: dict[str, Any], method: str, roles: frozenset[str] | None) -> None:
    """`x-roles` names who may call; none at all means everybody."""
    responses = operation["responses"]
    if "422" in responses and any(name in str(responses["422"]) for name in _SUPPOSED):
        del responses["422"]
    if "requestBody" in operation:
        responses |= {str(status): response for status, response in documented(BODY_TOO_LARGE).items()}
    if method not in SAFE_METHODS and "403" not in responses:
        responses |= {str(status): response for status, response in documented(FOREIGN_PAGE).items()}
    operation["x-roles"] = sorted(roles or ())
