{% load static %}// Keeps what all pages share and the page for no network. Pages themselves are personal: never kept.
const NAME = "{{ name|escapejs }}-1";
const OFFLINE = "{% url 'hall:offline' %}";
const FILES = [
  OFFLINE,
  "{% static 'vendor/tabler-core-1.6.1/tabler.min.css' %}",
  "{% static 'design/css/tokens.css' %}",
  "{% static 'design/css/qudao.css' %}",
  "{% static 'hall/css/hall.css' %}",
  "{% static 'vendor/tabler-icons-3.51.0/sprite.svg' %}",
  "{% static 'design/img/mark.svg' %}",
  "{% static 'design/js/theme.js' %}",
  "{% static 'design/js/app.js' %}",
  "{% static 'hall/js/hall.js' %}",
  "{% static 'vendor/htmx-2.0.11/htmx.min.js' %}",
];

self.addEventListener("install", (event) =>
  event.waitUntil(caches.delete(NAME).then(() => caches.open(NAME)).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting())));

self.addEventListener("activate", (event) =>
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name !== NAME).map((name) => caches.delete(name))))
      .then(() => self.clients.claim())));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const url = new URL(request.url);
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  } else if (url.origin === self.location.origin && FILES.includes(url.pathname)) {
    event.respondWith(fetch(request).catch(() => caches.match(request, { ignoreSearch: true })));
  }
});
