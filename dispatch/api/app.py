"""The application: routes, problem answers, and the built console."""

import asyncio
import gzip
import os
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from fastapi import Depends, FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse
from starlette.datastructures import Headers
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from dispatch.api import (
    openapi,
    problems,
    rate_limit,
    routes_aed_data,
    routes_aeds,
    routes_arrest,
    routes_assignments,
    routes_calls,
    routes_care,
    routes_casualties,
    routes_coverage,
    routes_day,
    routes_desk,
    routes_drill,
    routes_hospital_fhir,
    routes_maps,
    routes_notices,
    routes_pictures,
    routes_posts,
    routes_premises,
    routes_quality,
    routes_reads,
    routes_reception,
    routes_records,
    routes_resources,
    routes_room,
    routes_service,
    routes_session,
    routes_sign_on,
    routes_supervision,
    routes_traffic,
    routes_ways,
    stream,
)
from dispatch.api.access import CENTRE, STAFF, Requires, User, public
from dispatch.api.coverage import CityCoverage
from dispatch.api.envelope import Envelope
from dispatch.api.forwarding import Forwarding
from dispatch.api.problems import CREDENTIALS_REQUIRED, ProblemError
from dispatch.api.record_shelf import RecordShelf
from dispatch.api.request_log import RequestLog
from dispatch.api.routes_day import Day
from dispatch.api.routes_desk import Desks
from dispatch.api.sessions import Sessions, user_of
from dispatch.api.wiring import Service
from dispatch.engine.aed_live import LiveAeds
from dispatch.reports.quality_places import district_finder

DEVELOPMENT = "开发模式:免登录,只接受本机访问。 Development mode: no sign-in, loopback only."
CONSOLE = Path(str(files("dispatch"))) / "console" / "dist"


def create_app(service: Service) -> FastAPI:
    """The application over a composed service; nothing is started here."""
    app = FastAPI(
        title="深圳 120 调度与生命地图 · Dispatch and Life Map",
        version="0.1.0",
        description=DEVELOPMENT if service.is_development else "",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        # Spans and counts of requests are our own (`trail`): they name no person, and each is made once.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.service = service
    app.state.live_aeds = LiveAeds(service.catalogue.time_zone)
    app.state.coverage = CityCoverage(service)
    app.state.record_shelf = RecordShelf()
    app.state.sessions = Sessions(service.accounts)
    app.state.sign_in_turns = asyncio.Semaphore(routes_session.AT_ONCE)
    app.state.desks = Desks()
    app.state.day = Day()
    app.state.district_of = district_finder(service.catalogue.population_cells)
    service.engine.subscribe(app.state.record_shelf.tell)
    service.engine.subscribe(app.state.day.tell)
    problems.install(app)
    rate_limit.install(app)
    app.add_middleware(Forwarding)
    app.add_middleware(Envelope)
    app.add_middleware(RequestLog)
    for (
        module
    ) in (  # one after the other is asked whether a request is its own: the first are those that are asked most
        routes_resources,
        routes_aeds,
        routes_desk,
        routes_calls,
        routes_assignments,
        routes_day,
        routes_care,
        routes_quality,
        routes_reads,
        routes_pictures,
        routes_notices,
        routes_records,
        routes_hospital_fhir,
        routes_casualties,
        routes_arrest,
        routes_maps,
        routes_aed_data,
        routes_coverage,
        routes_posts,
        routes_premises,
        routes_reception,
        routes_ways,
        routes_traffic,
        routes_service,
        routes_drill,
        routes_session,
        routes_sign_on,
        routes_room,
        routes_supervision,
        stream,
    ):
        app.include_router(module.router)
    app.include_router(routes_service.root)
    _pages(app)
    openapi.install(app)
    return app


class NotSignedIn(ProblemError):
    """401, to somebody who can read a page."""


class RequiresPage(Requires):
    """The same for a page: a browser is answered with the form to sign in."""

    async def __call__(self, request: Request) -> User:
        if "text/html" in request.headers.get("accept", "") and await user_of(request) is None:
            raise NotSignedIn(*CREDENTIALS_REQUIRED)
        return await super().__call__(request)


def _pages(app: FastAPI) -> None:
    """The AED page is everybody's, and the hospital's asks for its token. The console and the API page are for staff: in a browser,
    whoever has not signed in is given the form to do so. None of them holds data itself."""

    @app.exception_handler(NotSignedIn)
    async def _(_: Request, error: NotSignedIn) -> Response:
        page = CONSOLE / "sign-in.html"
        if not page.is_file():
            return problems.answer(error)
        return FileResponse(page, error.problem.status, headers={"Cache-Control": "no-store"})

    @app.get("/", include_in_schema=False, dependencies=[Depends(RequiresPage(CENTRE))])
    async def _() -> Response:
        return _page("index.html")

    @app.get("/aed", include_in_schema=False)
    @public
    async def _() -> Response:
        return _page("aed.html")

    @app.get("/crew", include_in_schema=False, dependencies=[Depends(RequiresPage(CENTRE))])
    async def _() -> Response:
        return _page("crew.html")

    @app.get("/hospital", include_in_schema=False)
    @public
    async def _() -> Response:
        return _page("hospital.html")

    @app.get("/docs", include_in_schema=False, dependencies=[Depends(RequiresPage(STAFF))])
    async def _() -> Response:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=app.title,
            swagger_js_url="/swagger/swagger-ui-bundle.js",
            swagger_css_url="/swagger/swagger-ui.css",
            swagger_favicon_url="/favicon.svg",
        )

    if CONSOLE.is_dir():
        app.mount("/", _PageParts(directory=CONSOLE), name="console")


def _page(file: str) -> Response:
    if not (CONSOLE / file).is_file():
        zh, en = "控制台未构建,请运行 make setup", "The console is not built; run make setup"
        raise ProblemError(503, "console_not_built", zh, en)
    return FileResponse(CONSOLE / file, headers={"Cache-Control": "no-cache"})


class _PageParts(StaticFiles):
    """Scripts, styles and pictures; the pages themselves are served by the routes that say whose they are."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        return ("", None) if path.endswith(".html") else super().lookup_path(path)

    def file_response(
        self, full_path: os.PathLike[str] | str, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        whole = super().file_response(full_path, stat_result, scope, status_code)
        path = Path(full_path)
        if path.parent.name == "assets":  # their names carry a hash of what is in them
            whole.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        is_packable = isinstance(whole, FileResponse) and path.suffix in {".js", ".css", ".svg"}
        if not is_packable or "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            return whole
        packed = _packed(path, stat_result.st_mtime_ns)
        kept = {
            name: whole.headers[name] for name in ("etag", "last-modified", "cache-control") if name in whole.headers
        }
        headers = {**kept, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return Response(packed, media_type=whole.media_type, headers=headers)


@lru_cache(maxsize=64)
def _packed(path: Path, _: int) -> bytes:
    """A part of the pages for the wire: packed once, not once for each console; anew when the file has changed."""
    return gzip.compress(path.read_bytes(), mtime=0)
