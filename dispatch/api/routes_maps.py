"""The life maps: AEDs for everybody, stroke and chest pain centres and the fall-back basemap for staff."""

from fastapi import APIRouter

router = APIRouter(prefix="/api/v1", tags=["maps"])
