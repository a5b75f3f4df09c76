import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { inEachLanguage, pick, t, tValue } from "../i18n";
import { clockTime } from "../i18n/measures";
import { act } from "../room/actions";
import { addNote, notePlace, retriage, triagePlace } from "../room/assign";
import { isWriting } from "../room/desks";
import { earlierOf } from "../room/history";
import { type Question, questionsFor, type Reply } from "../room/questions";
import { selectIncident } from "../room/selection";
import { LEVEL } from "../room/status";
import { world } from "../room/world";
import { findLandmarks, type Landmark } from "../wire/landmarks";
import type { Incident } from "../wire/types";
import { Coaching } from "./coaching";
import { Key, Outcome } from "./marks";
import { Questions } from "./questions";

/** Whom a call is handed to as well; each is told by voice, and that it was told is written down. */
const OTHERS = ["110", "119", "122"] as const;

export function locationPlace(incidentId: string): string {
  return `location ${incidentId}`;
}

/** What is still asked while a unit is already on its way: questions, the better address, notes, who else is told. */
export function Interview({ incident }: { incident: Incident }) {
  const answers = useSignal<Record<string, Reply>>({ ...(incident.answers as Record<string, Reply>) });
  const asked = questionsFor(incident.complaint);
  const { incident_id: id } = incident;
  useEffect(() => () => void (isWriting.value = false), []);
  const reply = (question: Question, said: Reply): void => {
    answers.value = { ...answers.value, [question.code]: said };
    const words = `${question.text_zh} ${t(`question.${said}`)}`;
    const isRaised = said === "yes" && (LEVEL[question.priority] < LEVEL[incident.priority] || isOther(question, incident));
    if (isRaised) retriage(incident, raise(question, incident), words);
    else addNote(id, words);
  };
  return (
    <details class="interview" id="interview" open={incident.assignments.length > 0 || asked.length > 0}>
      <summary>
        {t("interview.title")} <Key>Q</Key>
      </summary>
      <Coaching incident={incident} />
      <Earlier incident={incident} />
      <Questions asked={asked} answers={answers.value} onReply={reply} />
      <Outcome place={triagePlace(id)} isQuiet />
      <BetterAddress incident={incident} />
      <Note incident={incident} />
      <div class="tell">
        <span class="muted">{t("interview.tell")}</span>
        {OTHERS.map((number) => (
          <button key={number} type="button" class="small" onClick={() => addNote(id, t("interview.told", { who: t(`other.${number}`) }))}>
            {t(`other.${number}`)}
          </button>
        ))}
      </div>
      {isToCallBack(incident) ? null : <CallBack incident={incident} />}
    </details>
  );
}

function isOther(question: Question, incident: Incident): boolean {
  return question.complaint !== null && question.complaint !== incident.complaint;
}

function raise(question: Question, incident: Incident): { priority: Incident["priority"]; complaint?: string } {
  const priority = LEVEL[question.priority] < LEVEL[incident.priority] ? question.priority : incident.priority;
  return question.complaint === null ? { priority } : { priority, complaint: question.complaint };
}

/** The same caller or place before: what dispatchers elsewhere miss. */
export function Earlier({ incident }: { incident: Incident }) {
  const phone = incident.calls.find((call) => call.caller_phone != null)?.caller_phone ?? "";
  const { location, address_text: address, incident_id: except } = incident;
  const point = location.accuracy_m == null || location.accuracy_m <= 100 ? location : null;
  const found = earlierOf({ phone, address: address ?? "", point, except }, world.value);
  return <EarlierList found={found} />;
}

export function EarlierList({ found }: { found: ReturnType<typeof earlierOf> }) {
  if (found.length === 0) return null;
  return (
    <ul class="earlier">
      {found.slice(0, 3).map(({ incident, why }) => (
        <li key={incident.incident_id}>
          <button type="button" class="small quiet" onClick={() => selectIncident(incident.incident_id)}>
            {t(`earlier.${why}`)} #{incident.number} {tValue("complaint", incident.complaint)} · {clockTime(incident.received_at)}
            {incident.state === "open" ? "" : ` · ${t(`incident.${incident.state}`)}`}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Another address, or a landmark that gives a point: the choice of units is looked at again. */
function BetterAddress({ incident }: { incident: Incident }) {
  const typed = useSignal("");
  const found = useSignal<Landmark[]>([]);
  const { incident_id: id, version } = incident;
  const send = (landmark: Landmark | null): void => {
    const words = landmark === null ? typed.value.trim() : pick(landmark.name_zh, landmark.name_en);
    if (words === "") return;
    const point = landmark === null ? {} : { location: pointOf(landmark) };
    act(locationPlace(id), `/api/v1/incidents/${id}/location`, { address_text: words, ...point, expected_version: version }, () => {
      typed.value = "";
      found.value = [];
    });
  };
  const look = async (text: string): Promise<void> => {
    typed.value = text;
    isWriting.value = text !== "";
    const landmarks = await findLandmarks(text);
    if (typed.value === text) found.value = landmarks.slice(0, 4);
  };
  return (
    <form
      class="line"
      onSubmit={(event) => {
        event.preventDefault();
        send(null);
      }}
    >
      <input
        aria-label={t("interview.address")}
        placeholder={t("interview.address")}
        value={typed.value}
        onInput={(event) => void look(event.currentTarget.value)}
      />
      <button type="submit" class="small" disabled={typed.value.trim() === ""}>
        {t("interview.correct")}
      </button>
      {found.value.map((landmark) => (
        <button key={`${landmark.name_zh}${landmark.lat}`} type="button" class="small" onClick={() => send(landmark)}>
          {pick(landmark.name_zh, landmark.name_en)}
        </button>
      ))}
      <Outcome place={locationPlace(id)} isQuiet />
    </form>
  );
}

export function pointOf(landmark: Landmark): Record<string, unknown> {
  const { lat, lon, accuracy_m: accuracyM } = landmark;
  return { lat, lon, datum: "wgs84", ...(accuracyM === undefined ? {} : { accuracy_m: accuracyM }) };
}

function Note({ incident }: { incident: Incident }) {
  const typed = useSignal("");
  const { incident_id: id, notes } = incident;
  return (
    <>
      <form
        class="line"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.value.trim() !== "") addNote(id, typed.value.trim(), () => (typed.value = ""));
        }}
      >
        <input
          id="note"
          aria-label={t("interview.note")}
          placeholder={t("interview.note")}
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
            isWriting.value = typed.value !== "";
          }}
        />
        <button type="submit" class="small" disabled={typed.value.trim() === ""}>
          {t("interview.write")}
        </button>
      </form>
      <Outcome place={notePlace(id)} isQuiet />
      {notes.length === 0 ? null : (
        <ul class="notes">
          {notes.map((note, index) => (
            <li key={index}>{note}</li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Nobody was heard, or no longer, and nobody has answered since: this stands on top of the incident. */
export function isToCallBack({ answers, notes }: Incident): boolean {
  const isUnheard = answers?.contact === "silent" || answers?.contact === "dropped";
  return isUnheard && !inEachLanguage("callback.reached.note").some((words) => notes.includes(words));
}

/** A silent or dropped call is called back until somebody answers; every attempt is written down. */
export function CallBack({ incident }: { incident: Incident }) {
  const phone = incident.calls.find((call) => call.caller_phone != null)?.caller_phone;
  const isDue = isToCallBack(incident);
  return (
    <div class={isDue ? "notice tell" : "tell"}>
      <span class={isDue ? "" : "muted"}>
        {isDue ? `${t(`contact.${incident.answers?.contact as "silent" | "dropped"}`)} · ` : ""}
        {t("callback.title")} {phone ? <a href={`tel:${phone}`}>{phone}</a> : t("callback.no_number")}
      </span>
      {(["reached", "unanswered"] as const).map((how) => (
        <button key={how} type="button" class="small" onClick={() => addNote(incident.incident_id, t(`callback.${how}.note`))}>
          {t(`callback.${how}`)}
        </button>
      ))}
    </div>
  );
}
