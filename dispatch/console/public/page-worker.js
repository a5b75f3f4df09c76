/* Serves a page from what it has kept when there is no network; `?page=` names it. The page itself fills the cache. */

const PAGE = new URL(self.location).searchParams.get("page");
const isOurs = (url) => url.pathname === `/${PAGE}` || url.pathname === "/favicon.svg" || url.pathname.startsWith("/assets/");

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin || !isOurs(url)) return;
  event.respondWith(
    fetch(event.request).catch(async () => (await (await caches.open(PAGE)).match(url.pathname)) ?? Response.error()),
  );
});
