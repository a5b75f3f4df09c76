import { t } from "../i18n";
import { distance, roughly } from "../i18n/measures";
import { isPending } from "../room/actions";
import { nowMs } from "../room/clock";
import { advised, type Advised, demand, follow, lookAt, postName, posts, relocatePlace } from "../room/waiting";
import { GradeMark, Outcome, SimulatedMark } from "./marks";

/** Crews that would cover more elsewhere. A person sends them; nobody has to. */
export function Waiting() {
  const all = advised.value;
  if (all.length === 0) return null;
  return (
    <section class="reception waiting-advice" aria-label={t("waiting.title")} id="advised" tabIndex={-1}>
      <h3 class="group">
        {t("waiting.title")} <span>{all.length}</span>
      </h3>
      <p class="muted">{t("waiting.hint")}</p>
      <Reckoned />
      {all.map((one) => (
        <Row key={one.unit.unit_id} one={one} />
      ))}
    </section>
  );
}

/** What the gain is reckoned from. */
function Reckoned() {
  if (demand.value === null) return null;
  const { source, record_class: made } = demand.value;
  return (
    <p class="muted">
      {t(`waiting.by.${source}`)} <Made by={made} />
    </p>
  );
}

/** Nothing for what is real. */
function Made({ by }: { by: string | undefined }) {
  if (by === "simulated") return <SimulatedMark />;
  return by === "inferred" ? <GradeMark grade="inferred" /> : null;
}

function Row({ one }: { one: Advised }) {
  const { unit, advice } = one;
  const { gain, travel_time_s: driveS, distance_m: driveM, advised_at: at } = advice;
  const facts = [
    t(`waiting.reason.${advice.reason}`),
    gain == null ? "" : t("waiting.gain", { percent: (gain * 100).toFixed(gain < 0.001 ? 2 : 1) }),
    driveS == null ? "" : t("waiting.drive", { time: roughly(driveS), distance: driveM == null ? "" : distance(driveM) }),
    at == null ? "" : t("waiting.since", { age: roughly((nowMs.value - Date.parse(at)) / 1000) }),
  ];
  return (
    <article class="card" data-advised={unit.unit_id}>
      <header>
        <h4>
          {unit.call_sign} → {postName(advice.post_id)}
        </h4>
        <Made by={posts.value.get(advice.post_id)?.record_class} />
      </header>
      <p class="muted">{facts.filter(Boolean).join(" · ")}</p>
      <div class="next">
        <button type="button" class="small primary" data-follow={unit.unit_id} disabled={isPending(relocatePlace(unit.unit_id))} onClick={() => follow(one)}>
          {t("waiting.send")}
        </button>
        <button type="button" class="small quiet" onClick={() => lookAt(unit)}>
          {t("waiting.look")}
        </button>
      </div>
      <Outcome place={relocatePlace(unit.unit_id)} isQuiet />
    </article>
  );
}
