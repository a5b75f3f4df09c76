import { computed, effect, signal } from "@preact/signals";
import { getJson, Problem } from "../wire/http";
import type { Advice, Post, Posts } from "../wire/posts";
import type { Unit } from "../wire/types";
import { act } from "./actions";
import { putHandsOn } from "./hands";
import { followedUnitId } from "./map_wishes";
import { selectedUnitId, selectIncident } from "./selection";
import { units } from "./world";

/** Where units wait, and crews that would cover more at another post. */

export const posts = signal<ReadonlyMap<string, Post>>(new Map());

export interface Advised {
  unit: Unit;
  advice: Advice;
}

/** Those that gain most first. */
export const advised = computed(() => advisedOf(units.value));

export function advisedOf(all: readonly Unit[]): Advised[] {
  return all
    .flatMap((unit) => (unit.advised == null ? [] : [{ unit, advice: unit.advised }]))
    .sort((a, b) => (b.advice.gain ?? 0) - (a.advice.gain ?? 0));
}

/** Posts by which a unit waits or should, and of which this desk knows nothing yet: the same text until that changes. */
const unknown = computed(() => {
  const named = units.value.flatMap(({ post_id: at, advised: to }) => [at, to?.post_id]);
  return [...new Set(named.filter((id) => id != null && !posts.value.has(id)))].sort().join(" ");
});

/** Asks for the posts whenever one is named that is not known; returns what stops it. */
export function followPosts(): () => void {
  return effect(() => {
    if (unknown.value !== "") void ask();
  });
}

async function ask(): Promise<void> {
  const found = new Map<string, Post>();
  try {
    for (let after = ""; ; ) {
      const page: Posts = await getJson(`/api/v1/posts${after}`);
      for (const post of page.items) found.set(post.post_id, post);
      if (page.next === null) break;
      after = `?after=${encodeURIComponent(page.next)}`;
    }
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    return; // posts are named by their ids until they are known
  }
  posts.value = found;
}

/** What a post is called; its id while it is not known. */
export function postName(postId: string): string {
  return posts.value.get(postId)?.name ?? postId;
}

export function relocatePlace(unitId: string): string {
  return `relocate ${unitId}`;
}

/** Has the unit wait where it is advised to. */
export function follow({ unit, advice }: Advised): void {
  act(relocatePlace(unit.unit_id), `/api/v1/units/${unit.unit_id}/relocation`, { post_id: advice.post_id });
}

/** Shows the unit on the map and on the board. */
export function lookAt({ unit_id: unitId }: Unit): void {
  selectedUnitId.value = unitId;
  followedUnitId.value = unitId;
}

/** Leaves the incident, so that the right pane shows who should wait elsewhere. */
export function showAdvised(): void {
  selectIncident(null);
  putHandsOn("advised");
}
