import { effect, signal } from "@preact/signals";
import { getJson, postJson, Problem, whenNotSignedIn } from "../wire/http";
import type { Me } from "../wire/types";
import { act } from "./actions";
import { me } from "./world";

/**
 * Whether anybody is signed in at this desk.
 *
 * When the session has ended, the page asks for the name in place of the room and forgets nothing: who comes back finds the call as
 * far as it was typed. Another person gets a fresh page.
 */
export const isSignedOut = signal(false);

/** How soon this window learns that somebody has signed in on another one of the desk. */
const ASK_MS = 5_000;

export const SIGN_OUT_PLACE = "sign-out";

export interface SignedIn {
  user: string;
  hospital_id: string | null;
}

export function signOut(): void {
  act(SIGN_OUT_PLACE, "/api/v1/session/end", {}, () => (isSignedOut.value = true));
}

/** Goes on where the same person was; a hospital's account is led to its own page. */
export function signedIn({ user, hospital_id: hospitalId }: SignedIn): void {
  if (hospitalId !== null) location.assign("/hospital");
  else if (me.value !== null && me.value.user !== user) location.reload();
  else isSignedOut.value = false;
}

/** Watches for the end of the session, and from then on for the next sign-in. */
export function followSession(): void {
  whenNotSignedIn(() => (isSignedOut.value = true));
  effect(() => {
    if (!isSignedOut.value) return undefined;
    const timer = setInterval(() => void look(), ASK_MS);
    return () => clearInterval(timer);
  });
}

async function look(): Promise<void> {
  try {
    signedIn(await getJson<Me & SignedIn>("/api/v1/me"));
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
  }
}

export async function signIn(name: string, password: string, code: string | null): Promise<SignedIn> {
  return postJson<SignedIn>("/api/v1/session", { name, password, code });
}

/** Whether an identity provider is set up; without an answer there is the form, which needs none. */
export async function hasSingleSignOn(): Promise<boolean> {
  try {
    return (await getJson<{ single_sign_on: boolean }>("/api/v1/session")).single_sign_on;
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    return false;
  }
}

/** To the provider, and back to this page. */
export function singleSignOnAddress(): string {
  return `/api/v1/session/single-sign-on?to=${encodeURIComponent(location.pathname)}`;
}

/** Why the last try at the provider ended with nobody signed on, as the service has told this page. */
export function whyNotSignedOn(): string | null {
  return new URLSearchParams(location.search).get("sign_on");
}
