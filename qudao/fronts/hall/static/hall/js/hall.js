// What only the halls have: the app that is installed, and links that are shared.
(() => {
  const { worker, scope } = document.body.dataset;
  if (worker && "serviceWorker" in navigator) navigator.serviceWorker.register(worker, { scope });

  // ---- installing: the browser says when it can
  let prompt = null;
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    prompt = event;
    document.querySelectorAll("[data-install]").forEach((button) => { button.hidden = false; });
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-install]");
    if (!button || !prompt) return;
    prompt.prompt();
    prompt = null;
    button.hidden = true;
  });

  // ---- the next question in place of the last: seen from its top, and read out
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "main-inner") return;
    if (!event.target.querySelector("[autofocus]"))
      document.getElementById("main").focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  });

  // ---- sharing: by the device's own sheet, or by copying
  const shareable = () => document.querySelectorAll("[data-share]").forEach((button) => {
    button.hidden = !(navigator.share || navigator.clipboard);
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-share]");
    if (!button) return;
    const link = { title: button.dataset.share, url: location.href };
    try {
      if (navigator.share) await navigator.share(link);
      else {
        await navigator.clipboard.writeText(link.url);
        button.querySelector("span").textContent = button.dataset.shared;
      }
    } catch {
      // the reader has closed the sheet
    }
  });
  document.addEventListener("q:enhance", shareable);
  shareable();
})();
