import { computed, effect, signal } from "@preact/signals";
import { getJson, Problem } from "../wire/http";
import type { Advice, Post, Posts } from "../wire/posts";
import type { Unit } from "../wire/types";
import { act } from "./actions";
import { putHandsOn } from "./hands";
import { followedUnitId } from "./map_wishes";
import { selectedUnitId, selectIncident } from "./selection";
import { units, world } from "./world";

/** Where units wait, and crews that would cover more at another post. */

export const posts = signal<ReadonlyMap<string, Post>>(new Map());

export interface Advised {
  unit: Unit;
  advice: Advice;
}

const AGAIN_MS = 10_000;

/** The oldest advice first, so that no row moves down under the hand. */
export const advised = computed(() => advisedOf(units.value));

export function advisedOf(all: readonly Unit[]): Advised[] {
  return all
    .flatMap((unit) => (unit.advised == null ? [] : [{ unit, advice: unit.advised }]))
    .sort((a, b) => (a.advice.advised_at ?? "").localeCompare(b.advice.advised_at ?? ""));
}

/** What is to be covered; null until it is known. */
export const demand = signal<Posts["demand"] | null>(null);

const version = computed(() => world.value.service?.posts_version ?? null);

/** Asks for the posts when others come into force, and again after a failure; returns what stops it. */
export function followPosts(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = async (wanted: string): Promise<void> => {
    const isThere = await read();
    if (!isThere && version.peek() === wanted) timer = setTimeout(() => void ask(wanted), AGAIN_MS);
  };
  const stop = effect(() => {
    clearTimeout(timer);
    posts.value = new Map(); // another plan gives the same ids to other places
    if (version.value !== null) void ask(version.value);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

async function read(): Promise<boolean> {
  const found = new Map<string, Post>();
  try {
    for (let after = ""; ; ) {
      const page: Posts = await getJson(`/api/v1/posts${after}`);
      for (const post of page.items) found.set(post.post_id, post);
      demand.value = page.demand;
      if (page.next === null) break;
      after = `?after=${encodeURIComponent(page.next)}`;
    }
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    return false; // posts are named by their ids until they are known
  }
  posts.value = found;
  return true;
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
  if (advised.value.length === 0) return;
  selectIncident(null);
  putHandsOn("advised");
}
