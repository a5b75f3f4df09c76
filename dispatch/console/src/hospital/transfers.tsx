import { signal } from "@preact/signals";
import { pick, t, tValue } from "../i18n";
import { act, type Reception, type Transfer } from "./reception";

const isAsking = signal(false);
const to = signal("");
const why = signal("");
const answers = signal<Record<string, string>>({});

export function Transfers({ seen }: { seen: Reception }) {
  return (
    <section class="transfers" aria-label={t("ward.transfers")}>
      <h2>{t("ward.transfers")}</h2>
      {isAsking.value ? (
        <Ask seen={seen} />
      ) : (
        <button type="button" onClick={() => (isAsking.value = true)}>
          {t("ward.ask")}
        </button>
      )}
      <ul>
        {seen.transfers.map((transfer) => (
          <Row key={transfer.transfer_id} transfer={transfer} seen={seen} />
        ))}
      </ul>
    </section>
  );
}

function Row({ transfer, seen }: { transfer: Transfer; seen: Reception }) {
  const isOurs = transfer.hospital_id === seen.hospital.hospital_id;
  const otherId = isOurs ? transfer.to_hospital_id : transfer.hospital_id;
  const other = seen.hospitals.find((each) => each.hospital_id === otherId);
  const { transfer_id: id } = transfer;
  const path = `transfers/${id}`;
  const words = answers.value[id] ?? "";
  return (
    <li class="card" data-transfer={id}>
      <p>
        <strong>
          {t(isOurs ? "ward.to" : "ward.from")} {other ? pick(other.name_zh, other.name_en) : otherId}
        </strong>{" "}
        <span class="mark">{tValue("transfer", transfer.state)}</span>
      </p>
      <p>{[transfer.capability ? tValue("capability", transfer.capability) : "", transfer.reason].filter(Boolean).join(" · ")}</p>
      {transfer.answer ? <p class="muted">{transfer.answer}</p> : null}
      {transfer.state === "asked" ? (
        <div class="turn">
          <label>
            {t(isOurs ? "ward.reason" : "ward.answer")}
            <input
              value={words}
              maxLength={2000}
              onInput={(e) => (answers.value = { ...answers.value, [id]: e.currentTarget.value })}
            />
          </label>
          <div class="actions">
            {isOurs ? (
              <button type="button" onClick={() => void act(`${path}/withdraw`, { reason: words })}>
                {t("ward.withdraw")}
              </button>
            ) : (
              <>
                <button
                  type="button"
                  class="main"
                  onClick={() => void act(`${path}/answer`, { accepts: true, ...(words ? { answer: words } : {}) })}
                >
                  {t("ward.accept")}
                </button>
                <button type="button" class="danger" onClick={() => void act(`${path}/answer`, { accepts: false, answer: words || null })}>
                  {t("ward.refuse")}
                </button>
              </>
            )}
          </div>
        </div>
      ) : null}
    </li>
  );
}

function Ask({ seen }: { seen: Reception }) {
  return (
    <form
      class="turn card"
      onSubmit={(event) => {
        event.preventDefault();
        void act("transfers", { to_hospital_id: to.value, reason: why.value }).then((isDone) => {
          if (!isDone) return;
          isAsking.value = false;
          to.value = why.value = "";
        });
      }}
    >
      <label>
        {t("ward.to")}
        <select required value={to.value} onChange={(e) => (to.value = e.currentTarget.value)}>
          <option value="" />
          {seen.hospitals
            .filter((each) => each.hospital_id !== seen.hospital.hospital_id)
            .map((each) => (
              <option key={each.hospital_id} value={each.hospital_id}>
                {pick(each.name_zh, each.name_en)}
              </option>
            ))}
        </select>
      </label>
      <label>
        {t("ward.reason")}
        <input required maxLength={2000} value={why.value} onInput={(e) => (why.value = e.currentTarget.value)} />
      </label>
      <div class="actions">
        <button type="submit" class="main">
          {t("ward.ask")}
        </button>
        <button type="button" onClick={() => (isAsking.value = false)}>
          {t("ward.close")}
        </button>
      </div>
    </form>
  );
}
