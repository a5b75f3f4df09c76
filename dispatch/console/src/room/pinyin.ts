/**
 * First letters of Mandarin readings, so that 疑似卒中 is found by `yszz`.
 *
 * The browser's own Chinese collation sorts by reading: a character belongs to the last of these, each the first of its letter,
 * that does not come after it. A character with several readings has only its commonest here.
 */
const FIRST_OF = [..."阿八嚓哒妸发旮哈讥咔垃痳拏噢妑七呥扨它穵夕丫帀"];
const LETTERS = "abcdefghjklmnopqrstwxyz";
/** Made when somebody first types: the readings of all characters are read in for it. */
let byReading: Intl.Collator | null = null;
const known = new Map<string, string>();

/** The first letters of the Chinese characters of a text; everything else is left out. */
export function initials(text: string): string {
  let letters = known.get(text);
  if (letters === undefined) {
    letters = [...text].map((one) => (/[\u4e00-\u9fff]/.test(one) ? letterOf(one) : "")).join("");
    known.set(text, letters);
  }
  return letters;
}

function letterOf(character: string): string {
  const { compare } = (byReading ??= new Intl.Collator("zh-Hans-CN-u-co-pinyin"));
  return LETTERS[FIRST_OF.findLastIndex((first) => compare(first, character) <= 0)] ?? "";
}
