import { t } from "../i18n";
import { distance, roughly } from "../i18n/measures";
import { isPending } from "../room/actions";
import { nowMs } from "../room/clock";
import { advised, type Advised, follow, lookAt, postName, posts, relocatePlace } from "../room/waiting";
import { GradeMark, Outcome, SimulatedMark } from "./marks";

/** How many are shown; the rest are counted. */
const SHOWN = 12;

/** Crews that would cover more elsewhere, those that gain most first. A person sends them; nobody has to. */
export function Waiting() {
  const all = advised.value;
  if (all.length === 0) return null;
  return (
    <section class="reception waiting-advice" aria-label={t("waiting.title")} id="advised" tabIndex={-1}>
      <h3 class="group">
        {t("waiting.title")} <span>{all.length}</span>
      </h3>
      <p class="muted">{t("waiting.hint")}</p>
      {all.slice(0, SHOWN).map((one) => (
        <Row key={one.unit.unit_id} one={one} />
      ))}
      {all.length > SHOWN ? <p class="muted">{t("waiting.more", { n: all.length - SHOWN })}</p> : null}
    </section>
  );
}

function Row({ one }: { one: Advised }) {
  const { unit, advice } = one;
  const { gain, travel_time_s: driveS, distance_m: driveM, advised_at: at } = advice;
  const post = posts.value.get(advice.post_id);
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
        {post?.record_class === "simulated" ? <SimulatedMark /> : null}
        {post?.record_class === "inferred" ? <GradeMark grade="inferred" /> : null}
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
