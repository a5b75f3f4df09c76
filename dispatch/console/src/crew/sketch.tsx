import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { distance, roughly } from "../i18n/measures";
import { mercator } from "../map/mercator";
import { getJson, Problem } from "../wire/http";
import type { LatLon, Way } from "../wire/types";

const SIDE = 320;
const MARGIN = 20;
/** A driver's position changes; the way is asked for again this often. */
const ASK_EVERY_MS = 30_000;

/** The way to the next stop as a line, with time and length; no tiles, so that nothing leaves the service. */
export function Sketch({ from, to, name }: { from: LatLon; to: LatLon; name: string }) {
  const way = useSignal<Way | null>(null);
  const key = [from.lat, from.lon, to.lat, to.lon].map((deg) => deg.toFixed(3)).join(" ");
  useEffect(() => {
    let isCurrent = true;
    const ask = async (): Promise<void> => {
      const query = `from_lat=${from.lat}&from_lon=${from.lon}&to_lat=${to.lat}&to_lon=${to.lon}&datum=wgs84`;
      try {
        const answer = await getJson<Way>(`/api/v1/routes?${query}`);
        if (isCurrent) way.value = answer;
      } catch (failure) {
        if (!(failure instanceof Problem)) throw failure;
      }
    };
    void ask();
    const timer = setInterval(() => void ask(), ASK_EVERY_MS);
    return () => {
      isCurrent = false;
      clearInterval(timer);
    };
  }, [key]);
  const shown = way.value;
  if (shown === null) return null;
  const { travel_time_s: timeS, distance_m: lengthM, grade } = shown.properties;
  return (
    <figure class="sketch">
      <svg viewBox={`0 0 ${SIDE} ${SIDE / 2}`} role="img" aria-label={name}>
        <polyline points={fitted(shown.geometry.coordinates)} class={grade} />
      </svg>
      <figcaption>
        <strong>{roughly(timeS)}</strong> · {distance(lengthM)} {grade === "estimate" ? t("crew.estimate") : ""}
      </figcaption>
    </figure>
  );
}

/** Points of a line fitted into the picture, north up. */
function fitted(line: readonly [number, number][]): string {
  const points = line.map(([lon, lat]) => mercator(lat, lon));
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  const scale = Math.min((SIDE - 2 * MARGIN) / (width || 1e-9), (SIDE / 2 - 2 * MARGIN) / (height || 1e-9));
  const shiftX = (SIDE - width * scale) / 2;
  const shiftY = (SIDE / 2 - height * scale) / 2;
  return points.map(({ x, y }) => `${(x - left) * scale + shiftX},${(y - top) * scale + shiftY}`).join(" ");
}
