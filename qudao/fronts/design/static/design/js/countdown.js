// The time left of something that is held: mm:ss, said aloud at five and at one minute. At zero the
// words change, [data-countdown-off] forms stop sending, and a part that can refresh itself does.
(() => {
  const running = new Set();
  const shown = (left) => `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;

  function ready(host) {
    if (host.dataset.ready) return;
    host.dataset.ready = "yes";
    const end = performance.now() + Number(host.dataset.countdown) * 1000;
    running.add({ host, end, said: Infinity });
  }
  function turn() {
    for (const one of running) {
      const { host, end } = one;
      if (!host.isConnected) {
        running.delete(one);
        continue;
      }
      const left = Math.max(0, Math.round((end - performance.now()) / 1000));
      host.querySelector("[data-countdown-time]").textContent = shown(left);
      host.classList.toggle("q-countdown-soon", left <= 300);
      host.classList.toggle("q-countdown-last", left <= 60);
      const voice = host.querySelector("[aria-live]");
      for (const mark of [300, 60])
        if (left <= mark && one.said > mark && left > mark - 30) {
          if (one.said !== Infinity || left === mark) voice.textContent = host.dataset[`at${mark}`];
          one.said = mark;
        }
      if (one.said === Infinity && left > 0) one.said = left;
      if (left > 0) continue;
      running.delete(one);
      host.classList.add("q-countdown-over");
      voice.textContent = host.dataset.over;
      host.querySelector("[data-countdown-words]").textContent = host.dataset.over;
      host.dispatchEvent(new CustomEvent("q:countdown-over", { bubbles: true }));
      const part = host.closest("[hx-get]");
      if (part && window.htmx) htmx.trigger(part, "refresh");
    }
  }
  document.addEventListener("q:enhance", (event) => event.detail.querySelectorAll("[data-countdown]").forEach(ready));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) turn(); });
  setInterval(turn, 1000);
})();
