import { signal } from "@preact/signals";
import { getJson, Problem } from "../wire/http";
import type { Priority } from "../wire/types";
import { LEVEL } from "./status";

/** What to ask by complaint, and what a yes means: the service's own list. */
export interface Question {
  code: string;
  complaints: readonly string[];
  text_zh: string;
  text_en: string;
  priority: Priority;
  complaint: string | null;
}

export type Reply = "yes" | "no" | "unknown";
export const REPLIES: readonly Reply[] = ["yes", "no", "unknown"];

const RETRY_MS = 3_000;
export const questions = signal<readonly Question[]>([]);

export async function loadQuestions(): Promise<void> {
  try {
    questions.value = (await getJson<{ items: Question[] }>("/api/v1/triage/questions")).items;
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure;
    setTimeout(() => void loadQuestions(), RETRY_MS);
  }
}

/** The questions of a complaint, those that name it among theirs or turn into it. */
export function questionsFor(complaint: string | null): Question[] {
  if (complaint === null) return [];
  return questions.value.filter((one) => one.complaints.includes(complaint) || one.complaint === complaint);
}

/** The most urgent priority that the answers with a yes ask for; null when there is none. */
export function raisedTo(asked: readonly Question[], answers: Readonly<Record<string, Reply>>): Priority | null {
  const raised = asked.filter(({ code }) => answers[code] === "yes").map(({ priority }) => priority);
  return raised.sort((a, b) => LEVEL[a] - LEVEL[b])[0] ?? null;
}
