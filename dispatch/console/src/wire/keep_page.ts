/** Puts a page and its parts where its worker finds them, where the browser allows it (only on a secure origin). */
export async function keepPage(page: "aed" | "crew"): Promise<void> {
  if (!("serviceWorker" in navigator) || !("caches" in window)) return;
  const parts = performance
    .getEntriesByType("resource")
    .map((entry) => new URL(entry.name))
    .filter((url) => url.origin === location.origin && url.pathname.startsWith("/assets/"))
    .map((url) => url.pathname);
  const cache = await caches.open(page);
  await cache.addAll([`/${page}`, "/favicon.svg", ...new Set(parts)]);
  await navigator.serviceWorker.register(`/page-worker.js?page=${page}`, { scope: `/${page}` });
}
