import { signal } from "@preact/signals";
import { render } from "preact";
import "./aed.css";
import { followCompass, headingDeg } from "./aed/compass";
import { end, fetching, setOut } from "./aed/fetching";
import { Metronome } from "./aed/metronome";
import type { NearAed } from "./aed/device";
import { nearestAeds } from "./aed/nearest";
import { COARSE_M, ownPlace, type Place, type Point } from "./aed/place";
import { WayTo } from "./aed/way";
import { datumOf } from "./aed/webview";
import { followLanguage, language, pick, switchLanguage, t } from "./i18n";
import { dayText, distance, floorText, shortTime } from "./i18n/measures";
import { getJson, Problem } from "./wire/http";
import { keepPage } from "./wire/keep_page";
import { findLandmarks, type Landmark } from "./wire/landmarks";

type Stage = "locating" | "searching" | "shown" | "choosing" | "offline";

const stage = signal<Stage>("locating");
const place = signal<Place | null>(null);
const found = signal<readonly NearAed[]>([]);
const isDenied = signal(false);
const isOffline = signal(false);
/** What turns the phone's own coordinates into WGS-84, by the service's last word. */
const shift = signal<Point>({ lat: 0, lon: 0 });
const wasSnatched = signal(false);
/** Another realm than the live one is a drill; not known where the service cannot be reached. */
const realm = signal("live");

async function locate(): Promise<void> {
  stage.value = "locating";
  const own = await ownPlace();
  isDenied.value = own === null;
  if (own === null) stage.value = "choosing";
  else await searchFrom(own);
}

async function searchFrom(from: Place): Promise<void> {
  place.value = from;
  stage.value = "searching";
  try {
    const nearest = await nearestAeds(from);
    found.value = nearest.aeds;
    isOffline.value = nearest.isOffline;
    shift.value = { lat: nearest.from.lat - from.lat, lon: nearest.from.lon - from.lon };
    stage.value = "shown";
    keepPage("aed").catch(() => undefined); // A full or forbidden cache only means that the page needs a network.
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    stage.value = "offline";
  }
}

/** Nobody may run for a device because of a drill. */
async function askRealm(): Promise<void> {
  try {
    realm.value = (await getJson<{ realm: string }>("/api/v1/session")).realm;
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
  }
}

function Page() {
  return (
    <>
      {realm.value === "live" ? null : (
        <p class="drill" id="drill" role="status">
          {t("drill.banner", { realm: realm.value })}
        </p>
      )}
      <header>
        <a class="call" href="tel:120">
          <Phone />
          <span>
            <strong>{t("aed.call")}</strong>
            <small>{t("aed.call.small")}</small>
          </span>
        </a>
        <button type="button" id="language" lang={language.value === "zh" ? "en" : "zh-CN"} onClick={switchLanguage}>
          {t("top.language")}
        </button>
      </header>
      <section class="steps">
        <h1>{t("aed.steps")}</h1>
        <ol>
          <li>{t("aed.step.1")}</li>
          <li>{t("aed.step.2")}</li>
          <li>{t("aed.step.3")}</li>
        </ol>
        <Metronome />
      </section>
      <main data-stage={stage.value}>
        <From />
        <Content />
      </main>
    </>
  );
}

function Content() {
  switch (stage.value) {
    case "locating":
      return <p class="wait">{t("aed.locating")}</p>;
    case "searching":
      return <p class="wait">{t("aed.searching")}</p>;
    case "choosing":
      return <Choose />;
    case "offline":
      return (
        <p class="trouble" role="alert">
          {t("aed.offline")}
          <button type="button" onClick={() => void (place.value ? searchFrom(place.value) : locate())}>
            {t("aed.again")}
          </button>
        </p>
      );
    case "shown":
      return <Results />;
  }
}

/** From where the distances are counted, and the way to another starting point. */
function From() {
  const from = place.value;
  if (from === null || stage.value === "choosing" || stage.value === "locating") return null;
  const text =
    from.accuracyM === null
      ? t("aed.from", { place: pick(from.nameZh ?? "", from.nameEn ?? "") })
      : t(from.accuracyM > COARSE_M ? "aed.from.coarse" : "aed.from.here", { accuracy: distance(from.accuracyM) });
  return (
    <>
      <p class="from">
        <span>{text}</span>
        <button type="button" onClick={() => (stage.value = "choosing")}>
          {t("aed.change")}
        </button>
      </p>
      {from.accuracyM === null ? <p class="fine">{t("aed.from.middle")}</p> : null}
      {from.accuracyM !== null && !datumOf(navigator.userAgent).isSure ? <Shifted from={from} /> : null}
    </>
  );
}

/** Asked in the browsers of apps that may hand out shifted positions: only somebody there can see whether it is right. */
function Shifted({ from }: { from: Place }) {
  const other = from.datum === "wgs84" ? "gcj02" : "wgs84";
  return (
    <p class="shifted">
      <span>{t("aed.shifted")}</span>
      <button type="button" onClick={() => void searchFrom({ ...from, datum: other })}>
        {t("aed.shifted.correct")}
      </button>
    </p>
  );
}

function Results() {
  const fetched = fetching.value?.aed;
  const [first, ...others] = fetched ? [fetched, ...found.value.filter((aed) => aed.id !== fetched.id)] : found.value;
  if (first === undefined) return <p class="trouble">{t("aed.none")}</p>;
  return (
    <>
      {isOffline.value ? <p class="trouble">{t("aed.offline.ranked")}</p> : null}
      {found.value.some((aed) => aed.isSimulated) ? <p class="simulated">{t("aed.simulated")}</p> : null}
      <article class="first" data-aed={first.id}>
        <Arrow aed={first} />
        <div class="lead">
          <strong class="distance">{distance(first.distanceM)}</strong>
          <Minutes aed={first} />
          <small>{t(headingDeg.value === null ? "aed.north" : "aed.compass")}</small>
        </div>
        <Facts aed={first} />
        <Fetch aed={first} />
        <WayTo aed={first} />
      </article>
      <h2>{t("aed.others")}</h2>
      <ul>
        {others.map((aed) => (
          <li key={aed.id} data-aed={aed.id}>
            <Arrow aed={aed} />
            <div>
              <p class="lead">
                <strong>{distance(aed.distanceM)}</strong>
                <Minutes aed={aed} />
              </p>
              <Facts aed={aed} />
            </div>
          </li>
        ))}
      </ul>
      <p class="fine">{t("aed.minutes.estimate")}</p>
    </>
  );
}

/** Sets out for the device, so that nobody else is sent there; then taken, or given up. */
function Fetch({ aed }: { aed: NearAed }) {
  const mine = fetching.value;
  if (mine === null)
    return (
      <div class="fetch">
        {wasSnatched.value ? <p>{t("aed.fetch.snatched")}</p> : null}
        <button type="button" class="go" onClick={() => void go(aed)}>
          {t("aed.fetch")}
        </button>
      </div>
    );
  if (mine.state === "taken") return <p class="fetch">{t("aed.fetch.taken")}</p>;
  return (
    <div class="fetch">
      <p role="status">{t(mine.state === "lost" ? "aed.fetch.lost" : "aed.fetch.kept")}</p>
      <button type="button" class="go" onClick={() => void end("taken")}>
        {t("aed.fetch.have")}
      </button>
      <button type="button" onClick={() => void end("given_up")}>
        {t("aed.fetch.give_up")}
      </button>
    </div>
  );
}

async function go(aed: NearAed): Promise<void> {
  wasSnatched.value = !(await setOut(aed, shift.value));
  if (wasSnatched.value && place.value !== null) await searchFrom(place.value);
}

function Minutes({ aed }: { aed: NearAed }) {
  if (aed.totalS === null) return null;
  return <span class="minutes">{t("aed.minutes", { n: Math.max(1, Math.ceil(aed.totalS / 60)) })}</span>;
}

function Facts({ aed }: { aed: NearAed }) {
  const where = [
    floorText(aed.floor),
    pick(aed.locationZh, aed.locationEn),
  ].filter(Boolean);
  return (
    <div class="facts">
      <p class="name">
        {pick(aed.nameZh, aed.nameEn)} {aed.isSimulated ? <small class="mark">{t("mark.simulated")}</small> : null}
      </p>
      {where.length > 0 ? <p>{where.join(" · ")}</p> : null}
      {aed.photo === null ? null : (
        <a href={aed.photo} target="_blank" rel="noreferrer">
          {t("aed.photo")}
        </a>
      )}
      <p class="state">
        <span class={`open ${aed.open}`}>{t(`aed.open.${aed.open}`)}</span>
        {aed.nextChangeAt === null || aed.open === "unknown" ? null : (
          <small>{t(aed.open === "no" ? "aed.opens" : "aed.until", { at: shortTime(aed.nextChangeAt) })}</small>
        )}
        {aed.isFetched ? <small class="barred">{t("aed.fetched")}</small> : null}
        {aed.isWithdrawn ? <small class="barred">{t("aed.withdrawn")}</small> : null}
        <small>{aed.checkedAt === null ? t("aed.unchecked") : t("aed.checked", { at: dayText(aed.checkedAt) })}</small>
      </p>
    </div>
  );
}

/** Points to the AED: against north, or against where the phone points when it has a compass. */
function Arrow({ aed }: { aed: NearAed }) {
  const turn = Math.round(aed.bearingDeg - (headingDeg.value ?? 0));
  return (
    <svg class={aed.open === "no" ? "arrow shut" : "arrow"} viewBox="-12 -12 24 24" aria-hidden="true">
      <circle r="12" />
      <path d="M0-8.5L6.2 7L0 3.6L-6.2 7z" transform={`rotate(${turn})`} />
    </svg>
  );
}

const typed = signal("");
const landmarks = signal<readonly Landmark[]>([]);

async function look(text: string): Promise<void> {
  typed.value = text;
  const answer = await findLandmarks(text);
  if (typed.value === text) landmarks.value = answer;
}

function Choose() {
  return (
    <section class="choose">
      {isDenied.value ? <p class="trouble">{t("aed.denied")}</p> : null}
      <label for="landmark">{t("aed.denied.hint")}</label>
      <input
        id="landmark"
        type="search"
        placeholder={t("aed.find")}
        value={typed.value}
        onInput={(event) => void look(event.currentTarget.value)}
      />
      <ul class="landmarks">
        {landmarks.value.map((landmark) => (
          <li key={`${landmark.name_zh} ${landmark.lat}`}>
            <button
              type="button"
              onClick={() =>
                void searchFrom({
                  lat: landmark.lat,
                  lon: landmark.lon,
                  datum: "wgs84",
                  accuracyM: null,
                  nameZh: landmark.name_zh,
                  nameEn: landmark.name_en,
                })
              }
            >
              {pick(landmark.name_zh, landmark.name_en)}
            </button>
          </li>
        ))}
      </ul>
      {typed.value.trim() !== "" && landmarks.value.length === 0 ? <p class="wait">{t("aed.find.none")}</p> : null}
      <button type="button" onClick={() => void locate()}>
        {t("aed.locate")}
      </button>
    </section>
  );
}

function Phone() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d="M6.6 2.5c-.9-.3-1.8.2-2.3 1C2.9 5.6 3 9.4 6.8 13.9s8 6.3 10.5 5.7c1-.2 1.7-1 1.8-1.9l.2-2.2c.1-.7-.4-1.4-1.1-1.6l-3-.9c-.6-.2-1.2 0-1.6.4l-1 1.1c-1.9-1.1-3.5-2.7-4.6-4.7l1.1-1c.5-.4.7-1 .5-1.6l-.8-3c-.2-.7-.7-1.1-1.3-1.3z" />
    </svg>
  );
}

followLanguage("aed.title");
followCompass();
void askRealm();
render(<Page />, document.getElementById("page") as HTMLElement);
void locate();
