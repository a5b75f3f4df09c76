"""What the OpenAPI document says of maps and AEDs is what they answer: answers and examples are read through its models."""

import httpx
import pytest
from pydantic import BaseModel

from dispatch.api import coverage_out, map_examples, map_out

ANSWERS: dict[str, type[BaseModel]] = {
    "maps/basemap": map_out.BasemapOut,
    "maps/aed": map_out.AedMapOut,
    "maps/stroke": map_out.TreatmentMapOut,
    "maps/stemi?as_of=2019-01-01": map_out.TreatmentMapOut,
    "maps/cells": map_out.CellsOut,
    "coverage?threshold_s=600": coverage_out.CoverageOut,
    "routes?from_lat=22.54&from_lon=114.05&to_lat=22.6&to_lon=114.1&datum=wgs84": coverage_out.RouteOut,
    "maps/landmarks?q=福田": map_out.NamedPlacesOut,
    "aeds?limit=50": map_out.AedsOut,
    "aeds/AED-M001-1": map_out.AedOut,
    "aeds/reports": map_out.ReportedAedsOut,
    "aeds/nearest?lat=22.5431&lon=114.0579&k=20&at=2026-11-30T03:00:00%2B08:00": map_out.NearestAedsOut,
    "aeds/nearest?lat=40&lon=116": map_out.NearestAedsOut,
}


@pytest.mark.parametrize("path", ANSWERS)
async def test_an_answer_is_what_the_document_says(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"/api/v1/{path}")
    assert answer.status_code == 200
    ANSWERS[path].model_validate_json(answer.content)


@pytest.mark.parametrize("model", sorted(set(ANSWERS.values()), key=lambda model: model.__name__))
def test_an_example_is_what_the_document_says(model: type[BaseModel]) -> None:
    extra = model.model_config["json_schema_extra"]
    assert isinstance(extra, dict)
    model.model_validate(extra["example"])


async def test_the_answer_to_a_report_is_what_the_document_says(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/aeds/AED-M001-1/reports", json=map_examples.REPORT_IN)
    assert answer.status_code == 201
    map_out.AedReportedOut.model_validate_json(answer.content)
    map_out.AedReportedOut.model_validate(map_examples.REPORTED)
    listed = await client.get("/api/v1/aeds/reports")
    map_out.ReportedAedsOut.model_validate_json(listed.content)


async def test_every_route_documents_its_answer_and_its_problems(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    ours = {path: methods for path, methods in paths.items() if "/maps/" in path or "/aeds" in path}
    assert len(ours) == 14
    for path, methods in ours.items():
        for method in methods.values():
            problems = {status for status in method["responses"] if status[0] == "4"}
            assert problems, path
            content = method["responses"]["200"]["content"] if "200" in method["responses"] else None
            assert content is None or all("$ref" in body["schema"] for body in content.values()), path
