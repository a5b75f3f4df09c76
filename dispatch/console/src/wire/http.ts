/** Requests to the service, and its refusals (RFC 9457 problem documents) as values to show. */

const TIMEOUT_MS = 10_000;
const SLOW_TIMEOUT_MS = 120_000;
/** As against `credentials_wrong`, the answer to a wrong password. */
export const NOT_SIGNED_IN = "credentials_required";

/** Why a request did not do what was asked. `code` is stable; `network` means that no answer came at all. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly status: number | null,
    readonly detail: string,
    readonly detailEn: string,
    readonly errors: { pointer: string; code: string; message: string }[] = [],
  ) {
    super(`${code}: ${detail}`);
  }
}

let notSignedIn = (): void => {};

/** `told` hears of every answer that says that nobody is signed in here, or no longer. */
export function whenNotSignedIn(told: () => void): void {
  notSignedIn = told;
}

/** `cache`: "no-cache" asks the service whether what the browser holds is still so. */
export async function getJson<T>(path: string, cache: RequestCache = "default"): Promise<T> {
  return request<T>(path, { headers: { accept: "application/json" }, cache });
}

/** Posts once under `key`: sent again with the same key, the service repeats its first answer and does nothing. */
export async function postJson<T>(path: string, body: unknown, key: string = newKey()): Promise<T> {
  return request<T>(path, {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify(body),
  });
}

/** Puts what one client says of itself; the newest counts, and saying it again changes nothing. */
export async function putJson<T>(path: string, body: unknown): Promise<T> {
  return request<T>(path, {
    method: "PUT",
    headers: { accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** Gets what the service works out aside, behind everything more urgent. */
export async function getSlowly<T>(path: string): Promise<T> {
  return request<T>(path, { headers: { accept: "application/json" } }, SLOW_TIMEOUT_MS);
}

/** Posts a file as it is, which is read likewise. */
export async function postFile<T>(path: string, file: Blob): Promise<T> {
  return request<T>(path, { method: "POST", headers: { accept: "application/json" }, body: file }, SLOW_TIMEOUT_MS);
}

export function newKey(): string {
  // randomUUID exists only on secure origins; a control room on plain http has getRandomValues.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function request<T>(path: string, init: RequestInit, timeoutMs = TIMEOUT_MS): Promise<T> {
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(path, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    // The time may also run out while the answer is being read.
    text = await answer.text();
  } catch (failure) {
    throw new Problem("network", null, "", failure instanceof Error ? failure.message : String(failure));
  }
  const body = parsed(text);
  if (answer.ok && body !== undefined) return body as T;
  const problem = problemOf(answer.status, body);
  if (problem.code === NOT_SIGNED_IN) notSignedIn();
  throw problem;
}

function parsed(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(status: number, body: unknown): Problem {
  const fields = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const words = (name: string): string | undefined =>
    typeof fields[name] === "string" ? (fields[name] as string) : undefined;
  return new Problem(
    words("code") ?? `http_${status}`,
    status,
    words("detail") ?? words("title") ?? "",
    words("detail_en") ?? "",
    Array.isArray(fields.errors) ? (fields.errors as Problem["errors"]) : [],
  );
}
