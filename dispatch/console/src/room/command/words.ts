import type { AssignmentStatus, Priority } from "../../wire/types";

/** What the command line understands: every verb in both languages, and the words for statuses and priorities. */

export const VERBS = {
  new: ["受理", "接警", "new", "n"],
  send: ["派", "派车", "send", "dispatch", "d"],
  divert: ["改派", "divert"],
  status: ["状态", "status", "s"],
  cancel: ["取消", "撤回", "cancel", "c"],
  close: ["结束", "结案", "close"],
  join: ["并入", "合并", "join", "j"],
  destination: ["改送", "送往", "to", "hospital", "h"],
  priority: ["分级", "priority", "p"],
  note: ["备注", "note", "m"],
  out: ["停运", "退出", "out"],
  in: ["复运", "恢复", "in"],
  show: ["查看", "show", "i"],
  day: ["全天", "day"],
  find: ["地点", "找", "find", "z"],
  follow: ["跟踪", "follow", "f"],
  popout: ["副屏", "popout", "map"],
  undo: ["撤销", "undo", "u"],
  help: ["帮助", "help", "?", "？"],
} as const satisfies Record<string, readonly string[]>;

export type Verb = keyof typeof VERBS;

export const STATUS_WORDS: Partial<Record<AssignmentStatus, readonly string[]>> = {
  acknowledged: ["已确认", "确认", "acknowledged", "ack"],
  en_route: ["出车", "出发", "途中", "enroute", "er"],
  on_scene: ["到场", "到达现场", "onscene", "os"],
  at_patient: ["接触患者", "见到患者", "atpatient", "ap"],
  left_scene: ["离开现场", "离场", "left", "tr"],
  at_hospital: ["到院", "到达医院", "athospital", "ah"],
  handed_over: ["交接", "交接完成", "handedover", "ho"],
  available: ["可派", "完成", "available", "av"],
};

export const PRIORITY_WORDS: Record<Priority, readonly string[]> = {
  red: ["p1", "红", "一级", "red"],
  orange: ["p2", "橙", "二级", "orange"],
  yellow: ["p3", "黄", "三级", "yellow"],
  green: ["p4", "绿", "四级", "green"],
};

/** The verb, status or priority that a word is a spelling of. */
export function spelled<T extends string>(table: Readonly<Partial<Record<T, readonly string[]>>>, word: string): T | null {
  const found = Object.entries(table).find(([, spellings]) => (spellings as readonly string[]).includes(word));
  return found === undefined ? null : (found[0] as T);
}
