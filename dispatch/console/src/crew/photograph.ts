/** An ECG on paper can be read at this many pixels along its longer side; choices of ours. */
const LONGEST_PX = 1600;
const QUALITY = 0.75;
/** As the service takes them. */
const LARGEST_BYTES = 1_000_000;

/**
 * A photograph as a small JPEG in base64; null for what is none, or stays too large.
 *
 * It is painted anew, so that nothing of what the camera wrote beside it (where, when, with which device) leaves the phone.
 */
export async function smallJpeg(file: Blob): Promise<string | null> {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  if (picture === null) return null;
  const scale = Math.min(1, LONGEST_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const jpeg = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  if (jpeg === null || jpeg.size > LARGEST_BYTES) return null;
  const bytes = new Uint8Array(await jpeg.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
