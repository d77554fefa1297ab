// A page in the system's Chromium that runs the committed client, with no server behind it: files
// and socket are fed by the test.

import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const CLIENT = new URL("../../crates/holm/client/", import.meta.url);
const ARGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const TYPES = { js: "text/javascript", css: "text/css", wasm: "application/wasm" };

/** The committed manifest. */
export const manifest = JSON.parse(await readFile(new URL("manifest.json", CLIENT), "utf8"));

/** Starts Chromium. */
export const launch = (...more) => {
  const executablePath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
  if (!executablePath) throw new Error("no Chromium: install the system's chromium, or set CHROMIUM to its path");
  return chromium.launch({ executablePath, args: [...ARGS, ...more] });
};

/** A page's HTML around a body, as the server writes it. */
export const around = body => `<!DOCTYPE html><html data-holm-build="00000000"><head><title>t</title>
<link rel="stylesheet" href="/__live/client/${manifest.style}">
<script async src="/__live/client/${manifest.script}"></script></head><body>${body}</body></html>`;

/**
 * Opens a page with this body. `socket(ws)` plays the server; without one, every connection closes
 * at once. Errors the page raises are collected in `page.raised`.
 */
export const open = async (browser, body, { socket, path = "/", status = '{"code":0}', isolated } = {}) => {
  const context = await browser.newContext(), page = await context.newPage();
  page.raised = [];
  page.on("pageerror", error => page.raised.push(error.stack));
  await page.route("**/*", async route => {
    const url = new URL(route.request().url());
    if (url.pathname == "/__live/status") return route.fulfill({ contentType: "application/json", body: status });
    const file = url.pathname.match(/^\/__live\/client\/([\w.-]+\.(\w+))$/);
    if (file) return route.fulfill({ contentType: TYPES[file[2]], body: await readFile(new URL(file[1], CLIENT)) });
    await route.fulfill({
      contentType: "text/html; charset=utf-8",
      headers: {
        "content-security-policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'",
        // Isolated, a page has a clock of 5 microseconds instead of 100.
        ...(isolated && { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" }),
      },
      body: around(body),
    });
  });
  await page.routeWebSocket(/__live$/, ws => socket ? socket(ws) : ws.close());
  // A name that counts as secure without a certificate.
  await page.goto("http://holm.localhost" + path);
  await page.waitForFunction(() => window.holm && document.documentElement.dataset.liveStatus);
  await page.evaluate(() => holm.load());
  return page;
};
