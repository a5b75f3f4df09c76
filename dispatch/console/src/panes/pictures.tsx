import { useSignal } from "@preact/signals";
import { t, tValue } from "../i18n";
import { shortTime } from "../i18n/measures";
import "./pictures.css";
import type { Picture } from "../wire/reception";

interface Props {
  incidentId: string;
  patientId: string;
  pictures: readonly Picture[];
}

/** Photographs of findings. Each is asked for when it is unfolded, which the service notes. */
export function Pictures({ incidentId, patientId, pictures }: Props) {
  return (
    <>
      {pictures.map((picture) => (
        <Shown key={picture.picture_id} of={`/api/v1/incidents/${incidentId}/patients/${patientId}/pictures/`} picture={picture} />
      ))}
    </>
  );
}

function Shown({ of, picture }: { of: string; picture: Picture }) {
  const isOpen = useSignal(false);
  const hasFailed = useSignal(false);
  const name = t("picture.taken", { what: tValue("picture_kind", picture.kind), at: shortTime(picture.taken_at) });
  return (
    <details
      class="picture"
      data-picture={picture.picture_id}
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
        hasFailed.value = false;
      }}
    >
      <summary>{name}</summary>
      {!isOpen.value ? null : hasFailed.value ? (
        <p role="status">{t("picture.failed")}</p>
      ) : (
        <img src={of + picture.picture_id} alt={name} onError={() => (hasFailed.value = true)} />
      )}
    </details>
  );
}
