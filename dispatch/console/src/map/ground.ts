import { CanvasSurface } from "./canvas_surface";
import type { MapColours, Surface } from "./surface";

/**
 * The best ground that this browser can draw: MapLibre where there is WebGL2, else a plain canvas.
 *
 * MapLibre is loaded only here, so that the queue can be worked before the megabyte of map has come.
 */
export async function makeGround(container: HTMLElement, colours: MapColours, onMove: () => void): Promise<Surface> {
  if (hasWebGl2()) {
    try {
      const { MapLibreSurface } = await import("./maplibre_surface");
      return new MapLibreSurface(container, colours, onMove);
    } catch (failure) {
      console.warn("The map falls back to a plain canvas:", failure);
      container.replaceChildren();
    }
  }
  return new CanvasSurface(container, colours, onMove);
}

function hasWebGl2(): boolean {
  if (new URLSearchParams(location.search).get("map") === "canvas") return false;
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return context !== null;
}
