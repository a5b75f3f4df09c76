import { signal } from "@preact/signals";

/** Degrees that the phone's top is turned from north; null while no compass has spoken. */
export const headingDeg = signal<number | null>(null);

interface CompassReading extends DeviceOrientationEvent {
  /** Safari's own field: degrees clockwise from north. */
  webkitCompassHeading?: number;
}

/** Listens to the compass where the browser gives it without asking. */
export function followCompass(): void {
  const read = (event: CompassReading): void => {
    if (typeof event.webkitCompassHeading === "number") headingDeg.value = Math.round(event.webkitCompassHeading);
    else if (event.absolute && event.alpha !== null) headingDeg.value = Math.round(360 - event.alpha) % 360;
  };
  addEventListener("deviceorientationabsolute" as "deviceorientation", read);
  addEventListener("deviceorientation", read);
}
