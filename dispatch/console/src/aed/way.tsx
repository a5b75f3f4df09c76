import { t, tValue } from "../i18n";
import { distance, sourceText } from "../i18n/measures";
import type { NearAed } from "./device";
import type { Point } from "./place";

/** The way to a device along footways. */
export interface Way {
  distanceM: number;
  line: Point[];
  steps: WayStep[];
}

interface WayStep {
  turn: string;
  name: string;
  distanceM: number;
}

export interface WayOut {
  distance_m: number;
  line: { coordinates: [number, number][] };
  steps: { turn: string; name: string; distance_m: number }[];
}

export function wayOf(way: WayOut): Way {
  return {
    distanceM: way.distance_m,
    line: way.line.coordinates.map(([lon, lat]) => ({ lat, lon })),
    steps: way.steps.map(({ turn, name, distance_m }) => ({ turn, name, distanceM: distance_m })),
  };
}

/** The way as a sketch with north at the top and in words, with its source; or that there is none to show. */
export function WayTo({ aed }: { aed: NearAed }) {
  const { way, walkSource } = aed;
  if (way === null) return <p class="fine way-none">{t("aed.way.none")}</p>;
  return (
    <div class="way">
      <Sketch line={way.line} />
      <p>
        <strong>{t("aed.way", { distance: distance(way.distanceM) })}</strong>
        <small>{t("aed.way.source", { source: sourceText(walkSource ?? "") })}</small>
      </p>
      <ol>
        {way.steps.map((step, n) => (
          <li key={n}>
            {tValue("turn", step.turn)} {step.name} <span>{distance(step.distanceM)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

const WIDTH = 120;
const HEIGHT = 80;
const MARGIN = 8;

function Sketch({ line }: { line: readonly Point[] }) {
  const points = inBox(line, WIDTH, HEIGHT, MARGIN);
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return null;
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t("aed.way.sketch")}>
      <polyline points={points.map((at) => at.join(",")).join(" ")} />
      <circle class="from" cx={first[0]} cy={first[1]} r="4" />
      <circle class="to" cx={last[0]} cy={last[1]} r="5" />
    </svg>
  );
}

/** A line fitted into a box, north at the top, both directions to one scale. */
export function inBox(line: readonly Point[], width: number, height: number, margin: number): [number, number][] {
  const shrink = Math.cos(((line[0]?.lat ?? 0) * Math.PI) / 180);
  const x = line.map(({ lon }) => lon * shrink);
  const y = line.map(({ lat }) => -lat);
  const [left, right, top, bottom] = [Math.min(...x), Math.max(...x), Math.min(...y), Math.max(...y)];
  const scale = Math.min((width - 2 * margin) / (right - left || 1e-9), (height - 2 * margin) / (bottom - top || 1e-9));
  const place = (at: number, low: number, high: number, size: number) =>
    Math.round(10 * (size / 2 + (at - (low + high) / 2) * scale)) / 10;
  return line.map((_, n) => [place(x[n] ?? left, left, right, width), place(y[n] ?? top, top, bottom, height)]);
}
