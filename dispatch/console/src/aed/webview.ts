/** Which datum a browser's position is in: WGS-84 by the standard, but Chinese apps' own browsers may hand out GCJ-02. */

export type Datum = "wgs84" | "gcj02";
export type Guess = { datum: Datum; isSure: boolean };

/** A map's own app shows its map's datum. */
const MAP_APP = /\bamap|autonavi|qqmap|tencentmap/i;
/** Apps whose browser asks their own locating service; which datum comes out differs by version, so one has to ask. */
const IN_APP = /micromessenger|alipay|baiduboxapp|\bqq\/|weibo|dingtalk|aweme|toutiao|ucbrowser|quark/i;

/** What the browser calls itself decides; where it cannot, the page asks. */
export function datumOf(userAgent: string): Guess {
  if (MAP_APP.test(userAgent)) return { datum: "gcj02", isSure: true };
  return { datum: "wgs84", isSure: !IN_APP.test(userAgent) };
}
