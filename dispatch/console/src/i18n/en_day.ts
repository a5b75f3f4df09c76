import type { zhDay } from "./zh_day";

export const enDay: Record<keyof typeof zhDay, string> = {
  "day.title": "The day",
  "day.open": "Day",
  "day.hint": "All incidents of today and yesterday, the ended ones too",
  "day.count": "Day · {n}",
  "day.back": "Queue",
  "day.find": "No., address, call sign, phone",
  "day.find.hint": "Four digits or more of a telephone number, which is looked for and not listed",
  "day.today": "Today",
  "day.yesterday": "Yesterday",
  "day.which": "Which day",
  "day.any_state": "State",
  "day.any_priority": "Priority",
  "day.none": "No incident fits",
  "day.waiting": "Waiting {n}",
  "day.to_scene": "scene in {time}",
  "day.state.open": "open",
  "day.state.closed": "closed",
  "day.state.cancelled": "cancelled",
  "day.state.joined": "joined",
};
