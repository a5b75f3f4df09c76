/** Warnings of premises, in Chinese. */
export const zhPremises = {
  "premises.title": "地点警示",
  "premises.kind": "类别",
  "premises.kind.dog": "有犬",
  "premises.kind.violence": "暴力风险",
  "premises.kind.access": "门禁",
  "premises.kind.hazard": "氧气或化学品",
  "premises.kind.lift": "担架进不了电梯",
  "premises.kind.other": "其他",
  "premises.entered": "{who} {day} 录入",
  "premises.reviewed": "{who} {day} 复核",
  "premises.until": "有效至 {day}",
} as const;
