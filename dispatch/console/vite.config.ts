import { defineConfig } from "vitest/config";

/** One build for all pages: the console, the bystander page, the page of hospitals, the crew terminal, and the form to sign in. */
export default defineConfig({
  base: "/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    // Data URIs would need an exception in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The map library is one file of 1 MB; it is loaded after the console is already usable.
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      input: {
        index: "index.html",
        aed: "aed.html",
        hospital: "hospital.html",
        crew: "crew.html",
        "sign-in": "sign-in.html",
      },
    },
  },
  // The style sheets are part of what the tests measure.
  test: { css: true },
  server: { proxy: { "/api": { target: "http://127.0.0.1:8120", ws: true }, "/healthz": "http://127.0.0.1:8120" } },
});
