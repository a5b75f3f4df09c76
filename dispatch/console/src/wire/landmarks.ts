import { getJson, Problem } from "./http";

/** A known place in the city, such as a metro station: what people name when they do not know the address. */
export interface Landmark {
  name_zh: string;
  name_en: string;
  lat: number;
  lon: number;
  accuracy_m?: number;
}

/** Places whose name fits what was typed; none when the service cannot say. */
export async function findLandmarks(typed: string): Promise<Landmark[]> {
  const wanted = typed.trim();
  if (wanted === "") return [];
  try {
    const answer = await getJson<{ items: Landmark[] }>(`/api/v1/maps/landmarks?q=${encodeURIComponent(wanted)}`);
    return answer.items;
  } catch (failure) {
    if (failure instanceof Problem) return [];
    throw failure;
  }
}
