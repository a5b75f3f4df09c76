import { Map as MapLibre, type GeoJSONSource, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { mercator, type View, viewAt } from "./mercator";
import { type Basemap, type MapColours, type Surface, ZOOM_MAX, ZOOM_MIN } from "./surface";

// Without this the library starts its worker from a blob, which the content security policy forbids.
setWorkerUrl(workerUrl);

const GLIDE_MS = 400;
const NOTHING: Basemap = { type: "FeatureCollection", features: [] };

/** The basemap by MapLibre (WebGL2). `onMove` runs inside its frame, so marks above never lag behind the ground. */
export class MapLibreSurface implements Surface {
  private readonly map: MapLibre;
  private basemap: Basemap = NOTHING;
  private isStyled = false;
  private size = { width: 0, height: 0 };

  constructor(
    private readonly container: HTMLElement,
    colours: MapColours,
    onMove: () => void,
  ) {
    this.measure();
    this.map = new MapLibre({
      container,
      minZoom: ZOOM_MIN,
      maxZoom: ZOOM_MAX,
      center: [114.1, 22.63],
      zoom: 9.5,
      maxPitch: 0,
      pitchWithRotate: false,
      dragRotate: false,
      attributionControl: false,
      keyboard: false,
      fadeDuration: 0,
      style: {
        version: 8,
        sources: { basemap: { type: "geojson", data: NOTHING as never } },
        layers: [
          { id: "sea", type: "background", paint: { "background-color": colours.sea } },
          {
            id: "land",
            type: "fill",
            source: "basemap",
            filter: ["==", ["get", "kind"], "district"],
            paint: { "fill-color": colours.land, "fill-antialias": false },
          },
          {
            id: "barrier",
            type: "fill",
            source: "basemap",
            filter: ["all", ["==", ["get", "kind"], "barrier"], ["==", ["geometry-type"], "Polygon"]],
            paint: { "fill-color": colours.barrier },
          },
          {
            id: "border",
            type: "line",
            source: "basemap",
            filter: ["==", ["get", "kind"], "district"],
            paint: { "line-color": colours.border, "line-width": 1, "line-dasharray": [4, 3] },
          },
        ],
      },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.on("render", onMove);
    this.map.on("load", () => {
      this.isStyled = true;
      this.setBasemap(this.basemap);
    });
  }

  view(): View {
    const { lat, lng } = this.map.getCenter();
    return viewAt(mercator(lat, lng), this.map.getZoom(), this.size.width, this.size.height);
  }

  setBasemap(basemap: Basemap): void {
    this.basemap = basemap;
    if (this.isStyled) this.map.getSource<GeoJSONSource>("basemap")?.setData(basemap as never);
  }

  setColours(colours: MapColours): void {
    this.map.setPaintProperty("sea", "background-color", colours.sea);
    this.map.setPaintProperty("land", "fill-color", colours.land);
    this.map.setPaintProperty("barrier", "fill-color", colours.barrier);
    this.map.setPaintProperty("border", "line-color", colours.border);
  }

  goTo(lat: number, lon: number, zoom: number | null): void {
    this.map.easeTo({ center: [lon, lat], ...(zoom === null ? {} : { zoom }), duration: GLIDE_MS });
  }

  fit(southWest: { lat: number; lon: number }, northEast: { lat: number; lon: number }, padding: number): void {
    this.map.fitBounds([southWest.lon, southWest.lat, northEast.lon, northEast.lat], { padding, duration: 0 });
  }

  zoomBy(levels: number): void {
    this.map.easeTo({ zoom: this.map.getZoom() + levels, duration: GLIDE_MS / 2 });
  }

  resize(): void {
    this.measure();
    this.map.resize();
  }

  /** Once, not at every frame: to ask a page that has just changed for a size is to have it laid out at once. */
  private measure(): void {
    this.size = { width: this.container.clientWidth, height: this.container.clientHeight };
  }

  remove(): void {
    this.map.remove();
  }
}
