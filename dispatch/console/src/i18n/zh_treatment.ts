/** The stroke and chest pain maps, in Chinese. */
export const zhTreatment = {
  "treatment.choose": "专科地图",
  "treatment.none": "全部医院",
  "treatment.close": "关闭专科地图",
  "treatment.as_of": "以此日为准（空白为今天）",
  "treatment.known": "家确知在图上；不明 {unknown}，不在 {no}。",
  "treatment.published": "公布为 {n} 家。",
  "treatment.membership.unknown": "是否在图上不明",
  "treatment.until": "{source} 至 {at}",
} as const;
