"""The application: routes, problem answers, security headers, and the built console."""

import os
from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path

from fastapi import Depends, FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

from dispatch.api import (
    openapi,
    problems,
    rate_limit,
    routes_aeds,
    routes_assignments,
    routes_calls,
    routes_maps,
    routes_resources,
    routes_service,
    stream,
)
from dispatch.api.access import STAFF, Requires, public
from dispatch.api.map_layers import city_maps
from dispatch.api.problems import ProblemError
from dispatch.api.wiring import Service

# A batch of 5,000 positions is some 0.9 MB.
MAX_BODY_BYTES = 2_000_000
CONSOLE = Path(str(files("dispatch"))) / "console" / "dist"
# Everything comes from the service itself; maps draw into canvases and blobs of their own.
CSP = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; connect-src 'self' ws: wss:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
# The API page's own script is inline.
DOCS_CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
)


def create_app(service: Service) -> FastAPI:
    """The application over a composed service; nothing is started here."""
    app = FastAPI(
        title="深圳 120 调度与生命地图 · Dispatch and Life Map",
        version="0.1.0",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        max_body_size=MAX_BODY_BYTES,
    )
    app.state.service = service
    app.state.city_maps = city_maps(service.catalogue)
    problems.install(app)
    rate_limit.install(app)
    app.middleware("http")(_security_headers)
    for module in (
        routes_calls,
        routes_assignments,
        routes_resources,
        routes_maps,
        routes_aeds,
        routes_service,
        stream,
    ):
        app.include_router(module.router)
    app.include_router(routes_service.root)
    _pages(app)
    openapi.install(app)
    return app


async def _security_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers["Content-Security-Policy"] = DOCS_CSP if request.url.path == "/docs" else CSP
    return response


def _pages(app: FastAPI) -> None:
    """The AED page is everybody's; the console and the API page are for staff, and hold no data themselves."""

    @app.get("/", include_in_schema=False, dependencies=[Depends(Requires(STAFF))])
    async def _() -> Response:
        return _page("index.html")

    @app.get("/aed", include_in_schema=False)
    @public
    async def _() -> Response:
        return _page("aed.html")

    @app.get("/docs", include_in_schema=False, dependencies=[Depends(Requires(STAFF))])
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
