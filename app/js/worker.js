// What the portal pushes to this browser: shown, and opened when it is pressed. Nothing is kept, and no page passes through
// here.
self.addEventListener("push", (event) => {
  let told;
  try {
    told = event.data.json();
  } catch {
    told = { title: "Evenkeel", body: "" };
  }
  event.waitUntil(
    self.registration.showNotification(told.title, {
      body: told.body,
      lang: told.lang,
      tag: told.tag,
      renotify: Boolean(told.tag),
      requireInteraction: Boolean(told.urgent),
      data: { url: told.url },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = event.notification.data?.url;
  // Only pages of this portal are opened.
  const to = url && new URL(url, self.location.origin).origin === self.location.origin ? url : "/";
  event.waitUntil(self.clients.openWindow(to));
});
