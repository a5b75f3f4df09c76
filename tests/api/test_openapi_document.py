"""The OpenAPI document says everything: each operation's answers, its errors with an example of each, and requests to copy."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from dispatch.api.access import declared_roles, routes_of
from dispatch.api.app import create_app
from dispatch.api.problems import Problem
from dispatch.api.wiring import Service

Wire = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
async def document(client: httpx.AsyncClient) -> Wire:
    return dict((await client.get("/openapi.json")).json())


def operations(document: Wire) -> Iterator[tuple[str, Wire]]:
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield f"{method.upper()} {path}", methods[method]


def problems(operation: Wire) -> Iterator[tuple[str, Wire]]:
    return ((status, answer) for status, answer in operation["responses"].items() if status >= "400")


async def test_every_route_of_the_interface_is_in_it(document: Wire, service: Service) -> None:
    routes = {
        f"{method} {route.path_format}"
        for route in routes_of(create_app(service))
        if route.include_in_schema
        for method in route.methods or ()
    }
    assert {name for name, _ in operations(document)} == routes
    assert {"POST /api/v1/calls", "GET /metrics", "GET /readyz"} <= routes


async def test_every_operation_says_what_it_is_for_and_what_it_answers(document: Wire) -> None:
    for name, operation in operations(document):
        assert operation["summary"], name
        (success,) = (answer for status, answer in operation["responses"].items() if status[0] == "2")
        assert all(content["schema"] for content in success["content"].values()), name
        assert operation.get("description") or operation["summary"], name


async def test_every_error_is_a_problem_with_an_example_of_each_code(document: Wire) -> None:
    for name, operation in operations(document):
        for status, answer in problems(operation):
            assert list(answer["content"]) == ["application/problem+json"], (name, status)
            content = answer["content"]["application/problem+json"]
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}, (name, status)
            for code, example in content["examples"].items():
                problem = Problem.model_validate(example["value"])
                assert (problem.status, problem.code) == (int(status), code), (name, code)


async def test_the_framework_supposes_nothing_on_our_behalf(document: Wire) -> None:
    assert "HTTPValidationError" not in str(document)


async def test_what_may_happen_to_a_command_is_said(document: Wire) -> None:
    examples = {
        code
        for _, answer in problems(document["paths"]["/api/v1/incidents/{incident_id}/assignments"]["post"])
        for code in answer["content"]["application/problem+json"]["examples"]
    }
    assert {
        "malformed_json",
        "credentials_required",
        "role_forbidden",
        "incident_not_found",
        "unit_not_found",
        "unit_not_available",
        "version_conflict",
        "idempotency_key_reused",
        "body_too_large",
        "invalid_field",
        "dependency_failed",
    } <= examples


async def test_every_request_has_an_example_that_the_service_takes(document: Wire, service: Service) -> None:
    schemas = document["components"]["schemas"]
    routes = [route for route in routes_of(create_app(service)) if route.body_field and route.include_in_schema]
    assert len(routes) >= 15
    for route in routes:
        (method,) = (name.lower() for name in route.methods or ())
        schema = document["paths"][route.path_format][method]["requestBody"]["content"]["application/json"]["schema"]
        model = schemas[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
        if "examples" not in model:  # a list of what has an example itself
            model = {"examples": [schemas[model["items"]["$ref"].rsplit("/", 1)[1]]["examples"]]}
        for example in model["examples"]:
            _, errors = route.body_field.validate(example, {}, loc=("body",))
            assert not errors, (route.path, errors)


async def test_who_may_call_is_written_beside_what(document: Wire, service: Service) -> None:
    roles = {
        f"{method} {route.path_format}": declared_roles(route)
        for route in routes_of(create_app(service))
        for method in route.methods or ()
    }
    for name, operation in operations(document):
        assert operation["x-roles"] == sorted(roles[name] or ()), name
        needs_credentials = "401" in operation["responses"]
        assert needs_credentials == (roles[name] is not None or name == "POST /api/v1/session"), name
